"""Copies: what many ask for at the same time is written out once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable

FRESH_SECONDS = 0.5
"""Ages and countdowns in a copy are late by no more than this."""


class TtlCache:
    """Texts that were written out just now."""

    def __init__(self) -> None:
        self._made: dict[Hashable, tuple[float, str]] = {}

    async def of(self, key: Hashable, write: Callable[[], Awaitable[str]]) -> str:
        """Give a fresh text, or have it written out; the key names all that it depends on but the time."""
        now = asyncio.get_running_loop().time()
        self._made = {key: made for key, made in self._made.items() if now - made[0] < FRESH_SECONDS}
        if key not in self._made:
            self._made[key] = now, await write()
        return self._made[key][1]
