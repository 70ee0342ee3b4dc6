"""Precedence: while alerts wait to be taken in, the runs take their turns one by one, with a pause before each."""

import asyncio

PAUSE = 0.025
"""Seconds before each turn: a turn takes some milliseconds, so that most of the time is left to the alerts."""
LASTS = 0.25
"""Seconds after alerts were last seen to wait: a storm comes in waves, with nothing to do for a moment between two."""


class Precedence:
    """Knows whether alerts wait. They are answered first; the runs go on all the same, however long a storm lasts."""

    def __init__(self) -> None:
        self._until = 0.0
        self._next = asyncio.Lock()

    def alerts_wait(self) -> None:
        """Note that more alerts have come than could be taken in at once."""
        self._until = asyncio.get_running_loop().time() + LASTS

    async def give_way(self) -> None:
        """Wait for a pause, and for those who gave way before; where no alerts wait, not at all."""
        if not self._is_on:
            return
        async with self._next:
            if self._is_on:
                await asyncio.sleep(PAUSE)

    @property
    def _is_on(self) -> bool:
        return asyncio.get_running_loop().time() < self._until
