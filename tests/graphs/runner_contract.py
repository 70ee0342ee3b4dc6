"""What any runner must do, whatever it keeps its data in: alerts, wake-ups, answers, restarts."""

import asyncio
from datetime import timedelta

import pytest

from agents.runtime.briefing import Alert
from graphs.intake.alerts import UnknownRun
from graphs.model.questions import HumanAnswer
from tests.graphs.questions_contract import QuestionsAreAnswered
from tests.graphs.restart_contract import NothingIsLost
from tests.graphs.theatre import MINUTE, TICK, House, Life, Theatre, count

WATCH = 30 * MINUTE
APPROVED = HumanAnswer(answer="approve", by="first", comment="Go ahead.")
ELSEWHERE = Alert(title="The shop is slow", service="storefront", severity="warning", environment="elsewhere")


class AlertsAreTakenIn:
    """What becomes of alerts."""

    def test_an_alert_is_on_disk_when_receive_returns(self, house: House) -> None:
        theatre = Theatre(house)

        async def receive(life: Life) -> str:
            return life.runner.receive(theatre.alert).run

        async def go_on(life: Life) -> str:
            assert [facts.id for facts in life.runner.runs()] == [run]
            await life.runner.start()
            return (await life.until(run, "duty_finished")).duty

        run = theatre.live(receive)
        assert theatre.live(go_on) == "acknowledge"

    def test_a_duplicate_joins_the_open_run_and_is_counted_also_after_a_restart(self, house: House) -> None:
        theatre = Theatre(house)

        async def receive(life: Life) -> tuple[str, bool]:
            return life.runner.receive(theatre.alert)[:2]

        async def look(life: Life) -> int:
            return sum(alarm.times for alarm in life.runner.alarms(run))

        run, joined = theatre.live(receive)
        assert not joined
        assert theatre.live(receive) == (run, True)
        assert theatre.live(receive, down_for=20 * MINUTE) == (run, True)
        assert theatre.live(look) == 3

    def test_another_alert_starts_another_run(self, house: House) -> None:
        async def receive(life: Life) -> set[str]:
            return {life.runner.receive(alert).run for alert in (theatre.alert, ELSEWHERE)}

        theatre = Theatre(house)
        assert len(theatre.live(receive)) == 2

    def test_an_alert_that_comes_again_after_its_run_is_closed_starts_another(self, house: House) -> None:
        async def play(life: Life) -> tuple[str, str]:
            await life.runner.start()
            run = life.runner.receive(theatre.alert).run
            assert (await life.to_the_end(run)).status == "closed"
            return run, life.runner.receive(theatre.alert).run

        theatre = Theatre(house)
        first, second = theatre.live(play)
        assert first != second

    def test_an_unknown_run_is_said_to_be_unknown(self, house: House) -> None:
        async def ask(life: Life) -> None:
            for look in (life.runner.facts, life.runner.transcript, life.runner.follow):
                with pytest.raises(UnknownRun):
                    look("nowhere")
            with pytest.raises(UnknownRun):
                life.runner.answer("nowhere", "q", APPROVED)

        Theatre(house).live(ask)


class LanesAreWoken:
    """When turns are taken, and how many at a time."""

    def test_nothing_happens_before_its_time_and_nothing_late(self, house: House) -> None:
        async def play(life: Life) -> None:
            await life.runner.start()
            facts = await life.to_the_end(life.runner.receive(theatre.alert).run)
            assert facts.activated_at
            assert facts.resolved_at
            fixed = [
                e
                for e in life.runner.transcript(facts.id)
                if e.kind == "status" and e.payload["status"] == "Monitoring"
            ]
            assert timedelta(0) <= facts.resolved_at - fixed[-1].at - WATCH <= 3 * MINUTE
            ticks = (facts.resolved_at - facts.activated_at) // TICK
            begun = {
                e.at
                for e in life.runner.transcript(facts.id)
                if (e.kind, e.duty) == ("duty_started", "update_status_page")
            }
            due = {facts.activated_at + tick * TICK for tick in range(ticks + 1)}
            assert due <= begun

        theatre = Theatre(house)
        theatre.live(play)

    def test_a_lane_takes_one_turn_at_a_time_however_often_it_is_woken(self, house: House) -> None:
        async def play(life: Life) -> None:
            await life.runner.start()
            run = life.runner.receive(theatre.alert).run
            ending = asyncio.create_task(life.to_the_end(run))
            for _ in range(60):
                await life.clock.sleep(timedelta(seconds=20))
                life.runner.receive(theatre.alert)
            await ending
            assert len(theatre.called) == sum(count(life.runner, run, kind) for kind in ("tool_call", "intent"))
            assert not [e for e in life.runner.transcript(run) if "again" in e.payload]

        theatre = Theatre(house)
        theatre.live(play)

    def test_a_turn_that_fails_is_tried_again_and_does_not_end_others(self, house: House) -> None:
        failures = iter(range(2))

        async def fail_twice(port: str, service: str, moment: str) -> None:
            if service == "sign-in" and next(failures, None) is not None:
                raise RuntimeError("a fault of ours")

        async def play(life: Life) -> None:
            await life.runner.start()
            run, other = (life.runner.receive(alert).run for alert in (theatre.alert, ELSEWHERE))
            ends = await asyncio.gather(life.to_the_end(run), life.to_the_end(other))
            assert [facts.status for facts in ends] == ["closed", "closed"]
            assert count(life.runner, run, "error") + count(life.runner, other, "error") >= 1
            assert next(failures, None) is None

        theatre = Theatre(house, disturb=fail_twice)
        theatre.live(play)

    def test_no_turn_is_taken_after_the_stop(self, house: House) -> None:
        async def play(life: Life) -> None:
            await life.runner.start()
            run = life.runner.receive(theatre.alert).run
            await life.until(run, "tool_call")
            await life.runner.stop()
            seen, called = len(life.runner.transcript(run)), len(theatre.called)
            life.runner.receive(theatre.alert.model_copy(update={"description": "worse"}))
            await life.clock.sleep(timedelta(hours=5))
            assert (len(life.runner.transcript(run)), len(theatre.called)) == (seen + 1, called)

        theatre = Theatre(house)
        theatre.live(play)

    def test_what_was_stopped_goes_on_after_the_next_start(self, house: House) -> None:
        async def begin(life: Life) -> str:
            await life.runner.start()
            run = life.runner.receive(theatre.alert).run
            await life.until(run, "tool_call")
            await life.runner.stop()
            return run

        async def go_on(life: Life) -> str:
            await life.runner.start()
            return (await life.to_the_end(run)).status

        theatre = Theatre(house)
        run = theatre.live(begin)
        assert theatre.live(go_on) == "closed"


class RunnerContract(AlertsAreTakenIn, LanesAreWoken, QuestionsAreAnswered, NothingIsLost):
    """All of it. A subclass gives the fixture `house`."""
