"""What people tell a run unasked, and what it does with it."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.io.clock import VirtualClock
from agents.readings.production import ActionResult
from agents.tools.port import AnyPort, Driver
from agents.tools.ports import rollback
from evals.playing.play import EPOCH, Stage, set_stage
from evals.scenarios.loading import load
from evals.scenarios.scenario import OnCall, Scenario
from evals.simulation.production import Production
from graphs.intake.run_lookup import RunIsOver, RunIsResolved
from graphs.model.questions import HumanAnswer, Instruction, Remark, WrongAnswer
from graphs.model.runbook import PROPOSAL_EXPIRES_AFTER
from graphs.runtime.questions import AlreadyAnswered, QuestionWithdrawn
from graphs.transcript.event import Event
from graphs.transcript.facts import Facts

Say = Callable[[Stage, str, VirtualClock], Coroutine[Any, Any, None]]
APPROVES = [OnCall(question="approval", answer="approve")]
SILENT: list[OnCall] = []


def played(
    say: Say, on_call: list[OnCall], hours: float = 4, name: str | Scenario = "wry_neck"
) -> tuple[Facts, list[Event]]:
    """Play a scenario with this person on call, while somebody says something."""
    clock = VirtualClock(EPOCH)

    async def play() -> tuple[Facts, list[Event]]:
        scenario = (load(name) if isinstance(name, str) else name)._replace(on_call=on_call)
        stage = set_stage(scenario, 0, clock)
        await stage.incidents.start()
        run = stage.incidents.alerts.receive(scenario.alert).run
        attending = asyncio.create_task(stage.on_call.attend(run))
        saying = asyncio.create_task(say(stage, run, clock))
        giving_up = asyncio.create_task(clock.sleep(timedelta(hours=hours)))
        await asyncio.wait({attending, giving_up}, return_when=asyncio.FIRST_COMPLETED)
        await saying
        events = stage.incidents.transcript(run)
        facts = stage.incidents.facts(run).model_copy(deep=True)
        for task in (attending, giving_up):
            task.cancel()
        await stage.incidents.stop()
        stage.incidents.close()
        return facts, events

    return clock.run(play)


def at(minute: float, *said: Instruction | Remark) -> Say:
    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        await clock.sleep(timedelta(minutes=minute))
        for one in said:
            if isinstance(one, Instruction):
                stage.incidents.instruct(run, one)
            else:
                stage.incidents.remark(run, one)

    return say


def kinds(events: list[Event], *wanted: str) -> list[Event]:
    return [event for event in events if event.kind in wanted]


def test_a_person_cancels_a_run_while_it_waits_and_its_question_is_withdrawn() -> None:
    facts, events = played(at(20, Instruction(kind="cancel", by="duty-engineer", comment="a drill")), SILENT)
    assert facts.status == "cancelled"
    assert facts.open_questions == []
    assert kinds(events, "withdrawn")[0].payload["why"] == "duty-engineer gave an instruction, cancel: “a drill”"
    assert kinds(events, "cancelled")[0].payload["by"] == "duty-engineer"
    assert not [event for event in kinds(events, "intent") if event.payload["port"] == "rollback"]


def test_a_cancelled_run_says_what_was_left_half_done() -> None:
    _, events = played(at(30, Instruction(kind="cancel", by="duty-engineer")), APPROVES)
    assert "carried out and not verified" in kinds(events, "cancelled")[0].payload["half_done"][0]


def test_nothing_can_be_told_to_a_run_that_is_over() -> None:
    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        stage.incidents.instruct(run, Instruction(kind="cancel", by="duty-engineer"))
        await clock.sleep(timedelta(minutes=40))
        with pytest.raises(RunIsOver):
            stage.incidents.remark(run, Remark(kind="note", by="duty-engineer", text="too late"))

    assert played(say, SILENT)[0].status == "cancelled"


def test_a_person_lowers_the_severity_and_facts_already_known_do_not_raise_it_again() -> None:
    facts, events = played(
        at(20, Instruction(kind="severity", by="duty-engineer", severity="P1", comment="a test tenant")),
        SILENT,
        hours=1,
        name="first_light",
    )
    assert (facts.severity, facts.severity_set_by) == ("P1", "duty-engineer")
    assert [event.payload["severity"] for event in kinds(events, "classification")] == ["P0", "P1"]


def test_lowered_to_p3_it_goes_to_the_backlog_and_is_closed() -> None:
    facts, _ = played(at(20, Instruction(kind="severity", by="duty-engineer", severity="P3")), SILENT)
    assert facts.status == "closed"
    assert facts.resolved_at is None


def test_a_person_names_the_cause_and_the_tree_follows_it() -> None:
    told = Instruction(
        kind="cause", by="duty-engineer", cause="infrastructure", component="session-cache", comment="I saw it"
    )
    facts, events = played(at(20, told), SILENT, hours=1)
    conclusion = kinds(events, "conclusion")[1]
    assert conclusion.payload["named_by"] == "duty-engineer"
    assert conclusion.payload["conclusion"]["hypotheses"][0]["support"][-1]["cites"] == [
        kinds(events, "instruction")[0].ref
    ]
    assert facts.conclusion is not None


def test_i_did_this_myself_is_verified_and_not_believed_while_metrics_say_otherwise() -> None:
    facts, events = played(at(20, Instruction(kind="handled", by="duty-engineer")), SILENT, hours=1)
    assert facts.resolved_at is None
    assert [event for event in events if event.duty == "confirm_fix" and event.kind == "duty_finished"]


def test_held_acting_waits_for_its_release_and_then_goes_on() -> None:
    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        stage.incidents.remark(run, Remark(kind="hold", by="duty-engineer"))
        await clock.sleep(timedelta(minutes=25))
        assert not [
            e for e in stage.incidents.transcript(run) if e.kind == "intent" and e.payload["port"] == "rollback"
        ]
        stage.incidents.remark(run, Remark(kind="resume", by="duty-engineer"))

    facts, events = played(say, APPROVES)
    acted = next(event for event in kinds(events, "intent") if event.payload["port"] == "rollback")
    assert acted.at >= EPOCH + timedelta(minutes=25)
    assert facts.status == "closed"


def test_one_switch_holds_all_acting() -> None:
    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        stage.incidents.hold(held=True, by="duty-engineer")
        await clock.sleep(timedelta(minutes=25))
        assert not [
            e for e in stage.incidents.transcript(run) if e.kind == "intent" and e.payload["port"] == "rollback"
        ]
        stage.incidents.hold(held=False, by="duty-engineer")

    assert played(say, APPROVES)[0].status == "closed"


def test_what_is_approved_while_held_waits_without_waking_until_it_is_released() -> None:
    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        stage.incidents.hold(held=True, by="duty-engineer")
        await clock.sleep(timedelta(minutes=15))
        question = stage.incidents.facts(run).open_questions[0].id
        stage.incidents.answer(run, question, HumanAnswer(answer="approve", by="duty-engineer"))
        await clock.sleep(PROPOSAL_EXPIRES_AFTER * stage.incidents.minute)
        due = stage.incidents.deps.store.wakeups.due(clock.now())
        assert not [wakeup for wakeup in due if wakeup.lane == "main"]
        stage.incidents.hold(held=False, by="duty-engineer")

    facts, events = played(say, SILENT, hours=8)
    assert facts.status == "closed"
    notes = [event.payload for event in kinds(events, "note")]
    assert [(note["by"], note["text"]) for note in notes] == [
        ("duty-engineer", "acting is on hold in every run"),
        ("duty-engineer", "every run may act again"),
    ]


def test_a_question_that_nobody_answers_expires_also_while_acting_is_on_hold() -> None:
    facts, events = played(at(1, Remark(kind="hold", by="duty-engineer")), SILENT, hours=1)
    assert "expired" in [event.payload["decision"] for event in kinds(events, "decision")]
    assert not [event for event in kinds(events, "intent") if event.payload["port"] == "rollback"]
    assert facts.held


def test_an_edited_proposal_is_carried_out_as_edited_and_a_wrong_edit_is_refused() -> None:
    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        await clock.sleep(timedelta(minutes=15))
        question = stage.incidents.facts(run).open_questions[0].id
        with pytest.raises(WrongAnswer):
            stage.incidents.answer(
                run, question, HumanAnswer(answer="edit", by="duty-engineer", parameters={"replicas": 3})
            )
        edit = HumanAnswer(answer="edit", by="duty-engineer", parameters={"version": "5.17.0"})
        stage.incidents.answer(run, question, edit)
        with pytest.raises(AlreadyAnswered) as second:
            stage.incidents.answer(run, question, HumanAnswer(answer="refuse", by="colleague"))
        assert second.value.first == edit

    _, events = played(say, SILENT, hours=0.5)
    acted = next(event for event in kinds(events, "intent") if event.payload["port"] == "rollback")
    assert acted.payload["arguments"] == {"service": "uploads", "version": "5.17.0"}


def test_a_question_goes_out_with_its_link_again_before_it_expires_then_to_the_escalation_role() -> None:
    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        await asyncio.sleep(0)

    _, events = played(say, SILENT, hours=1)
    asked = kinds(events, "question")[0]
    sent = [
        event for event in kinds(events, "outbound") if asked.payload["question"]["id"] in str(event.payload["fields"])
    ]
    assert [event.payload["arguments"]["audience"] for event in sent] == ["on-call", "on-call", "Project Shepherd"]
    assert "/runs/" in sent[0].payload["arguments"]["text"]
    waited = [round((event.at - asked.at) / timedelta(minutes=1)) for event in sent]
    assert waited == [0, 20, 30]


def test_the_72_hours_run_from_the_awareness_that_a_person_recorded() -> None:
    aware = datetime(2026, 3, 3, 2, 30, tzinfo=UTC)
    facts, _ = played(at(5, Remark(kind="awareness", by="duty-engineer", at=aware)), APPROVES, hours=0.25)
    assert facts.awareness_at == aware


def test_notes_reach_the_next_briefing() -> None:
    facts, _ = played(
        at(5, Remark(kind="note", by="duty-engineer", text="we changed DNS at noon")), APPROVES, hours=0.25
    )
    assert facts.notes == ["we changed DNS at noon"]


def test_what_a_person_says_is_over_becomes_verified_only_when_it_is_measured() -> None:
    over = Instruction(kind="handled", by="duty-engineer", comment="I rolled it back")

    async def roll_back_by_hand(stage: Stage, run: str, clock: VirtualClock) -> None:
        await clock.sleep(timedelta(minutes=12))
        by_hand = stage.production.driver(rollback, "sign-in")
        assert by_hand is not None
        await by_hand(service="sign-in", version="5.18.0")
        await clock.sleep(timedelta(minutes=8))
        stage.incidents.instruct(run, over)

    _, events = played(roll_back_by_hand, SILENT, name="first_light")
    told = [(event.payload["status"], event.payload.get("is_vouched", False)) for event in kinds(events, "status")]
    assert told[-3:] == [("Monitoring", True), ("Monitoring", False), ("Resolved", False)]
    [vouched] = [event for event in kinds(events, "status") if event.payload.get("is_vouched")]
    assert vouched.payload["by"] == "duty-engineer"
    assert kinds(events, "status")[-1].payload["why"] == "verified, and watched for 30 minutes"


def test_a_person_who_says_that_it_is_not_over_is_believed_until_a_person_says_that_it_is() -> None:
    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        while stage.incidents.facts(run).fixed_at is None:
            await clock.sleep(timedelta(minutes=1))
        given = Instruction(kind="not over", by="duty-engineer", comment="three callers at this moment")
        stage.incidents.instruct(run, given)
        await clock.sleep(timedelta(minutes=45))
        assert stage.incidents.facts(run).resolved_at is None
        assert stage.incidents.facts(run).public_status == "Investigating"
        stage.incidents.instruct(run, Instruction(kind="over", by="duty-engineer", comment="they had an old page"))

    facts, events = played(say, APPROVES)
    assert facts.status == "closed"
    statuses = [event.payload["why"] for event in kinds(events, "status")]
    assert any("duty-engineer says that it is not over: “three callers at this moment”" in why for why in statuses)
    assert [said.is_over for said in facts.ledger.statements if said.is_over is not None] == [False, True]
    assert [one.said_on and one.said_on.by for one in facts.ledger.relapses] == ["duty-engineer"]


def test_what_was_never_done_is_not_blamed_and_the_right_remedy_is_still_proposed_after_an_act_by_hand() -> None:
    cleared = Instruction(kind="handled", by="bob", comment="I have cleared the cache")
    facts, events = played(at(5, cleared), APPROVES, name="first_light")
    [attempt] = facts.attempts
    assert (attempt.cause, attempt.proposal.action, attempt.outcome) == ("", None, "did not help")
    assert attempt.proposal.summary == "What bob did by hand: “I have cleared the cache”."
    done = [event for event in kinds(events, "result") if event.payload["done"]]
    assert [event.payload["port"] for event in done] == ["rollback"]
    assert facts.status == "closed"
    assert facts.conclusion is not None
    assert facts.conclusion.cause == "recent deployment"


def test_an_answer_to_a_question_that_an_instruction_has_ended_is_refused_with_the_reason() -> None:
    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        await clock.sleep(timedelta(minutes=15))
        question = stage.incidents.facts(run).open_questions[0].id
        stage.incidents.instruct(run, Instruction(kind="handled", by="bob", comment="I am on the call"))
        with pytest.raises(QuestionWithdrawn, match="bob gave an instruction, handled: “I am on the call”"):
            stage.incidents.answer(run, question, HumanAnswer(answer="approve", by="ada"))

    facts, events = played(say, SILENT, hours=1)
    assert not kinds(events, "answer")
    assert len(kinds(events, "withdrawn")) >= 1
    assert facts.resolved_at is None


def test_an_approval_that_an_instruction_overtakes_before_it_is_carried_out_is_told_as_such() -> None:
    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        await clock.sleep(timedelta(minutes=15))
        question = stage.incidents.facts(run).open_questions[0].id
        stage.incidents.answer(run, question, HumanAnswer(answer="approve", by="ada"))
        stage.incidents.instruct(run, Instruction(kind="cancel", by="bob"))

    facts, events = played(say, SILENT, hours=1)
    assert facts.status == "cancelled"
    [withdrawn] = kinds(events, "withdrawn")
    assert withdrawn.payload["why"].startswith("ada had answered approve, and before it was carried out bob gave")
    assert not [event for event in kinds(events, "intent") if event.payload["port"] == "rollback"]


def test_who_says_that_it_is_handled_while_a_change_takes_effect_has_that_change_checked_with_its_time() -> None:
    gone_through = Instruction(kind="handled", by="ada", comment="the rollback went through")

    async def after_the_change(stage: Stage, run: str, clock: VirtualClock) -> None:
        while not stage.incidents.facts(run).ledger.acts:
            await clock.sleep(timedelta(minutes=1))
        stage.incidents.instruct(run, gone_through)

    facts, events = played(after_the_change, APPROVES, name="first_light")
    assert facts.status == "closed"
    assert facts.attempts == []
    assert facts.conclusion is not None
    assert (facts.conclusion.verdict, facts.conclusion.cause) == ("cause found", "recent deployment")
    assert "it ended after the rollback of sign-in" in kinds(events, "post_mortem")[0].payload["text"].lower()


def test_a_remedy_that_the_tool_refuses_leaves_the_cause_and_people_are_asked_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    driver = Production.driver

    async def refuses(**_: Any) -> ActionResult:
        return ActionResult(done=False, detail="5.18.0 is not in the registry")

    def without_rollback(production: Production, port: AnyPort, service: str) -> Driver | None:
        return refuses if port.name == "rollback" else driver(production, port, service)

    monkeypatch.setattr(Production, "driver", without_rollback)
    facts, events = played(at(0), APPROVES, name="first_light", hours=0.75)
    assert [attempt.outcome for attempt in facts.attempts] == ["failed"]
    assert facts.conclusion is not None
    assert (facts.conclusion.cause, facts.conclusion.confidence) == ("recent deployment", "high")
    assert [question.kind for question in facts.open_questions] == ["direction"]
    assert "the tool could not do it (5.18.0 is not in the registry)" in facts.open_questions[0].text
    assert "we began" not in str([event.payload["fields"] for event in kinds(events, "outbound")])


def test_who_says_last_that_it_is_not_over_is_believed_and_no_watch_is_opened() -> None:
    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        while stage.incidents.facts(run).fixed_at is None:
            await clock.sleep(timedelta(minutes=1))
        await clock.sleep(timedelta(minutes=10))  # the watch has begun
        for kind, by in (("not over", "bob"), ("over", "ada"), ("not over", "bob")):
            stage.incidents.instruct(run, Instruction.model_validate({"kind": kind, "by": by, "comment": "callers"}))
            await clock.sleep(timedelta(minutes=1))

    facts, events = played(say, APPROVES, name="first_light", hours=2)
    last = kinds(events, "instruction")[-1]
    assert facts.public_status != "Monitoring"
    assert facts.resolved_at is None
    assert not [e for e in kinds(events, "status") if e.payload["status"] == "Monitoring" and e.seq > last.seq]
    told = [str(e.payload["fields"]) for e in kinds(events, "outbound") if e.seq > last.seq]
    assert not [words for words in told if "works again" in words or "Recovery was verified" in words]


def test_what_is_said_at_the_end_of_the_watch_is_taken_up_before_it_counts_as_resolved() -> None:
    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        while (fixed_at := stage.incidents.facts(run).fixed_at) is None:
            await clock.sleep(timedelta(minutes=1))
        while clock.now() < fixed_at + timedelta(minutes=30, seconds=30):
            await clock.sleep(timedelta(seconds=10))
        assert stage.incidents.facts(run).resolved_at is None
        stage.incidents.instruct(run, Instruction(kind="not over", by="bob", comment="callers"))

    facts, _ = played(say, APPROVES, name="first_light", hours=1.5)
    assert facts.resolved_at is None
    assert facts.public_status == "Investigating"


def test_what_comes_after_it_is_resolved_is_refused_with_the_reason() -> None:
    async def say(stage: Stage, run: str, clock: VirtualClock) -> None:
        async for event in stage.incidents.follow(run):
            if event.kind == "resolved":
                break
        with pytest.raises(RunIsResolved):
            stage.incidents.instruct(run, Instruction(kind="not over", by="bob", comment="callers"))

    facts, events = played(say, APPROVES)
    assert facts.status == "closed"
    assert not kinds(events, "instruction")


def test_who_says_in_their_words_that_nobody_did_anything_is_taken_at_them_whatever_they_pressed() -> None:
    by_itself = Instruction(kind="handled", by="ada", comment="it went away by itself, nobody did anything")
    _, events = played(at(25, by_itself), SILENT, hours=1)
    named = [event for event in kinds(events, "conclusion") if event.payload.get("named_by") == "ada"]
    assert [(event.payload.get("over"), event.payload.get("handled")) for event in named] == [(True, None)]
