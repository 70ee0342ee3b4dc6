"""Clocks: real, scaled and virtual. All waiting in Warroom goes through one of them."""

import asyncio
import heapq
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")


class Clock(Protocol):
    """What time it is, and how to wait."""

    def now(self) -> datetime: ...

    async def sleep(self, duration: timedelta) -> None: ...


class RealClock:
    """The wall clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(max(0.0, duration.total_seconds()))


class ScaledClock:
    """A clock that runs `speed` times as fast as the wall clock, from `start`, by default the wall clock's time."""

    def __init__(self, speed: float, start: datetime | None = None) -> None:
        self._wall = RealClock()
        self._since = self._wall.now()
        self._start = start or self._since
        self._speed = speed

    def now(self) -> datetime:
        return self._start + (self._wall.now() - self._since) * self._speed

    async def sleep(self, duration: timedelta) -> None:
        await self._wall.sleep(duration / self._speed)


class VirtualClock(selectors.DefaultSelector):
    """A clock that jumps to its earliest sleeper whenever nothing else is left to do.

    It is the selector of its own event loop: a loop asks its selector to block only
    when no task is ready, and that is the moment at which virtual time may pass.
    """

    def __init__(self, start: datetime) -> None:
        super().__init__()
        self._now = start
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = count()
        self._in_flight = 0

    def now(self) -> datetime:
        return self._now

    async def sleep(self, duration: timedelta) -> None:
        if duration <= timedelta(0):
            return await asyncio.sleep(0)
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + duration, next(self._order), woken))
        await woken

    async def outside(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do work that takes real time (network, a child process) while virtual time stands still."""
        self._in_flight += 1
        try:
            return await work
        finally:
            self._in_flight -= 1

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        ready = super().select(0)
        if ready:
            return ready
        if self._in_flight == 0 and self._wake_earliest():
            return []
        return super().select(timeout)

    def _wake_earliest(self) -> bool:
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        if not self._sleepers:
            return False
        due, _, woken = heapq.heappop(self._sleepers)
        self._now = max(self._now, due)
        woken.set_result(None)
        return True

    def run(self, main: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Run a coroutine to its end on an event loop that lives in this clock's time."""
        results: list[Result] = []

        async def keep_result() -> None:
            """The runner writes out its task with what that returns: for a whole incident, that is a lot."""
            results.append(await main())

        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(self)) as runner:
            runner.run(keep_result())
        return results[0]


async def outside(clock: Clock, work: Coroutine[Any, Any, Result]) -> Result:
    """Await work in the real world; a virtual clock stands still meanwhile."""
    if isinstance(clock, VirtualClock):
        return await clock.outside(work)
    return await work


async def sleep_until(clock: Clock, moment: datetime | None, news: asyncio.Event) -> None:
    """Wait for a time, or for news if that comes earlier; without a time, for news only."""
    waiting: list[asyncio.Task[Any]] = [asyncio.create_task(news.wait())]
    if moment is not None:
        waiting.append(asyncio.create_task(clock.sleep(moment - clock.now())))
    _, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
