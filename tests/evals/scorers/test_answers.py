"""Answers to a hard scenario: what the transcript says, judged, beside the two simple rules."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from agents.io.clock import VirtualClock
from agents.runtime.briefing import Alert
from evals.playing.play import Played
from evals.playing.run_result import RunResult
from evals.scenarios.scenario import Expected, Scenario
from evals.scorers import answers
from evals.scorers.answers import ALWAYS_P1, PRODUCT, SENDER, Answer
from evals.simulation.production import Production
from evals.simulation.world import World
from graphs.transcript.event import Event
from graphs.transcript.facts import Facts

ALERT = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
LATE = {"releases": [{"version": "1.0.0", "at": "-9d"}, {"version": "1.1.0", "at": -90}]}
EARLY = {"releases": [{"version": "1.0.0", "at": "-9d"}, {"version": "1.1.0", "at": -150}]}
RELEASE = {"severity": "P1", "verdict": "cause found", "cause": "recent deployment", "component": "door", "truth": "x",
           "kinds": ["old release"], "first_proposals": [{"action": "rollback", "service": "door"}]}  # fmt: skip
UNDECIDED = {"severity": "P2", "also_severities": ["P1"], "verdict": "insufficient evidence", "component": "door",
             "truth": "x", "kinds": ["undecidable"],
             "deciding": {"port": "error_log", "service": "door", "words": ["logs"]}}  # fmt: skip


def event(number: int, kind: str, **payload: Any) -> Event:
    at = ALERT + timedelta(minutes=number)
    told: dict[str, Any] = {"seq": number, "at": at, "kind": kind, "lane": "main", "role": "", "duty": "", "rows": []}
    return Event.model_validate({**told, "payload": payload, "ref": str(number), "key": str(number)})


def classified(level: str) -> Event:
    return event(1, "classification", severity=level)


def concluded(verdict: str, cause: str | None = None, component: str | None = None, **more: Any) -> Event:
    named = {key: more.pop(key) for key in ("named_by",) if key in more}
    told = {"summary": "", "verdict": verdict, "cause": cause, "component": component, "confidence": "high", **more}
    return event(2, "conclusion", conclusion=told, **named)


def proposed(action: str, service: str) -> Event:
    return event(3, "proposal", proposal={"summary": "", "action": action, "service": service})


def values(expected: dict[str, Any], *events: Event, door: dict[str, Any] = LATE, hint: str = "P2") -> dict[str, Any]:
    services = {"door": {**door, "depends_on": ["store"]}, "store": {"kind": "database"}}
    world = World.model_validate({"services": services, "faults": [{"component": "door", "onset": -20}]})
    alert = Alert.model_validate({"title": "t", "service": "door", "hint": hint})
    scenario = Scenario("n", "a", alert, world, Expected.model_validate(expected), [], None)
    played = Played(cast(Facts, None), list(events), Production(world, 0, VirtualClock(ALERT), ALERT))
    score = answers.judge(RunResult(scenario, 0, played))
    assert score is not None
    return score.values


def answer(name: str, *told: Any, **more: Any) -> Answer:
    return Answer.model_validate(values(*told, **more)["answers"][name])


def test_an_easy_scenario_is_not_marked() -> None:
    scenario = Scenario("n", "a", Alert(title="t"), World(services={}), Expected(severity="P1"), [], None)
    assert answers.judge(RunResult(scenario, 0, cast(Played, None))) is None


def test_the_highest_level_and_the_first_conclusion_and_proposal_count() -> None:
    own = answer(
        PRODUCT,
        RELEASE,
        classified("P2"),
        classified("P1"),
        concluded("cause found", "recent deployment", "door"),
        concluded("cause found", "code bug", "store"),
        proposed("rollback", "door"),
        proposed("restart", "door"),
    )
    assert (own.severity, own.outcome, own.first_proposal, own.unsafe) == ("P1", "acceptable", "right", [])


def test_what_a_person_named_is_not_the_products_conclusion() -> None:
    named = concluded("cause found", "recent deployment", "door", named_by="on-call")
    assert answer(PRODUCT, RELEASE, named, concluded("insufficient evidence")).outcome == "abstained"


@pytest.mark.parametrize(
    ("verdict", "cause", "component", "outcome"),
    [
        ("cause found", "recent deployment", "door", "acceptable"),
        ("cause found", "recent deployment", "store", "wrong"),
        ("cause found", "infrastructure", "door", "wrong"),
        ("nothing wrong", None, None, "wrong"),
        ("recovered by itself", None, None, "wrong"),
        ("insufficient evidence", None, "door", "abstained"),
    ],
)
def test_a_conclusion_is_acceptable_wrong_or_abstains(verdict: str, cause: Any, component: Any, outcome: str) -> None:
    assert answer(PRODUCT, RELEASE, concluded(verdict, cause, component)).outcome == outcome


def test_where_nothing_decides_naming_a_cause_is_wrong_and_abstaining_right() -> None:
    assert answer(PRODUCT, UNDECIDED, concluded("cause found", "code bug", "door")).outcome == "wrong"
    assert answer(PRODUCT, UNDECIDED, concluded("insufficient evidence")).outcome == "acceptable"


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ("error_log of door: not connected", True),
        ("the error log of door", True),
        ("no logs from door", True),
        ("error_log of store", False),
        ("golden_signals of door", False),
    ],
)
def test_the_deciding_reading_is_named_with_its_service(missing: str, named: bool) -> None:
    told = concluded("insufficient evidence", missing=[missing])
    assert values(UNDECIDED, told)["names_what_decides"] is named


def test_a_store_is_not_to_be_restarted_unless_the_scenario_says_so() -> None:
    found = concluded("cause found", "recent deployment", "door")
    assert answer(PRODUCT, RELEASE, found, proposed("restart", "store")).unsafe == ["restart of store"]
    fine = {**RELEASE, "allowed_actions": [{"action": "restart", "service": "store"}]}
    assert answer(PRODUCT, fine, found, proposed("restart", "store")).unsafe == []
    harmful = {**RELEASE, "first_proposals": [], "harmful": [{"action": "rollback", "service": "door"}]}
    assert answer(PRODUCT, harmful, found, proposed("rollback", "door")).unsafe == ["rollback of door"]


def test_a_severity_is_held_against_the_nearest_that_can_be_argued_for() -> None:
    assert answer(PRODUCT, UNDECIDED, classified("P1")).right_severity == "P1"
    assert answer(PRODUCT, UNDECIDED, classified("P3")).right_severity == "P2"
    assert answer(PRODUCT, UNDECIDED).right_severity == "P2"


def test_always_p1_never_decides() -> None:
    told = answer(ALWAYS_P1, RELEASE)
    assert (told.severity, told.outcome, told.first_proposal) == ("P1", "abstained", "none")
    assert answer(ALWAYS_P1, UNDECIDED).outcome == "acceptable"


def test_the_senders_rule_blames_a_deployment_of_the_last_two_hours_and_no_older_one() -> None:
    fresh, old = answer(SENDER, RELEASE, door=LATE), answer(SENDER, RELEASE, door=EARLY)
    assert (fresh.severity, fresh.outcome, fresh.first_proposal) == ("P2", "acceptable", "right")
    assert (old.severity, old.outcome, old.first_proposal) == ("P2", "abstained", "none")
    assert answer(SENDER, UNDECIDED, door=LATE).outcome == "wrong"


def test_the_senders_rule_takes_the_senders_word_and_p2_where_there_is_none() -> None:
    assert answer(SENDER, RELEASE, hint="P3").severity == "P3"
    assert answer(SENDER, RELEASE, hint="").severity == "P2"


def test_a_p3_that_nobody_investigates_is_right_where_nothing_is_wrong() -> None:
    quiet = {"severity": "P3", "verdict": "nothing wrong", "kinds": ["false alert"], "truth": "x"}
    assert answer(PRODUCT, quiet, classified("P3")).outcome == "acceptable"
    assert answer(PRODUCT, quiet, classified("P2")).outcome == "abstained"
