"""Turns: short, idempotent, and the same from the log as they were live."""

from datetime import timedelta
from pathlib import Path

from graphs.engine.lane_executor import LaneExecutor
from graphs.intake.incident_service import IncidentService
from graphs.transcript.projections import fold
from tests.graphs.theatre import EVER, Life, OneDirectory, Theatre

LANES = ("main", "communication", "escalation", "reassessment")


async def waiting(life: Life, theatre: Theatre) -> tuple[IncidentService, str]:
    """A run that waits for an approval, and nobody who wakes it."""
    await life.incidents.start()
    run = life.incidents.alerts.receive(theatre.alert).run
    await life.asked(run)
    await life.clock.sleep(timedelta(seconds=30))
    await life.incidents.stop()
    return life.incidents, run


WAITING = tuple(lane for lane in LANES if lane != "reassessment")
"""What waits for people or for a time while a question is open; the reassessment looks at the scope meanwhile."""


def test_a_turn_that_finds_nothing_to_do_writes_nothing(tmp_path: Path) -> None:
    theatre = Theatre(OneDirectory(tmp_path))

    async def play(life: Life) -> None:
        incidents, run = await waiting(life, theatre)
        before = incidents.transcript(run)
        for lane in WAITING * 2:
            await LaneExecutor(incidents.deps).take(run, lane)
        assert incidents.transcript(run) == before

    theatre.live(play, rules=[])


def test_a_turn_writes_down_again_what_its_lane_waits_for(tmp_path: Path) -> None:
    theatre = Theatre(OneDirectory(tmp_path))

    async def play(life: Life) -> None:
        incidents, run = await waiting(life, theatre)
        store = incidents.deps.store
        before = [wakeup for wakeup in store.wakeups.due(EVER) if wakeup.lane in WAITING]
        assert {wakeup.lane for wakeup in before} == set(WAITING)
        with store.transaction():
            store.wakeups.remove([wakeup.key for wakeup in before])
        for lane in WAITING:
            await LaneExecutor(incidents.deps).take(run, lane)
        again = [wakeup for wakeup in store.wakeups.due(EVER) if wakeup.lane in WAITING]
        assert {wakeup.lane for wakeup in again} == {wakeup.lane for wakeup in before}
        assert all(wakeup in before for wakeup in again)

    theatre.live(play, rules=[])


def test_a_lane_that_is_done_may_be_woken_and_does_nothing(tmp_path: Path) -> None:
    theatre = Theatre(OneDirectory(tmp_path))

    async def play(life: Life) -> None:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        assert (await life.to_the_end(run)).status == "closed"
        before = life.incidents.transcript(run)
        for lane in LANES:
            await LaneExecutor(life.incidents.deps).take(run, lane)
        assert life.incidents.transcript(run) == before
        assert life.incidents.runs.open_ids() == []

    theatre.live(play)


def test_facts_kept_while_it_ran_are_those_of_its_whole_transcript(tmp_path: Path) -> None:
    theatre = Theatre(OneDirectory(tmp_path))

    async def play(life: Life) -> None:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        kept = await life.to_the_end(run)
        assert kept == fold(life.incidents.transcript(run))

    theatre.live(play)
