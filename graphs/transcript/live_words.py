"""Live words: the text that models are writing right now, for those who watch; whole answers are in the transcript."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from typing import NamedTuple

from agents.io.outside_text import sanitize
from agents.llm.chat import WordListener

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

    def word_listener(self, run: str, role: str, duty: str) -> WordListener | None:
        """What receives a duty's words; None where nobody watches, so that nothing need be streamed."""
        if not self._watchers.get(run):
            return None
        return lambda text: self.tell(run, Words(role, duty, sanitize(text)))

    @property
    def watched(self) -> list[str]:
        """The runs that somebody watches."""
        return list(self._watchers)

    def tell(self, run: str, words: Words) -> None:
        """Give a piece of an answer to those who watch a run."""
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
