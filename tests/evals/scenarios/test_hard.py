"""The hard scenarios: that they load under every seed, are consistent, and differ from one another."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, cast, get_args

import pytest
import yaml
from pydantic import ValidationError

from agents.io.act_kinds import ACT_KINDS
from agents.io.clock import VirtualClock
from agents.io.policy_rules import Action
from agents.tools.change import CHANGES
from api.intake.parsing.severities import hint
from evals.scenarios import landscapes, loading
from evals.scenarios.loading import names
from evals.scenarios.scenario import ActionOn, Expected, Scenario
from evals.scenarios.strata import REQUIRED, Stratum
from evals.scenarios.yaml_source import ScenarioError
from evals.simulation.production import Production

ALERT = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
AT_FIRST = 20
"""Minutes for which what would decide cannot be had."""
WORDS_OF_THE_ANSWER = ("root cause", "red herring", "oddity", "innocent", "harmless", "culprit", "undecidable")
load = cache(loading.load)
HARD, UNSEEN, UNSEEN2 = names("hard"), names("unseen"), names("unseen2")
STRATA = {stratum: names(stratum) for stratum in get_args(Stratum) if stratum != REQUIRED}
MEASURED = [name for stratum in STRATA.values() for name in stratum]


def play_for(scenario: Scenario, minutes: float, acts: list[tuple[float, ActionOn]]) -> Production:
    """Let a production pass some minutes, with acts at theirs."""
    clock = VirtualClock(ALERT)
    production = Production(scenario.world, 0, clock, ALERT)

    async def play() -> None:
        for minute, act in acts:
            await clock.sleep(max(timedelta(0), ALERT + timedelta(minutes=minute) - clock.now()))
            driver = production.driver(CHANGES[act.action], act.service)
            assert driver is not None, f"{act.action} of {act.service} is not connected"
            result: Any = await driver(service=act.service, idempotency_key=str(minute), **arguments(scenario, act))
            assert result.done, result.detail
        await clock.sleep(ALERT + timedelta(minutes=minutes) - clock.now())

    clock.run(play)
    return production


def arguments(scenario: Scenario, act: ActionOn) -> dict[str, Any]:
    """What a look at the production gives for an act's other arguments."""
    spec, faults = scenario.world.services[act.service], scenario.world.faults
    match act.action:
        case "rollback":
            bad = next((f.version for f in faults if f.component == act.service and f.version), "")
            versions = [release.version for release in spec.releases]
            return {"version": versions[versions.index(bad or versions[-1]) - 1]}
        case "scale":
            return {"replicas": spec.replicas_limit}
        case "failover":
            return {"standby": spec.standby}
        case "fallback":
            return {"dependency": next(iter(spec.fallbacks))}
        case "build_hotfix":
            change = next(c for c in spec.changes if c.change == faults[0].cured_by[-1].change)
            return {"change": change.change, "remedy": change.remedy}
        case action if action in ACT_KINDS:
            others = {"switch_flag": {"value": "off"}, "restore_backup": {"before": ALERT.isoformat()}}
            return {ACT_KINDS[action].target: act.target, **others.get(action, {})}
        case _:
            return {}


def test_there_are_sixty_and_a_fifth_of_them_cannot_be_decided_at_first() -> None:
    assert len(HARD) >= 60
    verdicts = Counter(load(name).expected.verdict for name in HARD)
    assert 5 * verdicts["insufficient evidence"] >= len(HARD)
    assert verdicts["nothing wrong"] and verdicts["recovered by itself"]


def test_of_the_unseen_there_are_thirty_and_a_fifth_cannot_be_decided_at_first() -> None:
    assert len(UNSEEN) >= 30
    verdicts = Counter(load(name).expected.verdict for name in UNSEEN)
    assert 5 * verdicts["insufficient evidence"] >= len(UNSEEN)


def test_of_the_second_unseen_there_are_two_dozen_and_a_fifth_cannot_be_decided_at_first() -> None:
    assert len(UNSEEN2) >= 24
    verdicts = Counter(load(name).expected.verdict for name in UNSEEN2)
    assert 5 * verdicts["insufficient evidence"] >= len(UNSEEN2)


@pytest.mark.parametrize("stratum", STRATA.values(), ids=STRATA)
def test_every_level_and_cause_is_met(stratum: list[str]) -> None:
    expected = [load(name).expected for name in stratum]
    assert {e.severity for e in expected} == {"P0", "P1", "P2", "P3"}
    causes = {"recent deployment", "infrastructure", "code bug", "external dependency"}
    assert {e.cause for e in expected if e.cause} == causes


@pytest.mark.parametrize("name", MEASURED)
def test_a_world_is_as_large_as_a_company(name: str) -> None:
    assert 15 <= len(load(name).world.services) <= 32


@pytest.mark.parametrize("name", MEASURED)
def test_a_scenario_says_what_the_report_needs(name: str) -> None:
    expected = load(name).expected
    assert expected.kinds
    assert expected.truth
    assert expected.verdict


@pytest.mark.parametrize("name", MEASURED)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_truth_is_of_this_world_under_every_seed(name: str, seed: int) -> None:
    scenario = load(name, seed)
    expected, services = scenario.expected, scenario.world.services
    acts = [*expected.first_proposals, *expected.harmful, *expected.allowed_actions]
    named = [expected.component, *(b.component for b in expected.also_right), *(act.service for act in acts)]
    assert {service for service in named if service} <= set(services)
    if scenario.alert.service:
        assert scenario.alert.service in services
    places = {fault.component for fault in scenario.world.faults}
    if expected.cause:
        assert places & {expected.component, *(b.component for b in expected.also_right)}


@pytest.mark.parametrize("name", MEASURED)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_line_is_written_by_releases_of_its_service(name: str, seed: int) -> None:
    world = load(name, seed).world
    for fault in world.faults:
        for line in fault.logs:
            releases = world.services[line.service or fault.component].releases
            assert set(line.versions) <= {release.version for release in releases}


def test_what_would_decide_is_named_where_nothing_does_and_only_there() -> None:
    deciding = {"port": "error_log", "service": "door"}
    told = {"severity": "P2", "kinds": ["undecidable"], "verdict": "insufficient evidence"}
    assert Expected.model_validate({**told, "deciding": deciding}).deciding
    for wrong in (told, {**told, "verdict": "nothing wrong", "deciding": deciding}):
        with pytest.raises(ValidationError, match="expected `deciding`"):
            Expected.model_validate(wrong)


@pytest.mark.parametrize("name", MEASURED)
def test_no_act_is_both_right_and_harmful(name: str) -> None:
    expected = load(name).expected
    right = {(a.action, a.service) for a in [*expected.first_proposals, *expected.allowed_actions]}
    harmful = {(a.action, a.service) for a in expected.harmful}
    worse = {(w.action, w.service or f.component) for f in load(name).world.faults for w in f.worsened_by}
    assert not right & (harmful | worse)
    assert all(act.action in get_args(Action) for act in expected.first_proposals)


def harm(production: Production, minute: float, service: str) -> float:
    """How much of the faults is felt where they are and at a service that may feel them, machines included."""
    scene = production.scene
    effects = {id(fault.effect): fault.component for fault in scene.world.faults}
    felt = [one for place in {service, *effects.values()} for one in scene.felt(place, minute)]
    return sum(one.load + one.harm for one in felt if id(one.effect) in effects)


@pytest.mark.parametrize(
    ("name", "act"),
    [(name, act) for name in MEASURED for act in load(name).expected.first_proposals if act.action != "build_hotfix"],
    ids=lambda value: value if isinstance(value, str) else f"{value.action}-{value.service}",
)
def test_a_right_first_proposal_can_be_made_and_helps(name: str, act: ActionOn) -> None:
    scenario = load(name)
    helped, untouched = play_for(scenario, 26, [(8, act)]), play_for(scenario, 26, [])
    assert harm(helped, 26, act.service) < harm(untouched, 26, act.service)


@pytest.mark.parametrize("name", [n for n in MEASURED if load(n).expected.deciding])
def test_what_would_decide_cannot_be_had_at_first(name: str) -> None:
    deciding, world = load(name).expected.deciding, load(name).world
    assert deciding is not None
    gaps = [g for g in world.gaps if g.port == deciding.port and g.service in ("", deciding.service)]
    assert any(gap.since <= 0 and gap.until >= AT_FIRST for gap in gaps)


@pytest.mark.parametrize("name", MEASURED)
def test_faults_go_on_while_the_product_looks_unless_they_heal_by_themselves(name: str) -> None:
    heals = [fault.heals_at for fault in load(name).world.faults if fault.heals_at is not None]
    if load(name).expected.verdict != "recovered by itself":
        assert all(minute >= 30 for minute in heals)


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        written = cast(dict[str, Any], value)
        return [text for key, inner in written.items() if key != "kind" for text in texts(inner)]
    if isinstance(value, list):
        return [text for inner in cast(list[Any], value) for text in texts(inner)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("name", MEASURED)
def test_no_text_in_a_world_or_a_name_gives_the_answer_away(name: str) -> None:
    scenario = load(name)
    told = [text.lower() for text in texts(scenario.world.model_dump())]
    told += [note.text.lower() for note in scenario.notes]
    assert [text for text in told for word in WORDS_OF_THE_ANSWER if word in text] == []
    assert scenario.about.lower() not in told
    assert scenario.about not in scenario.alert.model_dump_json()
    answer = f"{scenario.expected.cause} {scenario.expected.component} {scenario.expected.severity}".lower()
    assert len(name.split("_")) == 2
    assert not set(name.split("_")) & set(answer.replace("-", " ").split())


@pytest.mark.parametrize("name", MEASURED)
def test_the_hint_is_what_the_intake_makes_of_the_senders_word(name: str) -> None:
    alert = load(name).alert
    assert alert.hint == hint(alert.severity, {})


def test_no_two_scenarios_are_the_same_incident() -> None:
    assert len({*MEASURED, *names("easy")}) == len(MEASURED) + len(names("easy"))
    told = [(s.alert.title, s.about, s.expected.truth) for s in map(load, MEASURED)]
    for texts_of_a_kind in zip(*told, strict=True):
        assert [text for text, count in Counter(texts_of_a_kind).items() if count > 1] == []
    shapes = Counter(
        json.dumps([f.model_dump(exclude={"onset"}) for f in load(name).world.faults], sort_keys=True)
        for name in MEASURED
        if load(name).world.faults
    )
    assert [shape for shape, count in shapes.items() if count > 1] == []


@pytest.mark.parametrize("landscape", landscapes.names())
def test_a_landscape_is_the_same_company_in_all_its_scenarios(landscape: str) -> None:
    file = landscapes.file_of(landscape)
    services = set(yaml.safe_load(file.read_text())["services"])
    assert 15 <= len(services) <= 30
    worlds = [load(name).world for name in HARD]
    assert any(services <= set(world.services) for world in worlds)


def written(tmp_path: Any, world: dict[str, Any]) -> Scenario:
    folder = tmp_path / "tall_tale"
    folder.mkdir()
    alert = {"title": "t", "service": "shop-web", "source": "s"}
    (folder / "alert.json").write_text(json.dumps(alert))
    (folder / "world.yaml").write_text(yaml.safe_dump({"about": "x", **world}))
    (folder / "expected.yaml").write_text(yaml.safe_dump({"severity": "P2"}))
    return loading.load(folder)


def test_a_scenario_says_of_its_landscape_only_what_differs(tmp_path: Any) -> None:
    own = {"on_call": [{"question": "direction", "answer": "silent"}], "services": {"shop-web": {"users": 7}}}
    scenario = written(tmp_path, {"landscape": "shop", **own})
    base = yaml.safe_load(landscapes.file_of("shop").read_text())["services"]["shop-web"]
    shop = scenario.world.services["shop-web"]
    assert (shop.users, shop.traffic) == (7, base["traffic"])
    assert [rule.answer for rule in scenario.on_call] == ["silent", "refuse", "handled"]


def test_a_landscape_of_ones_own_lies_beside_the_folder(tmp_path: Any) -> None:
    (tmp_path / "town.yaml").write_text(yaml.safe_dump({"services": {"shop-web": {"kind": "web"}}}))
    assert list(written(tmp_path, {"landscape": "town.yaml"}).world.services) == ["shop-web"]


def test_an_unknown_landscape_is_answered_with_the_known_ones(tmp_path: Any) -> None:
    with pytest.raises(ScenarioError, match=r"world\.yaml:\d+: landscape: expected one of back_office, .*'moon'"):
        written(tmp_path, {"landscape": "moon"})
