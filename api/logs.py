"""The log: lines for people, or one JSON object a line for machines."""

import json
import logging
from datetime import UTC, datetime
from typing import Any, Literal

from agents.io.outside_text import sanitize, sanitize_json
from api.middleware.request_log import REQUEST_ID
from api.repetitions import SparingHandler

TEXT = "%(asctime)s %(name)s %(levelname)s: %(message)s%(request)s"
MORE = ("run", "lane", "caller", "status")
"""What a line may say about what it is about."""


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, message; request, run and the like where they are known."""

    def format(self, record: logging.LogRecord) -> str:
        """Put a record into one line."""
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request": REQUEST_ID.get(),
            **{name: getattr(record, name, "") for name in MORE},
            "fault": self.formatException(record.exc_info) if record.exc_info else "",
        }
        kept = sanitize_json({name: value for name, value in told.items() if value != ""})
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
