"""Precedence: while alerts wait to be taken in, the runs take steps one by one, each after some work on alerts."""

import asyncio

ALERTS_FIRST = 2
"""Turns of taking in alerts, of some twenty milliseconds each, before a step of a run, which takes a few: so the runs
get a small share of the time while a storm lasts, however fast or busy the machine is."""
LASTS = 0.25
"""Seconds after alerts were last seen to wait: a storm comes in waves, with nothing to do for a moment between two."""
LOOKS_AGAIN_AFTER = 0.02
"""Seconds."""


class Precedence:
    """Knows whether alerts wait. They are answered first; the runs go on all the same, however long a storm lasts."""

    def __init__(self) -> None:
        self._until = 0.0
        self._turns = 0
        self._next = asyncio.Lock()

    def alerts_wait(self) -> None:
        """Note that a turn of taking in alerts has left some for the next one."""
        self._until = asyncio.get_running_loop().time() + LASTS
        self._turns += 1

    async def give_way(self) -> None:
        """Wait for some turns, and for those who gave way before; where no alerts wait, not at all."""
        if self._is_on:
            async with self._next:
                await self.pause()

    async def pause(self) -> None:
        """Wait for some turns only: for who says what is due, on whom all others wait."""
        enough = self._turns + ALERTS_FIRST
        while self._is_on and self._turns < enough:  # noqa: ASYNC110 - no event tells that no alerts come any more
            await asyncio.sleep(LOOKS_AGAIN_AFTER)

    @property
    def _is_on(self) -> bool:
        return asyncio.get_running_loop().time() < self._until
