"""The log: lines for people, or one JSON object a line for machines.

Warnings that repeat are written once a minute, with how often they came."""

import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

from agents.io.outside_text import sanitize, sanitize_json
from api.middleware import REQUEST_ID

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
        over = [kind for kind, repetition in self._kinds.items() if now - repetition.since >= PERIOD_SECONDS]
        for kind in over:
            repetition = self._kinds.pop(kind)
            if repetition.kept_back:
                yield _summary(repetition)

    def _is_new(self, record: logging.LogRecord) -> bool:
        kind, text = (record.pathname, record.lineno), record.getMessage()
        if kind not in self._kinds and len(self._kinds) >= MOST_KINDS:
            return True
        repetition = self._kinds.setdefault(kind, Said(record.created, record))
        if text not in repetition.texts and len(repetition.texts) < MOST_TEXTS:
            repetition.texts.add(text)
            return True
        repetition.last = record
        repetition.kept_back += 1
        return False


def _summary(repetition: Said) -> logging.LogRecord:
    first = repetition.last.getMessage().partition("\n")[0]
    text = f"{first} (and {repetition.kept_back} more like this within {PERIOD_SECONDS} s)"
    return logging.LogRecord(
        repetition.last.name,
        repetition.last.levelno,
        repetition.last.pathname,
        repetition.last.lineno,
        text,
        None,
        None,
    )


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


TEXT = "%(asctime)s %(name)s %(levelname)s: %(message)s%(request)s"
MORE = ("run", "lane", "caller", "status")
"""What a line may say about what it is about."""


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, message; request, run and the like where they are known."""

    def format(self, record: logging.LogRecord) -> str:
        """Put a record into one line."""
        fields: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request": REQUEST_ID.get(),
            **{name: getattr(record, name, "") for name in MORE},
            "fault": self.formatException(record.exc_info) if record.exc_info else "",
        }
        kept = sanitize_json({name: value for name, value in fields.items() if value != ""})
        return json.dumps(kept, ensure_ascii=False)


class Lines(logging.Formatter):
    """A line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Put a record into one line; a fault takes more."""
        request = REQUEST_ID.get()
        record.request = f" [{request}]" if request else ""
        return sanitize(super().format(record))


def write_log(how: Literal["text", "json"], level: str) -> None:
    """Write this process's log to the standard error; what other libraries say, only from warnings on."""
    lines = SparingHandler()
    lines.setFormatter(JsonLines() if how == "json" else Lines(TEXT))
    logging.basicConfig(level=logging.WARNING, handlers=[lines], force=True)
    logging.getLogger("warroom").setLevel(level.upper())
