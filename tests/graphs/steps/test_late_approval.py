"""A late yes: what was shown then is carried out only if it would be proposed now, too."""

from datetime import timedelta
from typing import Any

import pytest

from agents.io.clock import VirtualClock
from agents.tools.change import Change
from evals.defects.planting import altered
from evals.playing.play import EPOCH, Played, play, set_stage
from evals.scenarios.loading import load
from evals.scenarios.scenario import OnCall
from graphs.model.questions import HumanAnswer
from graphs.transcript.event import Event
from graphs.transcript.events import Author, Draft

Fields = dict[str, Any]
RESTART: Fields = {"action": "restart", "parameters": {}, "summary": "Propose: restart it."}
OTHER_STANDBY: Fields = {"parameters": {"standby": "elsewhere"}}
RETARGETED: Fields = {"parameters": {"standby": "elsewhere", "service": "elsewhere"}}
NOTHING: Fields = {"action": None, "parameters": {}, "summary": "It is within its usual range now."}


def played(after_minutes: float, then: Fields | None = None) -> Played:
    """slow_tide, where a failover is proposed; the second time `then` is, and the person takes so long to answer."""
    asked: list[Fields] = []

    def change(report: Fields) -> None:
        asked.append(report)
        report.update(then if then and len(asked) == 2 else {})

    yes = OnCall(question="approval", after_minutes=after_minutes, answer="approve")
    with altered("infrastructure_maintainer", "propose_infrastructure_change", change):
        return play(load("slow_tide")._replace(on_call=[yes]))


def of(played: Played, kind: str) -> list[Event]:
    return [event for event in played.events if event.kind == kind]


def done(played: Played) -> list[str]:
    return [event.payload["port"] for event in of(played, "result")]


def test_a_yes_in_time_is_carried_out_as_it_was_shown() -> None:
    run = played(9, RESTART)
    assert (done(run), len(of(run, "proposal"))) == (["failover"], 1)


def test_a_late_yes_is_carried_out_where_the_same_would_be_proposed() -> None:
    run = played(15)
    assert (done(run), len(of(run, "proposal"))) == (["failover"], 1)
    looked = [e for e in of(run, "duty_finished") if e.duty == "propose_infrastructure_change"]
    assert len(looked) == 2


def test_where_something_else_would_be_proposed_now_that_is_asked_and_the_old_is_not_done() -> None:
    run = played(15, RESTART)
    asked = [e.payload["question"]["proposal"]["action"] for e in of(run, "question")]
    assert asked == ["failover", "restart", "failover"], "each yes came too late for what was shown"
    assert done(run) == ["failover"]
    assert of(run, "result")[0].seq > of(run, "question")[2].seq


def test_where_only_the_parameters_would_be_others_now_that_is_asked_too_and_the_question_says_why() -> None:
    run = played(15, OTHER_STANDBY)
    first, second, third = (event.payload["question"] for event in of(run, "question"))
    assert [asked["proposal"]["parameters"] for asked in (first, second)] != [first["proposal"]["parameters"]] * 2
    assert second["proposal"]["parameters"] == {"standby": "elsewhere"}
    assert "Asked anew" not in first["text"]
    assert (
        f"Asked anew: {Change.of(first['proposal'])} was approved late, and by now it would be done with other para"
        in (second["text"])
    )
    assert third["proposal"]["parameters"] == first["proposal"]["parameters"]
    (result,) = of(run, "result")
    assert result.payload["digest"] == third["digest"] == first["digest"] != second["digest"]
    assert of(run, "proposal")[1].payload["asked_anew"] in second["text"]


def test_a_late_yes_is_not_taken_for_one_to_parameters_that_are_none() -> None:
    run = played(15, RETARGETED)
    attempt = of(run, "attempt")[0].payload["attempt"]
    assert attempt["outcome"] == "overtaken"
    assert "'service' is none of its parameters (standby)" in attempt["said"]
    assert {event.payload["arguments"]["service"] for event in of(run, "result")} == {attempt["proposal"]["service"]}


def test_an_edit_that_comes_late_is_carried_out_where_what_was_edited_would_be_proposed_still() -> None:
    clock = VirtualClock(EPOCH)

    async def edit_late() -> list[Event]:
        stage = set_stage(load("slow_tide"), 0, clock)
        await stage.incidents.start()
        run = stage.incidents.alerts.receive(load("slow_tide").alert).run
        while not stage.incidents.facts(run).open_questions:
            await clock.sleep(timedelta(minutes=1))
        asked = stage.incidents.facts(run).open_questions[0]
        await clock.sleep(timedelta(minutes=15))
        edit = HumanAnswer(answer="edit", parameters={"standby": "another"}, digest=asked.digest)
        stage.incidents.answer(run, asked.id, edit)
        await clock.sleep(timedelta(minutes=5))
        events = stage.incidents.transcript(run)
        await stage.incidents.stop()
        stage.incidents.deps.store.close()
        return events

    events = clock.run(edit_late)
    (decision,) = [event for event in events if event.kind == "decision"]
    (result,) = [event for event in events if event.kind == "result"]
    assert result.payload["arguments"]["standby"] == "another"
    assert decision.payload["digest"] == result.payload["digest"] == Change.of(decision.payload["proposal"]).digest
    assert result.payload["approval"] == decision.key


def test_where_nothing_would_be_proposed_any_more_it_is_looked_into_anew() -> None:
    run = played(15, NOTHING)
    attempt = of(run, "attempt")[0].payload["attempt"]
    assert (attempt["outcome"], attempt["proposal"]["action"]) == ("overtaken", "failover")
    assert "out of date: It is within its usual range now." in attempt["said"]


@pytest.mark.parametrize("after_minutes", [9, 15])
def test_every_wait_ends_with_a_closed_run(after_minutes: float) -> None:
    assert played(after_minutes).facts.status == "closed"


def test_what_another_run_has_done_meanwhile_is_not_done_once_more() -> None:
    clock = VirtualClock(EPOCH)

    async def approve_after_another_run_acted() -> list[Event]:
        stage = set_stage(load("slow_tide"), 0, clock)
        await stage.incidents.start()
        run = stage.incidents.alerts.receive(load("slow_tide").alert).run
        while not stage.incidents.facts(run).open_questions:
            await clock.sleep(timedelta(minutes=1))
        asked = stage.incidents.facts(run).open_questions[0]
        assert asked.proposal
        changed = {"action": asked.proposal["action"], "service": asked.proposal["service"]}
        note = {"kind": "note", "by": "run other", "text": "it was made in run other", "changed": changed}
        stage.incidents.deps.transcripts.write(run, Draft("note/other/result", "note", note, Author("main")))
        await clock.sleep(timedelta(minutes=1))
        stage.incidents.answer(run, asked.id, HumanAnswer(answer="approve", digest=asked.digest))
        await clock.sleep(timedelta(minutes=3))
        events = stage.incidents.transcript(run)
        await stage.incidents.stop()
        stage.incidents.deps.store.close()
        return events

    events = clock.run(approve_after_another_run_acted)
    assert [event for event in events if event.kind == "result"] == []
    (attempt,) = [event.payload["attempt"] for event in events if event.kind == "attempt"]
    assert attempt["outcome"] == "overtaken"
    assert "was made at" in attempt["said"]
    assert "by another run" in attempt["said"]


def healing(heals_at: float | None, after_minutes: float, answers: list[str]) -> Played:
    """amber_pike, where a rollback is proposed, and the harm may end by itself; one answer to each question."""
    scenario = load("amber_pike")
    faults = [fault.model_copy(update={"heals_at": heals_at}) for fault in scenario.world.faults]
    on_call = [
        OnCall.model_validate({"question": "approval", "after_minutes": after_minutes, "answer": answer, "times": 1})
        for answer in answers
    ]
    world = scenario.world.model_copy(update={"faults": faults})
    return play(scenario._replace(world=world, on_call=on_call))


@pytest.mark.parametrize("after_minutes", [6, 22])
def test_a_yes_is_asked_anew_once_where_by_then_it_is_measured_to_be_over(after_minutes: float) -> None:
    run = healing(5, after_minutes, ["approve", "approve"])
    first, second = of(run, "question")
    assert "Asked anew" not in first.payload["question"]["text"]
    text = second.payload["question"]["text"]
    assert "and it was not made. It was proposed for what had been read at" in text
    assert " UTC, it was over: gift-cards: error rate 0." in text
    assert " Should it be made all the same? Propose: " in text
    assert second.payload["question"]["digest"] == first.payload["question"]["digest"]
    (result,) = of(run, "result")
    assert result.seq > second.seq
    assert result.payload["digest"] == second.payload["question"]["digest"]
    assert result.payload["approval"] == of(run, "decision")[1].key


def test_who_says_no_when_asked_anew_has_nothing_done() -> None:
    run = healing(5, 6, ["approve", "refuse"])
    assert len(of(run, "question")) == 2
    assert done(run) == []
    assert run.facts.status == "closed"


def test_a_yes_is_carried_out_at_once_where_the_harm_goes_on() -> None:
    run = healing(None, 9, ["approve"])
    assert (len(of(run, "question")), done(run)) == (1, ["rollback"])
