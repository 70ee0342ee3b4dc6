"""The words of models for those who watch in another process: gathered for a moment, and told a few times a second."""

import json
import time
from collections.abc import Callable

from agents.io.outside_text import sanitize
from agents.llm.chat import WordListener
from graphs.transcript.live_words import LiveWords, Words

TELL_EVERY = 0.2
"""Seconds: what a model writes meanwhile is told at once."""
LONGEST = 1_500
"""Characters that are told at once: a notification holds 8000 bytes."""
WATCHED_FOR = 6.0
"""Seconds after somebody was last known to watch."""


class Watched:
    """The runs that somebody watches in any process, as far as that was heard."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._heard: dict[str, float] = {}

    def note(self, run: str) -> None:
        """Somebody watches a run."""
        now = self._seconds()
        self._heard = {other: at for other, at in self._heard.items() if now - at < WATCHED_FOR} | {run: now}

    def __contains__(self, run: str) -> bool:
        return self._seconds() - self._heard.get(run, float("-inf")) < WATCHED_FOR


class WordsElsewhere(LiveWords):
    """Tells other processes what models write; nothing of runs that nobody watches."""

    def __init__(
        self, watched: Watched, tell: Callable[[str], None], seconds: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._watched_elsewhere = watched
        self._tell_others = tell
        self._seconds = seconds

    def word_listener(self, run: str, role: str, duty: str) -> WordListener | None:
        """What receives a duty's words; None where nobody watches."""
        if run not in self._watched_elsewhere:
            return None
        gathered, since = [""], [self._seconds()]

        def hear(text: str) -> None:
            gathered[0] += sanitize(text)
            if self._seconds() - since[0] >= TELL_EVERY or len(gathered[0]) >= LONGEST:
                self._let_out(run, role, duty, gathered[0])
                gathered[0], since[0] = "", self._seconds()

        return hear

    def _let_out(self, run: str, role: str, duty: str, text: str) -> None:
        for start in range(0, len(text), LONGEST):
            told = {"run": run, "role": role, "duty": duty, "text": text[start : start + LONGEST]}
            self._tell_others(json.dumps(told, ensure_ascii=False))


def heard(told: str) -> tuple[str, Words]:
    """Read what another process told: the run, and the words."""
    read = json.loads(told)
    return read["run"], Words(read["role"], read["duty"], read["text"])
