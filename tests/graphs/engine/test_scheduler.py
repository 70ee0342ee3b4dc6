"""The scheduler: when the workflows of a run take turns, and how many at a time."""

import asyncio
from datetime import timedelta

import pytest

from agents.runtime.briefing import Alert
from graphs.runtime.precedence import Precedence
from tests.graphs.theatre import MINUTE, TICK, Life, OneDirectory, Theatre, count

WATCH = 30 * MINUTE
ELSEWHERE = Alert(title="The shop is slow", service="storefront", severity="warning", environment="elsewhere")


def test_nothing_happens_before_its_time_and_nothing_late(house: OneDirectory) -> None:
    async def play(life: Life) -> None:
        await life.incidents.start()
        facts = await life.to_the_end(life.incidents.alerts.receive(theatre.alert).run)
        assert facts.activated_at
        assert facts.resolved_at
        fixed = [
            e for e in life.incidents.transcript(facts.id) if e.kind == "status" and e.payload["status"] == "Monitoring"
        ]
        assert timedelta(0) <= facts.resolved_at - fixed[-1].at - WATCH <= 3 * MINUTE
        ticks = (facts.resolved_at - facts.activated_at) // TICK
        begun = {
            e.at
            for e in life.incidents.transcript(facts.id)
            if (e.kind, e.duty) == ("duty_started", "update_status_page")
        }
        due = {facts.activated_at + tick * TICK for tick in range(ticks + 1)}
        assert due <= begun

    theatre = Theatre(house)
    theatre.live(play)


NOT_COUNTED = ("past_incidents", "change_history", "deployment_history", "provider_status", "split_signals")
"""Answered by the store, asked by it too, or not connected in this world."""


def test_a_lane_takes_one_turn_at_a_time_however_often_it_is_woken(house: OneDirectory) -> None:
    async def play(life: Life) -> None:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        ending = asyncio.create_task(life.to_the_end(run))
        for _ in range(60):
            await life.clock.sleep(timedelta(seconds=20))
            life.incidents.alerts.receive(theatre.alert)
        await ending
        calls = [e.payload["tool"] for e in life.incidents.transcript(run) if e.kind == "tool_call"]
        asked = [tool for tool in calls if tool not in NOT_COUNTED]
        called = [port for port, _ in theatre.called if port not in NOT_COUNTED]
        assert len(called) == len(asked) + count(life.incidents, run, "intent")
        assert not [e for e in life.incidents.transcript(run) if "again" in e.payload]

    theatre = Theatre(house)
    theatre.live(play)


class Storm(Precedence):
    """Alerts wait, and nobody knows until when; some go on all the same."""

    def __init__(self, let_go: int) -> None:
        super().__init__()
        self._let_go = let_go

    async def pause(self) -> None:
        await self.give_way()

    async def give_way(self) -> None:
        self._let_go -= 1
        if self._let_go < 0:
            await asyncio.Event().wait()


@pytest.mark.parametrize("let_go", [0, 1])
def test_neither_the_look_at_what_is_due_nor_a_step_begins_before_it_has_given_way(
    house: OneDirectory, let_go: int
) -> None:
    async def play(life: Life) -> None:
        await life.incidents.start()
        storm, life.incidents.deps.precedence = life.incidents.deps.precedence, Storm(let_go)
        run = life.incidents.alerts.receive(theatre.alert).run
        await life.clock.sleep(timedelta(minutes=1))
        assert {event.kind for event in life.incidents.transcript(run)} == {"alert"}
        life.incidents.deps.precedence = storm

    theatre = Theatre(house)
    theatre.live(play)


def test_a_turn_that_fails_is_tried_again_and_does_not_end_others(house: OneDirectory) -> None:
    failures = iter(range(2))

    async def fail_twice(port: str, service: str, moment: str) -> None:
        if service == "sign-in" and next(failures, None) is not None:
            raise RuntimeError("a fault of ours")

    async def play(life: Life) -> None:
        await life.incidents.start()
        run, other = (life.incidents.alerts.receive(alert).run for alert in (theatre.alert, ELSEWHERE))
        ends = await asyncio.gather(life.to_the_end(run), life.to_the_end(other))
        assert [facts.status for facts in ends] == ["closed", "closed"]
        assert count(life.incidents, run, "error") + count(life.incidents, other, "error") >= 1
        assert next(failures, None) is None

    theatre = Theatre(house, "first_light", disturb=fail_twice)
    theatre.live(play)


def test_no_turn_is_taken_after_the_stop(house: OneDirectory) -> None:
    async def play(life: Life) -> None:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        await life.until(run, "tool_call")
        await life.incidents.stop()
        seen, called = len(life.incidents.transcript(run)), len(theatre.called)
        life.incidents.alerts.receive(theatre.alert.model_copy(update={"description": "worse"}))
        await life.clock.sleep(timedelta(hours=1))
        assert (len(life.incidents.transcript(run)), len(theatre.called)) == (seen + 1, called)

    theatre = Theatre(house)
    theatre.live(play)


def test_what_was_stopped_goes_on_after_the_next_start(house: OneDirectory) -> None:
    async def begin(life: Life) -> str:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        await life.until(run, "tool_call")
        await life.incidents.stop()
        return run

    async def go_on(life: Life) -> str:
        await life.incidents.start()
        return (await life.to_the_end(run)).status

    theatre = Theatre(house)
    run = theatre.live(begin)
    assert theatre.live(go_on) == "closed"
