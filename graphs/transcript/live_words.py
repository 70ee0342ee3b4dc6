"""Live words: what models are saying at this moment. Who watches hears them; the transcript keeps whole answers."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from typing import NamedTuple

from agents.chat import Ear

MOST_UNHEARD = 1000
"""A watcher who falls this far behind misses words; the whole answer will stand in the transcript."""


class Words(NamedTuple):
    """A piece of a model's answer."""

    role: str
    duty: str
    text: str


class LiveWords:
    """The words of all runs' models, for those who watch."""

    def __init__(self) -> None:
        self._watchers: defaultdict[str, list[asyncio.Queue[Words | None]]] = defaultdict(list)

    def ear(self, run: str, role: str, duty: str) -> Ear | None:
        """What a duty's words are told to; None where nobody watches, so that nothing need be streamed."""
        if not self._watchers.get(run):
            return None
        return lambda text: self._tell(run, Words(role, duty, text))

    def _tell(self, run: str, words: Words) -> None:
        for watcher in self._watchers.get(run, ()):
            if not watcher.full():
                watcher.put_nowait(words)

    def stop(self) -> None:
        """Let every watcher go."""
        for watcher in [watcher for watchers in self._watchers.values() for watcher in watchers]:
            if watcher.full():
                watcher.get_nowait()
            watcher.put_nowait(None)

    async def watch(self, run: str) -> AsyncGenerator[Words]:
        """Every word from now on, until the watcher leaves or is let go."""
        heard: asyncio.Queue[Words | None] = asyncio.Queue(MOST_UNHEARD)
        self._watchers[run].append(heard)
        try:
            while words := await heard.get():
                yield words
        finally:
            self._watchers[run].remove(heard)
            if not self._watchers[run]:
                del self._watchers[run]
