"""Declared changes that a person may ask for where no cause was found, and what is put to them as choices."""

from datetime import timedelta

import pytest

from agents.io.clock import VirtualClock
from agents.tools.port import AnyPort, Driver
from evals.playing.play import EPOCH, Stage, set_stage
from evals.scenarios.loading import load
from evals.simulation.production import Production
from graphs.model.questions import AnotherChange, HumanAnswer, Question
from graphs.steps.investigation import DECIDES
from graphs.steps.mitigation import PROPOSED_BY
from graphs.transcript.event import Event
from tests.graphs.steps.test_take_instruction import APPROVES, at, kinds
from tests.graphs.steps.test_take_instruction import played as instructed

UNDECIDED = "white_fog"
"""A scenario whose evidence does not reach to a cause."""


def direction_asked(events: list[Event]) -> Question:
    asked = (Question.model_validate(e.payload["question"]) for e in events if e.kind == "question")
    return next(question for question in asked if question.kind == "direction")


async def until_asked(stage: Stage, run: str, clock: VirtualClock, kind: str) -> Question:
    while True:
        found = [question for question in stage.incidents.facts(run).open_questions if question.kind == kind]
        if found:
            return found[0]
        await clock.sleep(timedelta(seconds=30))


def played(answer: str, heals_at: float | None = None) -> tuple[list[Event], Question]:
    """Play until a direction is asked for, give this answer, approve what follows, and go on for a while."""
    clock = VirtualClock(EPOCH)

    async def play() -> tuple[list[Event], Question]:
        scenario = load(UNDECIDED)._replace(on_call=[])
        faults = [fault.model_copy(update={"heals_at": heals_at}) for fault in scenario.world.faults]
        scenario = scenario._replace(world=scenario.world.model_copy(update={"faults": faults}))
        stage = set_stage(scenario, 0, clock)
        await stage.incidents.start()
        run = stage.incidents.alerts.receive(scenario.alert).run
        asked = await until_asked(stage, run, clock, "direction")
        digest = asked.acts[0].digest if answer == "act" else ""
        with pytest.raises(AnotherChange):
            stage.incidents.answer(run, asked.id, HumanAnswer(answer="act", by="Ann", digest="0" * 12))
        said = HumanAnswer.model_validate({"answer": answer, "by": "Ann", "comment": "a try", "digest": digest})
        stage.incidents.answer(run, asked.id, said)
        if answer == "act":
            approval = await until_asked(stage, run, clock, "approval")
            assert approval.digest == digest
            await clock.sleep(timedelta(minutes=20))  # late: no reading called for it, so none is out of date
            yes = HumanAnswer(answer="approve", by="Ben", digest=approval.digest)
            stage.incidents.answer(run, approval.id, yes)
        await clock.sleep(timedelta(minutes=5))
        events = stage.incidents.transcript(run)
        await stage.incidents.stop()
        stage.incidents.close()
        return events, asked

    return clock.run(play)


def test_each_act_that_may_be_asked_for_is_decided_on_at_a_node_of_the_decision_tree() -> None:
    assert set(DECIDES.values()) <= set(PROPOSED_BY)


def test_a_direction_offers_declared_acts_and_the_components_of_the_catalogue() -> None:
    events, asked = played("look again")
    assert "act" in asked.options
    assert asked.acts
    assert len({act.digest for act in asked.acts}) == len(asked.acts)
    assert asked.components[0] in load(UNDECIDED).world.services
    assert direction_asked(events) == asked


def test_an_act_that_a_person_asks_for_is_put_to_people_and_made_exactly_so() -> None:
    events, asked = played("act")
    chosen = asked.acts[0]
    proposal = next(event for event in events if event.kind == "proposal")
    assert (proposal.payload["digest"], proposal.payload["asked_by"]) == (chosen.digest, "Ann")
    assert "a try" in proposal.payload["proposal"]["summary"]
    acted = next(event for event in events if event.kind == "intent" and event.payload["port"] == chosen.action)
    assert acted.payload["arguments"] == {"service": chosen.service, **chosen.parameters}
    assert acted.payload["digest"] == chosen.digest


def test_what_a_person_asks_for_is_made_though_it_is_over_by_then_as_no_reading_called_for_it() -> None:
    events, _ = played("act", heals_at=25)
    assert len(kinds(events, "proposal")) == 1
    assert [event.payload["done"] for event in kinds(events, "result")] == [True]


def test_it_is_over_and_nobody_did_anything_is_no_act_and_no_cause() -> None:
    events, _ = played("over")
    conclusion = [event for event in events if event.kind == "conclusion"][-1]
    assert conclusion.payload["named_by"] == "Ann"
    assert "nobody did anything" in conclusion.payload["conclusion"]["summary"]
    assert not [event for event in events if event.kind == "intent" and event.payload["port"] == "restart"]


def test_a_remedy_that_nothing_connected_can_carry_out_is_never_proposed_and_told_as_advice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    driver = Production.driver

    def without_rollback(production: Production, port: AnyPort, service: str) -> Driver | None:
        return None if port.name == "rollback" else driver(production, port, service)

    monkeypatch.setattr(Production, "driver", without_rollback)
    facts, events = instructed(at(0), APPROVES, name="first_light", hours=0.5)
    assert not kinds(events, "proposal")
    [asked] = facts.open_questions
    assert asked.kind == "direction"
    assert "nothing is connected that can do the rollback of sign-in" in asked.text
    assert "somebody could do it by hand" in asked.text
