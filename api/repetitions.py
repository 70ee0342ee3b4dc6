"""Repetitions in the log: what is said again and again is written once in a while, with how often it was said."""

import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO

PERIOD_SECONDS = 60
MOST_TEXTS = 10
"""Different texts of one kind in a period, such as the same fault of different runs."""
MOST_KINDS = 1_000
Kind = tuple[str, int]
"""The place in the code that says something."""


@dataclass
class Said:
    """What was said of one kind since the beginning of its period."""

    since: float
    last: logging.LogRecord
    texts: set[str] = field(default_factory=set[str])
    kept_back: int = 0
    """Records that were not written."""


class Repetitions:
    """Tells which records are to be written."""

    def __init__(self) -> None:
        self._kinds: dict[Kind, Said] = {}

    def worth_writing(self, record: logging.LogRecord) -> Iterator[logging.LogRecord]:
        """Give the record, if it is no repetition, and before it how often others were repeated."""
        yield from self.summaries(record.created)
        if record.levelno < logging.WARNING or self._is_new(record):
            yield record

    def summaries(self, now: float = float("inf")) -> Iterator[logging.LogRecord]:
        """Say how often was repeated what nobody said again within a period."""
        over = [kind for kind, said in self._kinds.items() if now - said.since >= PERIOD_SECONDS]
        for kind in over:
            said = self._kinds.pop(kind)
            if said.kept_back:
                yield _summary(said)

    def _is_new(self, record: logging.LogRecord) -> bool:
        kind, text = (record.pathname, record.lineno), record.getMessage()
        if kind not in self._kinds and len(self._kinds) >= MOST_KINDS:
            return True
        said = self._kinds.setdefault(kind, Said(record.created, record))
        if text not in said.texts and len(said.texts) < MOST_TEXTS:
            said.texts.add(text)
            return True
        said.last = record
        said.kept_back += 1
        return False


def _summary(said: Said) -> logging.LogRecord:
    first = said.last.getMessage().partition("\n")[0]
    text = f"{first} (and {said.kept_back} more like this within {PERIOD_SECONDS} s)"
    return logging.LogRecord(said.last.name, said.last.levelno, said.last.pathname, said.last.lineno, text, None, None)


class SparingHandler(logging.StreamHandler[TextIO]):
    """Writes to the standard error what is worth writing."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self._repetitions = Repetitions()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, or count it."""
        for written in self._repetitions.worth_writing(record):
            super().emit(written)

    def close(self) -> None:
        """Write what was only counted."""
        for summary in self._repetitions.summaries():
            super().emit(summary)
        super().close()
