"""Re-assessment: what grows while people think about it is seen, and the question comes anew at the new level."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from agents.io.catalogue import Catalogue
from agents.io.clock import VirtualClock
from agents.runtime.ledger import Ledger, Statement
from evals.playing.play import EPOCH, set_stage
from evals.scenarios.loading import load
from evals.scenarios.scenario import OnCall
from graphs.background.reassessment import LOOK, due, next_due, over
from graphs.model.questions import Instruction, Question
from graphs.transcript.event import Event
from graphs.transcript.facts import Facts

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
CATALOGUE = Catalogue()
SILENT: list[OnCall] = []


def facts(**known: object) -> Facts:
    asked = Question(id="q", kind="approval", text="Shall I?", options=["approve", "refuse"])
    waiting = {"severity": "P2", "accepted": "P2", "scope_at": NOON, "open_questions": [asked]}
    return Facts.model_validate({**waiting, **known})


def test_the_scope_is_looked_at_again_every_five_minutes() -> None:
    assert next_due(facts(), NOON, CATALOGUE) == NOON + timedelta(minutes=5)
    assert due(facts(), NOON + timedelta(minutes=4, seconds=59), CATALOGUE) == []
    assert due(facts(), NOON + timedelta(minutes=5), CATALOGUE) == [LOOK]
    assert next_due(facts(), NOON + timedelta(minutes=5), CATALOGUE) == NOON + timedelta(minutes=10)


@pytest.mark.parametrize(
    "known",
    [{"fixed_at": NOON}, {"scope_at": None}, {"severity": None}, {"open_questions": []}],
)
def test_nobody_looks_where_nothing_can_be_raised_or_others_look(known: dict[str, object]) -> None:
    assert due(facts(**known), NOON + timedelta(hours=1), CATALOGUE) == []
    assert next_due(facts(**known), NOON, CATALOGUE) is None


def test_it_is_looked_at_again_while_people_are_not_asked_because_they_said_that_it_is_over() -> None:
    said = Statement(at=NOON, by="ada", words="", cite="a1", is_over=True)
    known = facts(open_questions=[], concluded=True, ledger=Ledger(statements=[said]))
    assert due(known, NOON + timedelta(minutes=5), CATALOGUE) == [LOOK]


def test_it_ends_with_the_incident() -> None:
    assert over(facts(resolved_at=NOON))
    assert over(facts(cancelled=True))
    assert over(facts(backlog_at=NOON))
    assert not over(facts())


def watched(minutes: float, *said: tuple[float, Instruction]) -> list[Event]:
    """rising_swell with nobody on call, for some minutes."""
    clock = VirtualClock(EPOCH)

    async def play() -> list[Event]:
        scenario = load("rising_swell")._replace(on_call=SILENT)
        stage = set_stage(scenario, 0, clock)
        await stage.incidents.start()
        run = stage.incidents.alerts.receive(scenario.alert).run
        for at, instruction in said:
            await clock.sleep(EPOCH + timedelta(minutes=at) - clock.now())
            stage.incidents.instruct(run, instruction)
        await clock.sleep(EPOCH + timedelta(minutes=minutes) - clock.now())
        events = stage.incidents.transcript(run)
        await stage.incidents.stop()
        stage.incidents.close()
        return events

    return clock.run(play)


def test_a_question_that_waits_while_it_grows_leads_to_another_look_at_the_new_level() -> None:
    events = watched(32)
    grown = next(event for event in events if event.kind == "reassessment")
    after = [event for event in events if event.seq > grown.seq]
    withdrawn = next(event for event in after if event.kind == "withdrawn")
    assert withdrawn.payload["why"] == "it has grown worse"
    classified = next(event for event in after if event.kind == "classification")
    assert (classified.payload["was"], classified.payload["severity"]) == ("P2", "P1")
    assert classified.payload["cites"] == [grown.payload["instruction"]["ref"]]
    assert next(event for event in after if event.kind == "activation").payload["severity"] == "P1"
    looked = {event.role for event in after if event.duty == "investigate" and event.kind == "duty_finished"}
    assert looked == {"infrastructure_maintainer", "backend_architect", "devops_automator"}, (
        "the evidence is taken anew"
    )
    assert sum(event.kind == "reassessment" for event in events) == 1, "told once, not at every look"


def test_what_a_person_has_set_lower_is_not_put_in_question_by_what_they_knew() -> None:
    events = watched(32)
    grown = next(event for event in events if event.kind == "reassessment")
    minute = (grown.at - EPOCH) / timedelta(minutes=1)
    lower = Instruction(kind="severity", by="duty-engineer", severity="P2", comment="a load test")
    events = watched(minute + 30, (minute + 3, lower))
    assert [e.payload["severity"] for e in events if e.kind == "classification"] == ["P2", "P1", "P2"]
    assert sum(event.kind == "reassessment" for event in events) == 1


def test_people_cannot_tell_a_run_what_only_its_own_looks_may_say() -> None:
    with pytest.raises(ValueError, match="scope"):
        asyncio.run(_told_by_a_person())


async def _told_by_a_person() -> None:
    stage = set_stage(load("rising_swell"), 0, VirtualClock(EPOCH))
    try:
        stage.incidents.instruct("any", Instruction(kind="scope", by="duty-engineer", severity="P0"))
    finally:
        stage.incidents.close()
