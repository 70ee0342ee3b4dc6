"""Turns: short, idempotent, and the same from the log as they were live."""

from datetime import timedelta
from pathlib import Path

from graphs.engine.lane_executor import LaneExecutor
from graphs.engine.scheduler import Runner
from graphs.transcript.projections import fold
from tests.graphs.engine.test_embedded_scheduler import OneDirectory
from tests.graphs.theatre import Life, Theatre

LANES = ("main", "communication", "escalation", "reassessment")


async def waiting(life: Life, theatre: Theatre) -> tuple[Runner, str]:
    """A run that waits for an approval, and nobody who wakes it."""
    assert isinstance(life.runner, Runner)
    await life.runner.start()
    run = life.runner.receive(theatre.alert).run
    await life.asked(run)
    await life.clock.sleep(timedelta(seconds=30))
    await life.runner.stop()
    return life.runner, run


def test_a_turn_that_finds_nothing_to_do_writes_nothing(tmp_path: Path) -> None:
    theatre = Theatre(OneDirectory(tmp_path))

    async def play(life: Life) -> None:
        runner, run = await waiting(life, theatre)
        before = runner.transcript(run)
        for lane in LANES * 2:
            await LaneExecutor(runner.deps).take(run, lane)
        assert runner.transcript(run) == before

    theatre.live(play, rules=[])


def test_a_turn_writes_down_again_what_its_lane_waits_for(tmp_path: Path) -> None:
    theatre = Theatre(OneDirectory(tmp_path))

    async def play(life: Life) -> None:
        runner, run = await waiting(life, theatre)
        store = runner.deps.store
        before = store.many("due_wakeups", now="9")
        assert {row["lane"] for row in before} == set(LANES) - {"reassessment"}, "a P0 cannot grow"
        with store.transaction():
            for row in before:
                store.write("remove_wakeup", wakeup_key=row["wakeup_key"])
        for lane in LANES:
            await LaneExecutor(runner.deps).take(run, lane)
        again = store.many("due_wakeups", now="9")
        assert {row["lane"] for row in again} == {row["lane"] for row in before}
        assert all(row in before for row in again)

    theatre.live(play, rules=[])


def test_a_lane_that_is_done_may_be_woken_and_does_nothing(tmp_path: Path) -> None:
    theatre = Theatre(OneDirectory(tmp_path))

    async def play(life: Life) -> None:
        assert isinstance(life.runner, Runner)
        await life.runner.start()
        run = life.runner.receive(theatre.alert).run
        assert (await life.to_the_end(run)).status == "closed"
        before = life.runner.transcript(run)
        for lane in LANES:
            await LaneExecutor(life.runner.deps).take(run, lane)
        assert life.runner.transcript(run) == before
        assert life.runner.deps.store.many("open_run_ids") == []

    theatre.live(play)


def test_facts_kept_while_it_ran_are_those_of_its_whole_transcript(tmp_path: Path) -> None:
    theatre = Theatre(OneDirectory(tmp_path))

    async def play(life: Life) -> None:
        await life.runner.start()
        run = life.runner.receive(theatre.alert).run
        kept = await life.to_the_end(run)
        assert kept == fold(life.runner.transcript(run))

    theatre.live(play)
