"""The scenarios: that they load, are sound, and give nothing away."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from agents.io.clock import VirtualClock
from agents.tools.port import PORTS, Unanswered
from evals.scenarios import loading
from evals.scenarios.loading import names
from evals.scenarios.yaml_source import ScenarioError
from evals.simulation.production import READ_PORTS, Production

ALERT = datetime(2026, 3, 4, 13, 20, tzinfo=UTC)
WORDS_OF_THE_ANSWER = ("fault", "root cause", "red herring", "oddity", "innocent", "harmless", "culprit")
load = cache(loading.load)
EXTRA: dict[str, dict[str, Any]] = {
    "code_suspects": {"signature": "x"},
    "source_lines": {"signature": "door/hinge.py"},
    "change_diff": {"change": "#1"},
    "check_candidate": {"version": "0"},
}


async def _everything(production: Production, name: str) -> list[str]:
    """Ask every reading port for every service; refusals count as answers."""
    told: list[str] = []
    for port in READ_PORTS:
        for service in load(name).world.services:
            driver = production.driver(PORTS[port], service)
            of = "provider" if port == "provider_status" else "service"
            try:
                answer = await driver(**{of: service}, **EXTRA.get(port, {})) if driver else None
                told.append(answer.model_dump_json() if answer else "")
            except Unanswered as unanswered:
                told.append(unanswered.refusal.said)
    return told


def _production(name: str, seed: int = 0) -> tuple[Production, VirtualClock]:
    clock = VirtualClock(ALERT)
    return Production(load(name).world, seed, clock, ALERT), clock


def test_there_are_scenarios_for_every_cause_and_severity() -> None:
    expected = [load(name).expected for name in names()]
    assert len(expected) >= 60
    assert Counter(e.severity for e in expected).keys() == {"P0", "P1", "P2", "P3"}
    by_cause = {(e.cause, e.severity) for e in expected}
    for cause in ("recent deployment", "infrastructure", "code bug", "external dependency"):
        assert {(cause, "P0"), (cause, "P1"), (cause, "P2")} <= by_cause
    assert {e.verdict for e in expected} >= {"nothing wrong", "recovered by itself", "insufficient evidence"}


def test_every_escalation_is_met_in_some_scenario() -> None:
    assert {row for name in names() for row in load(name).expected.rows_must} >= {f"ESC-{n}" for n in range(1, 6)}


@pytest.mark.parametrize("name", names())
def test_no_text_in_a_world_says_the_answer(name: str) -> None:
    world = load(name).world.model_dump()
    texts = [text.lower() for key in ("services", "faults", "oddities") for text in _texts(world[key])]
    assert [text for text in texts for word in WORDS_OF_THE_ANSWER if word in text] == []
    assert load(name).about.lower() not in texts


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        written = cast(dict[str, Any], value)
        return [text for key, inner in written.items() if key != "kind" for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in cast(list[Any], value) for text in _texts(inner)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("name", names()[::5])
def test_nothing_that_a_tool_returns_says_the_answer(name: str) -> None:
    production, clock = _production(name)
    told = " ".join(clock.run(lambda: _everything(production, name))).lower()
    assert [word for word in WORDS_OF_THE_ANSWER if word in told] == []
    about, alert = load(name).about, load(name).alert.model_dump_json()
    assert about.lower() not in told
    assert about not in alert


def _is_felt(name: str) -> bool:
    effects = [fault.effect for fault in load(name).world.faults]
    return any(effect.error_rate or effect.script_errors or effect.latency > 1 for effect in effects)


@pytest.mark.parametrize("name", [n for n in names() if load(n).expected.required_actions and _is_felt(n)])
def test_the_required_actions_heal_and_waiting_does_not(name: str) -> None:
    assert _trouble(name, lambda p: _act(p, name)) < 0.03 < _trouble(name, None)


def _trouble(name: str, act: Callable[[Production], Any] | None) -> float:
    """Give the share of users in trouble with the alerted service 30 minutes after the alert."""
    production, clock = _production(name, seed=3)
    alerted = load(name).alert.service
    service = alerted if alerted in load(name).world.services else load(name).expected.component or ""

    async def play() -> float:
        await clock.sleep(timedelta(minutes=8))
        if act is not None:
            await act(production)
        await clock.sleep(ALERT + timedelta(minutes=30) - clock.now())
        usage = await _driver(production, "usage", service)(service=service)
        return usage.affected_users / max(1, usage.active_users)

    return clock.run(play)


def _driver(production: Production, port: str, service: str) -> Any:
    return production.driver(PORTS[port], service)


async def _act(production: Production, name: str) -> None:
    """Do what is required, with the arguments that a look at the production gives."""
    reference = ""
    for number, required in enumerate(load(name).expected.required_actions):
        arguments = _arguments(production, name, required.action, required.service, reference)
        driver = _driver(production, required.action, required.service)
        result = await driver(service=required.service, idempotency_key=str(number), **arguments)
        assert result.done, result.detail
        reference = result.reference


def _arguments(production: Production, name: str, action: str, service: str, reference: str) -> dict[str, Any]:
    spec, faults = load(name).world.services[service], load(name).world.faults
    match action:
        case "rollback":
            bad = next((f.version for f in faults if f.component == service), "") or spec.releases[-1].version
            older = spec.releases[: [release.version for release in spec.releases].index(bad)]
            return {"version": next(release.version for release in reversed(older) if release.artefact_kept)}
        case "scale":
            return {"replicas": spec.replicas_limit}
        case "failover":
            return {"standby": spec.standby}
        case "fallback":
            return {"dependency": next(f.component for f in faults if f.component in spec.fallbacks)}
        case "build_hotfix":
            change = next(c for c in spec.changes if c.change == faults[0].cured_by[0].change)
            return {"change": change.change, "remedy": change.remedy}
        case "deploy":
            return {"version": reference}
        case _:
            return {}


@pytest.mark.parametrize("name", names())
def test_no_name_gives_the_answer_away(name: str) -> None:
    answer = f"{load(name).expected.cause} {load(name).expected.component} {load(name).expected.severity}".lower()
    assert len(name.split("_")) == 2
    assert not set(name.split("_")) & set(answer.replace("-", " ").split())


def _copy(name: str, to: Path) -> Path:
    folder = to / name
    folder.mkdir()
    shipped = Path(__file__).parents[3] / "evals" / "scenarios" / "easy" / name
    for file in shipped.iterdir():
        (folder / file.name).write_text(file.read_text())
    return folder


def test_a_scenario_is_loaded_from_a_folder_of_ones_own(tmp_path: Path) -> None:
    assert load(_copy("first_light", tmp_path)).expected == load("first_light").expected


def _rewrite(file: Path, **changes: Any) -> None:
    content = {**yaml.safe_load(file.read_text()), **changes}
    file.write_text(json.dumps(content) if file.suffix == ".json" else yaml.safe_dump(content))


@pytest.mark.parametrize(
    ("file", "changes", "complaint"),
    [
        ("alert.json", {"colour": "red"}, r"alert\.json:1: colour: expected only .*description"),
        ("alert.json", {"title": 3}, r"alert\.json:1: title: expected a valid string, found 3"),
        ("world.yaml", {"faults": [{"component": "x"}]}, r"world\.yaml:\d+: faults\.0: expected `onset`"),
        (
            "world.yaml",
            {"on_call": [{"question": "lunch", "answer": "approve"}]},
            r"world\.yaml:\d+: on_call\.0\.question: expected 'approval', .*found 'lunch'",
        ),
        ("world.yaml", {"gaps": [{"port": "moon"}]}, r"world\.yaml:\d+: gaps\.0\.port: expected one of golden_signals"),
        ("world.yaml", {"oddities": [{"component": "sign-in", "onset": "soon"}]}, r"expected minutes such as -14"),
        ("expected.yaml", {"severity": "P9"}, r"expected\.yaml:\d+: severity: expected 'P0', .*found 'P9'"),
        ("expected.yaml", {"rows_must": ["S9.9"]}, r"expected\.yaml.*: S9\.9: expected the id of a runbook row"),
        (
            "expected.yaml",
            {"component": "cellar"},
            r"expected\.yaml:\d+: component: expected one of sign-in, .*found 'cellar'",
        ),
    ],
)
def test_a_bad_file_is_named_with_the_place_and_what_was_expected(
    tmp_path: Path, file: str, changes: dict[str, Any], complaint: str
) -> None:
    folder = _copy("first_light", tmp_path)
    _rewrite(folder / file, **changes)
    with pytest.raises(ScenarioError, match=complaint):
        loading.load(folder)


def test_an_unknown_scenario_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ScenarioError, match="first_light"):
        load("nowhere")
