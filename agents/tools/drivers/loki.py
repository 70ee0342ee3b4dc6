"""The Loki driver: error patterns from log lines, by range queries."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from string import Template
from typing import Any

from pydantic import BaseModel, Field

from agents.io.clock import Clock
from agents.io.credentials import Credential
from agents.io.redaction import beginning
from agents.io.settings import settings as surroundings
from agents.io.web_address import WebAddress
from agents.readings.production import ErrorLog, Refusal
from agents.tools.http_client import HttpApi
from agents.tools.log_lines import ReadLine, error_log_of, read_line
from agents.tools.port import Unanswered

SLICES = 6
"""A window is asked for in parts, oldest lines first: the first of a kind is found even where there are too many."""


class LokiSettings(BaseModel, extra="forbid"):
    """A `driver: loki` entry of the catalogue."""

    driver: str = "loki"
    url: WebAddress
    query: str = '{service_name="$service"} |~ "(?i)\\\\b(warn(ing)?|err(or)?|exception|fatal|panic|crit(ical)?)\\\\b"'
    """LogQL that gives a service's lines worth reading; $service stands in it."""
    version_label: str = "version"
    """The label, or field of a line in JSON, that names the release."""
    lines: int = Field(default=6000, ge=SLICES, le=30_000)
    """So many lines are read at most; Loki's own limit for one query is 5,000 by default, and this is six queries."""
    tenant: str = ""
    token: Credential | None = None
    seconds: float = 15


class Loki:
    """Asks Loki's HTTP API."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = LokiSettings.model_validate(settings)
        self._clock = clock
        self._loki = HttpApi(self._settings.url, clock, self._settings.seconds)
        self._loki.with_credential("Bearer", self._settings.token)
        if self._settings.tenant:
            self._loki.with_headers({"X-Scope-OrgID": self._settings.tenant})

    async def error_log(self, service: str, minutes: int = 90) -> ErrorLog:
        end = self._clock.now()
        part = timedelta(seconds=minutes * surroundings().minute_seconds) / SLICES
        starts = [end - part * (SLICES - number) for number in range(SLICES)]
        query = Template(self._settings.query).safe_substitute(service=_quoted(service))
        parts = await asyncio.gather(*(self._lines(query, start, start + part) for start in starts))
        return error_log_of(service, (line for lines in parts for line in lines))

    async def _lines(self, query: str, start: datetime, end: datetime) -> list[ReadLine]:
        answer = await self._loki.get(
            "/loki/api/v1/query_range",
            query=query,
            start=_nanoseconds(start),
            end=_nanoseconds(end),
            limit=self._settings.lines // SLICES,
            direction="forward",
        )
        try:
            streams = answer["data"]["result"]
            return [self._line(stream["stream"], *value[:2]) for stream in streams for value in stream["values"]]
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            said = f"asked Loki for {query} from {start.isoformat()} to {end.isoformat()}; answered: {answer}"
            raise Unanswered(Refusal(error="failed", said=beginning(said, 2000))) from error

    def _line(self, labels: Mapping[str, str], at: str, text: str) -> ReadLine:
        moment = datetime.fromtimestamp(int(at) // 1000 / 1e6, UTC)
        return read_line(moment, text, labels, self._settings.version_label)


def _quoted(service: str) -> str:
    """A name that cannot end the string it stands in."""
    return service.replace("\\", "\\\\").replace('"', '\\"')


def _nanoseconds(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1_000_000) * 1000)
