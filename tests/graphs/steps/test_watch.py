"""The watch after a fix: it ends on a look that was well, or on a person's word where nothing can be measured."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from agents.io.clock import VirtualClock
from agents.runtime.briefing import WATCH_AFTER_FIX
from evals.defects.planting import altered
from evals.playing.play import Played, Stage, play
from evals.scenarios.loading import load
from evals.scenarios.scenario import OnCall
from evals.simulation.disturbance import Disturbance
from evals.simulation.world import Gap
from graphs.model.questions import Instruction
from tests.graphs.steps.test_take_instruction import APPROVES, kinds
from tests.graphs.steps.test_take_instruction import played as instructed

SIGHT = ("golden_signals", "check_endpoints", "system_metrics", "dependencies", "split_signals")


def looks(played: Played) -> list[tuple[datetime, bool]]:
    """The looks at the metrics after the fix: when, and whether they were well."""
    done = [event for event in played.events if event.kind == "duty_finished" and event.duty == "verify_metrics"]
    return [(event.at, event.payload["report"]["normal"]) for event in done]


def resolved_at(played: Played) -> datetime:
    return next(event.at for event in played.events if event.kind == "resolved")


def test_a_look_that_is_unknown_does_not_end_the_watch() -> None:
    looked: list[Any] = []

    def goes_dark(report: dict[str, Any]) -> None:
        looked.append(report)
        if len(looked) == 5:
            report["normal"] = False
            report["metrics"]["verdict"] = "unknown"

    with altered("infrastructure_maintainer", "verify_metrics", goes_dark):
        played = play(load("amber_pike"))
    fixed = next(e.at for e in played.events if e.kind == "status" and e.payload["status"] == "Monitoring")
    (at, was_well), last = looks(played)[4:]
    assert at - fixed >= timedelta(minutes=WATCH_AFTER_FIX)
    assert (was_well, last) == (False, (resolved_at(played), True))


def test_whose_word_ends_a_watch_that_cannot_be_measured_is_said() -> None:
    scenario = load("amber_pike")
    gone = [Gap(port=port, since=45) for port in SIGHT]
    says = OnCall(question="direction", answer="handled", comment="It works again")
    blind = scenario._replace(world=scenario.world.model_copy(update={"gaps": gone}), on_call=[*scenario.on_call, says])
    played = play(blind, patience=timedelta(hours=4))
    over = next(event for event in played.events if event.kind == "status" and event.payload["status"] == "Resolved")
    assert over.payload["why"].startswith("over by what on-call says, not measured")


def test_metrics_that_stay_unknown_to_the_end_of_the_watch_lead_to_a_question() -> None:
    scenario = load("amber_pike")
    gone = [Gap(port=port, since=45) for port in SIGHT]
    world = scenario.world.model_copy(update={"gaps": gone})
    played = play(scenario._replace(world=world), patience=timedelta(hours=4))
    assert not [event for event in played.events if event.kind == "resolved"]
    asked = [event for event in played.events if event.kind == "question" and "Is it over?" in str(event.payload)]
    assert asked[0].payload["question"]["text"].endswith("Is it over?")


@pytest.mark.parametrize("kind", ["handled", "over"])
def test_a_word_that_comes_after_recovery_was_measured_takes_nothing_of_that_back(kind: Any) -> None:
    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        while stage.incidents.facts(run).fixed_at is None:
            await clock.sleep(timedelta(minutes=1))
        await clock.sleep(timedelta(minutes=6))
        stage.incidents.instruct(run, Instruction(kind=kind, by="bob", comment="I looked at it, too"))

    facts, events = instructed(say, APPROVES, name="first_light")
    assert facts.status == "closed"
    told = [(event.payload["status"], event.payload.get("is_vouched", False)) for event in kinds(events, "status")]
    assert told[-2:] == [("Monitoring", False), ("Resolved", False)]
    assert [event.duty for event in kinds(events, "duty_finished")].count("confirm_fix") == 2
    assert [said.words for said in facts.ledger.statements] == ["I looked at it, too"]


async def _in_the_watch(stage: Stage, run: str, clock: VirtualClock) -> None:
    while stage.incidents.facts(run).fixed_at is None:
        await clock.sleep(timedelta(minutes=1))
    await clock.sleep(timedelta(minutes=6))


def test_a_cause_that_is_named_in_the_watch_is_written_down_and_the_watch_goes_on() -> None:
    named = Instruction(
        kind="cause", by="lena", cause="infrastructure", component="sign-in", comment="somebody killed it by mistake"
    )

    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        await _in_the_watch(stage, run, clock)
        stage.incidents.instruct(run, named)

    facts, events = instructed(say, APPROVES, name="first_light")
    assert facts.status == "closed"
    [told] = kinds(events, "instruction")
    assert not [e for e in kinds(events, "proposal", "question") if e.seq > told.seq]
    assert [e.payload["status"] for e in kinds(events, "status") if e.seq > told.seq] == ["Resolved"]
    assert facts.conclusion is not None
    assert (facts.conclusion.cause, facts.conclusion.component) == ("infrastructure", "sign-in")
    assert "somebody killed it by mistake" in kinds(events, "post_mortem")[0].payload["text"]


@pytest.mark.parametrize(
    ("scenario", "cause", "component", "acts"),
    [
        ("first_light", "code bug", "session-cache", ["rollback"]),
        ("slow_thistle", "recent deployment", "bell-fanout", ["restart"]),
    ],
)
def test_a_cause_that_is_named_in_the_watch_and_that_nothing_took_away_is_followed(
    scenario: str, cause: Any, component: str, acts: list[str]
) -> None:
    named = Instruction(kind="cause", by="lena", cause=cause, component=component, comment="it leaks")

    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        await _in_the_watch(stage, run, clock)
        stage.incidents.instruct(run, named)

    facts, events = instructed(say, APPROVES, name=scenario)
    assert [act.action for act in facts.ledger.acts][:1] == acts
    [told] = kinds(events, "instruction")
    assert "Identified" in [e.payload["status"] for e in kinds(events, "status") if e.seq > told.seq]


@pytest.mark.parametrize(
    ("bad_from", "outcome", "why"),
    [(1, "did not help", "not recovered: "), (3, "helped for a time", "it was well at ")],
)
def test_what_comes_back_after_recovery_was_measured_is_no_change_that_did_not_help(
    bad_from: int, outcome: str, why: str
) -> None:
    looked: list[Any] = []

    def comes_back(report: dict[str, Any]) -> None:
        looked.append(report)
        if len(looked) == bad_from:
            report["normal"] = False
            report["metrics"]["verdict"] = "abnormal"

    with altered("infrastructure_maintainer", "verify_metrics", comes_back):
        run = play(load("amber_pike"))
    (attempt,) = [event.payload["attempt"] for event in run.events if event.kind == "attempt"]
    assert attempt["outcome"] == outcome
    (status,) = [e.payload["why"] for e in run.events if e.kind == "status" and e.payload["why"].startswith(why)]
    assert ("has come back: Metrics are" in status) == (outcome == "helped for a time")


def test_a_cause_that_was_mended_is_not_identified_as_that_of_what_comes_after_a_measured_recovery() -> None:
    scenario = load("first_light")
    effect = {"error_rate": 0.6, "latency": 3}
    later = Disturbance.model_validate({"component": "user-store", "onset": 40, "heals_at": 70, "effect": effect})
    world = scenario.world.model_copy(update={"oddities": [*scenario.world.oddities, later]})
    asked = OnCall(question="direction", after_minutes=5, answer="look again")
    run = play(scenario._replace(world=world, on_call=[*scenario.on_call, asked]))
    told = [event.payload["status"] for event in run.events if event.kind == "status"]
    assert told == ["Investigating", "Identified", "Monitoring", "Investigating", "Monitoring", "Resolved"]
    (text,) = [event.payload["text"] for event in run.events if event.kind == "post_mortem"]
    assert "Later: user-store: up to 6" in text
    assert "no reading connects that with this cause, and its own is not known." in text
