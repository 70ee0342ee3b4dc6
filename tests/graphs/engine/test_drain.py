"""Draining: turns under way end at their next step, and the run goes on after the next start."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from agents.io.clock import VirtualClock
from agents.runtime.briefing import Alert
from evals.playing.play import EPOCH, set_stage
from evals.scenarios.loading import load


def test_a_drained_run_goes_on_where_it_was(tmp_path: Path) -> None:
    run, stopped_at, before = _play_until_drained(tmp_path)
    clock = VirtualClock(stopped_at)

    async def go_on() -> list[str]:
        stage = set_stage(load("north_wind"), 0, clock, tmp_path)
        await stage.incidents.start()
        await asyncio.wait_for(stage.on_call.attend(run), 30)
        keys = [event.key for event in stage.incidents.transcript(run)]
        await stage.incidents.stop()
        return keys

    after = clock.run(go_on)
    assert after[: len(before)] == before
    assert after[-1] == "closed"
    assert len(after) == len(set(after))


def _play_until_drained(data: Path) -> tuple[str, datetime, list[str]]:
    clock = VirtualClock(EPOCH)

    async def until_drained() -> tuple[str, datetime, list[str]]:
        stage = set_stage(load("north_wind"), 0, clock, data)
        await stage.incidents.start()
        run = stage.incidents.alerts.receive(stage_alert()).run
        await clock.sleep(timedelta(seconds=20))
        await stage.incidents.drain()
        events = stage.incidents.transcript(run)
        await clock.sleep(timedelta(minutes=30))
        assert stage.incidents.transcript(run) == events, "a drained incidents took another turn"
        await stage.incidents.stop()
        stage.incidents.close()
        return run, clock.now(), [event.key for event in events]

    return clock.run(until_drained)


def stage_alert() -> Alert:
    return load("north_wind").alert
