"""A scaled clock that takes its time while a person is being asked."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from agents.io.clock import RealClock


class PausableClock:
    """Runs `speed` times as fast as the wall clock, and as fast as it while somebody thinks."""

    def __init__(self, speed: float) -> None:
        self._wall = RealClock()
        self._speed = self._pace = speed
        self._at = self._since = self._wall.now()
        self._changed = asyncio.Event()

    def now(self) -> datetime:
        return self._at + (self._wall.now() - self._since) * self._pace

    def take_time(self, patient: bool) -> None:
        """Go at the wall clock's pace, or at full speed again."""
        self._at, self._since = self.now(), self._wall.now()
        self._pace = min(1.0, self._speed) if patient else self._speed
        self._changed.set()
        self._changed = asyncio.Event()

    async def sleep(self, duration: timedelta) -> None:
        due = self.now() + duration
        await asyncio.sleep(0)
        while (left := (due - self.now()).total_seconds() / self._pace) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)
