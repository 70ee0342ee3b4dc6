"""Clocks: virtual time passes only when nothing is left to do."""

import asyncio
from datetime import UTC, datetime, timedelta

from agents.io.clock import ScaledClock, VirtualClock, outside

START = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_sleepers_wake_in_the_order_of_their_times() -> None:
    clock = VirtualClock(START)
    woken: list[tuple[str, datetime]] = []

    async def sleeper(name: str, minutes: int) -> None:
        await clock.sleep(minutes * MINUTE)
        woken.append((name, clock.now()))

    async def main() -> None:
        await asyncio.gather(sleeper("late", 9), sleeper("early", 2), sleeper("middle", 5))

    clock.run(main)
    assert woken == [("early", START + 2 * MINUTE), ("middle", START + 5 * MINUTE), ("late", START + 9 * MINUTE)]


def test_two_days_pass_in_no_time() -> None:
    clock = VirtualClock(START)

    async def main() -> None:
        for _ in range(48 * 60):
            await clock.sleep(MINUTE)

    clock.run(main)
    assert clock.now() == START + timedelta(days=2)


def test_time_stands_still_while_something_real_is_under_way() -> None:
    clock = VirtualClock(START)

    async def main() -> datetime:
        sleeping = asyncio.create_task(clock.sleep(MINUTE))
        await outside(clock, asyncio.sleep(0.05))
        meanwhile = clock.now()
        await sleeping
        return meanwhile

    assert clock.run(main) == START
    assert clock.now() == START + MINUTE


def test_a_cancelled_sleeper_does_not_move_time() -> None:
    clock = VirtualClock(START)

    async def main() -> None:
        sleeping = asyncio.create_task(clock.sleep(60 * MINUTE))
        await asyncio.sleep(0)
        sleeping.cancel()
        await clock.sleep(2 * MINUTE)

    clock.run(main)
    assert clock.now() == START + 2 * MINUTE


def test_a_task_that_is_ready_runs_before_time_moves() -> None:
    clock = VirtualClock(START)

    async def busy() -> datetime:
        for _ in range(200):
            await asyncio.sleep(0)
        return clock.now()

    async def main() -> datetime:
        _, seen = await asyncio.gather(clock.sleep(MINUTE), busy())
        return seen

    assert clock.run(main) == START


async def test_a_scaled_clock_runs_ahead_of_the_wall() -> None:
    clock = ScaledClock(6000)
    before = clock.now()
    await clock.sleep(MINUTE)
    assert MINUTE <= clock.now() - before < 100 * MINUTE
