"""Failures: a step that fails is tried again, then done by the book, then put to a person; nothing spins."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agents.io.settings import Settings
from agents.llm.chat import WordListener
from agents.llm.client import ModelAnswer, ToolRequest
from agents.llm.client import ModelRequest as Conversation
from evals.playing.play import Played, play
from evals.scenarios.loading import load
from graphs.model.questions import HumanAnswer, Question
from graphs.replay.replay import replay
from graphs.store.faults import StoreFull
from graphs.transcript.event import Event
from tests.graphs.theatre import APPROVES, MINUTE, Life, OneDirectory, Theatre
from tests.model_tape import HAND_IN, Tape, who_is_asked

AGAIN = HumanAnswer(answer="try again", by="on-call")
SCENARIO = "wry_neck"


class Broken:
    """Has every call of a port fail with a fault of ours, so many times."""

    def __init__(self, port: str, times: int = 1000, error: Exception | None = None) -> None:
        self.port, self.left, self.called = port, times, 0
        self._error = error or RuntimeError("a fault of ours")

    async def __call__(self, port: str, service: str, moment: str) -> None:
        if (port, moment) == (self.port, "before"):
            self.called += 1
            self.left -= 1
            if self.left >= 0:
                raise self._error


def errors(events: list[Event]) -> list[Event]:
    return [event for event in events if event.kind == "error"]


async def begun(life: Life, theatre: Theatre) -> str:
    await life.incidents.start()
    return life.incidents.alerts.receive(theatre.alert).run


async def put_to_a_person(life: Life, run: str) -> Question:
    """The question about a step that fails, a few minutes after the run began to fail."""
    await life.until(run, "error")
    await life.clock.sleep(5 * MINUTE)
    (question,) = [q for q in life.incidents.facts(run).open_questions if q.kind == "fault"]
    return question


async def is_closed_within_hours(life: Life, run: str) -> bool:
    """Let the person on call approve what is asked; a run that waits for more than that is not closed."""
    attending = asyncio.create_task(life.to_the_end(run))
    giving_up = asyncio.create_task(life.clock.sleep(timedelta(hours=6)))
    await asyncio.wait({attending, giving_up}, return_when=asyncio.FIRST_COMPLETED)
    for task in (attending, giving_up):
        task.cancel()
    return life.incidents.facts(run).status == "closed"


def test_a_step_that_fails_three_times_is_put_to_a_person_and_left_alone(tmp_path: Path) -> None:
    broken = Broken("error_log")
    theatre = Theatre(OneDirectory(tmp_path), disturb=broken)

    async def play(life: Life) -> None:
        run = await begun(life, theatre)
        question = await put_to_a_person(life, run)
        assert question.options == ["try again"]
        assert question.text.startswith(
            "In this run the step s2_backend_architect#1 failed 3 times, the last time with "
        )
        assert "RuntimeError: a fault of ours" in question.text
        first, second, third = errors(life.incidents.transcript(run))
        assert [second.at - first.at, third.at - second.at] == [timedelta(seconds=10), timedelta(seconds=20)]
        called = broken.called
        await life.clock.sleep(40 * MINUTE)
        assert (len(errors(life.incidents.transcript(run))), broken.called) == (3, called)
        assert life.incidents.facts(run).status == "waiting"

    theatre.live(play)


def test_other_runs_and_other_lanes_go_on_meanwhile(tmp_path: Path) -> None:
    theatre = Theatre(OneDirectory(tmp_path), disturb=Broken("deployment_history"))

    async def play(life: Life) -> None:
        run = await begun(life, theatre)
        await put_to_a_person(life, run)
        before = life.incidents.facts(run).updates_sent
        await life.clock.sleep(timedelta(hours=1))
        assert life.incidents.facts(run).updates_sent >= before + 3
        work = life.incidents.runs.workload()
        assert work.earliest_wakeup is not None
        assert work.failing_workflows == 1

    theatre.live(play)


def test_when_a_person_says_so_it_is_tried_again_and_the_run_goes_on(tmp_path: Path) -> None:
    theatre = Theatre(OneDirectory(tmp_path), disturb=Broken("error_log", times=4))

    async def play(life: Life) -> list[Event]:
        run = await begun(life, theatre)
        question = await put_to_a_person(life, run)
        life.incidents.answer(run, question.id, AGAIN)
        assert await is_closed_within_hours(life, run)
        events = life.incidents.transcript(run)
        assert [event.payload["times"] for event in errors(events)] == [1, 2, 3, 4]
        return events

    assert replay(theatre.live(play)).identical


def test_what_fails_on_is_asked_about_again_after_three_more_times(tmp_path: Path) -> None:
    theatre = Theatre(OneDirectory(tmp_path), disturb=Broken("error_log"))

    async def play(life: Life) -> None:
        run = await begun(life, theatre)
        first = await put_to_a_person(life, run)
        life.incidents.answer(run, first.id, AGAIN)
        await life.clock.sleep(5 * MINUTE)
        (second,) = life.incidents.facts(run).open_questions
        assert second.id != first.id
        assert "failed 6 times" in second.text

    theatre.live(play)


def test_a_restart_does_not_forget_how_often_it_failed_nor_wakes_what_a_person_is_asked_about(tmp_path: Path) -> None:
    broken = Broken("error_log")
    theatre = Theatre(OneDirectory(tmp_path), disturb=broken)

    async def fail_twice(life: Life) -> str:
        run = await begun(life, theatre)
        await life.until(run, "error")
        await life.clock.sleep(timedelta(seconds=11))
        assert len(errors(life.incidents.transcript(run))) == 2
        return run

    async def fail_once_more(life: Life) -> None:
        await life.incidents.start()
        await put_to_a_person(life, run)

    async def look(life: Life) -> None:
        await life.incidents.start()
        await life.clock.sleep(20 * MINUTE)
        assert len(errors(life.incidents.transcript(run))) == 3

    run = theatre.live(fail_twice)
    theatre.live(fail_once_more, down_for=MINUTE)
    theatre.live(look, down_for=MINUTE)


def test_a_full_disk_asks_nobody_and_is_tried_again_as_long_as_it_lasts(tmp_path: Path) -> None:
    full = Broken("error_log", times=8, error=StoreFull(None, "as planted"))
    theatre = Theatre(OneDirectory(tmp_path), disturb=full)

    async def play(life: Life) -> None:
        run = await begun(life, theatre)
        assert await is_closed_within_hours(life, run)
        events = life.incidents.transcript(run)
        assert len(errors(events)) == 8
        assert not [e for e in events if e.kind == "question" and e.payload["question"]["kind"] == "fault"]

    theatre.live(play, rules=APPROVES)


class BreaksTheLoop:
    """A model that does every duty as recorded, but one: there it uses its tools, and then breaks us."""

    def __init__(self, events: list[Event], duty: str) -> None:
        self.settings = Settings()
        self._tape, self._duty = Tape(events), duty

    async def answer(self, question: Conversation, hear: WordListener | None = None) -> ModelAnswer:
        request = question.model_dump()
        calls = self._tape(request).body["choices"][0]["message"]["tool_calls"]
        if who_is_asked(request)[1] == self._duty and calls[0]["function"]["name"] == HAND_IN:
            raise RuntimeError("a fault of ours")
        return ModelAnswer(requests=list(self._requests(calls)))

    def _requests(self, calls: list[dict[str, Any]]) -> Iterator[ToolRequest]:
        for call in calls:
            told = json.loads(call["function"]["arguments"])
            yield ToolRequest(id=call["id"], name=call["function"]["name"], arguments=told)


@pytest.fixture(scope="module", params=["investigate", pytest.param("update_status_page", marks=pytest.mark.long)])
def broken(request: pytest.FixtureRequest) -> tuple[str, Played]:
    events = play(load(SCENARIO)).events
    return request.param, play(load(SCENARIO), model=BreaksTheLoop(events, request.param))


def test_a_step_that_a_model_makes_fail_three_times_is_done_by_the_book(broken: tuple[str, Played]) -> None:
    duty, played = broken
    assert played.facts.status == "closed"
    failed = [event for event in errors(played.events) if event.duty == duty]
    assert {event.payload["times"] for event in failed} == {1, 2, 3}
    assert len(failed) == len(errors(played.events)) == 3 * sum(event.duty == duty for event in left(played))
    why = left(played)[0].payload["why"]
    assert f"{left(played)[0].key.split('/')[1]} failed 3 times with a model's help, and is done by the book: " in why
    assert {e.payload["by"] for e in played.events if (e.kind, e.duty) == ("duty_finished", duty)} == {"book"}


def test_others_are_done_by_the_model_all_the_same(broken: tuple[str, Played]) -> None:
    duty, played = broken
    keys = "\n".join(event.key for event in played.events)
    done = [e for e in played.events if e.kind == "duty_finished" and e.duty != duty]
    others = [e.payload["by"] for e in done if f"{e.key.removesuffix('finished')}model/" in keys]  # who was asked
    reasons = [e.payload["why"] for e in played.events if e.kind == "degraded" and e.duty != duty]
    of_another_minute = [why for why in reasons if "the model's words add" in why]  # the tape is of a quicker run
    assert reasons == of_another_minute
    assert others.count("book") <= len(of_another_minute)
    assert others.count("model") > 0.5 * len(others)


def test_a_replay_of_it_is_identical(broken: tuple[str, Played]) -> None:
    replayed = replay(broken[1].events)
    assert replayed.identical, replayed.difference


def left(played: Played) -> list[Event]:
    return [event for event in played.events if event.key.endswith("/by_book")]
