"""The Loki driver: error patterns and raw lines of a log, by range queries."""

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from string import Template
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, Field

from agents.io.clock import Clock
from agents.io.credentials import Credential
from agents.io.redaction import beginning
from agents.io.settings import settings as surroundings
from agents.io.web_address import WebAddress
from agents.readings.production import ErrorLog, Refusal
from agents.readings.searches import LogLines, LogSearch
from agents.tools.http_client import HttpApi
from agents.tools.log_lines import error_log_of, read_line
from agents.tools.log_search import LOOKED_THROUGH, FoundLine, lines_of
from agents.tools.port import Unanswered

SLICES = 6
"""A window is asked for in parts, oldest lines first: the first of a kind is found even where there are too many."""
SELECTOR = re.compile(r'\s*\{(?:[^"`}]|"(?:\\.|[^"\\])*"|`[^`]*`)*\}')
"""What a LogQL query begins with: whose lines they are."""


class LokiSettings(BaseModel, extra="forbid"):
    """A `driver: loki` entry of the catalogue."""

    driver: str = "loki"
    url: WebAddress
    query: str = '{service_name="$service"} |~ "(?i)\\\\b(warn(ing)?|err(or)?|exception|fatal|panic|crit(ical)?)\\\\b"'
    """LogQL that gives a service's lines worth reading; $service stands in it. All lines are those of its selector."""
    version_label: str = "version"
    """The label, or field of a line in JSON, that names the release."""
    lines: int = Field(default=6000, ge=SLICES, le=30_000)
    """So many lines are read at most; Loki's own limit for one query is 5,000 by default, and this is six queries."""
    tenant: str = ""
    token: Credential | None = None
    seconds: float = 15


class Query(NamedTuple):
    """What Loki is asked."""

    logql: str
    direction: Literal["forward", "backward"]
    most: int
    """Lines; the first of the window, or the last."""


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
        most = self._settings.lines // SLICES
        asked = (self._lines(Query(query, "forward", most), start, start + part) for start in starts)
        lines = [line for lines in await asyncio.gather(*asked) for line in lines]
        label = self._settings.version_label
        return error_log_of(service, (read_line(line.at, line.text, line.labels, label) for line in lines))

    async def search_logs(self, **asked: Any) -> LogLines:
        search = LogSearch.model_validate(asked)
        window = search.window(self._clock.now(), surroundings().minute_seconds)
        query = Template(self._settings.query).safe_substitute(service=_quoted(search.service))
        selector = SELECTOR.match(query)
        if selector is None:
            said = f"the query {query} begins with no selector, so that its service's other lines are not known"
            raise Unanswered(Refusal(error="not connected", said=said))
        containing = f" |~ {_text(f'(?i){re.escape(search.text)}')}" if search.text else ""
        found = await self._lines(Query(selector[0] + containing, "backward", LOOKED_THROUGH), *window)
        unread = f"only the newest {len(found)} were read" if len(found) >= LOOKED_THROUGH else ""
        return lines_of(search, window, found, self._settings.version_label, unread=unread)

    async def _lines(self, query: Query, start: datetime, end: datetime) -> list[FoundLine]:
        answer = await self._loki.get(
            "/loki/api/v1/query_range",
            query=query.logql,
            start=_nanoseconds(start),
            end=_nanoseconds(end),
            limit=query.most,
            direction=query.direction,
        )
        try:
            streams = answer["data"]["result"]
            return [_line(stream["stream"], *value[:2]) for stream in streams for value in stream["values"]]
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            said = f"asked Loki for {query.logql} from {start.isoformat()} to {end.isoformat()}; answered: {answer}"
            raise Unanswered(Refusal(error="failed", said=beginning(said, 2000))) from error


def _line(labels: Mapping[str, str], at: str, text: str) -> FoundLine:
    return FoundLine(datetime.fromtimestamp(int(at) // 1000 / 1e6, UTC), text, labels)


def _text(text: str) -> str:
    """A text as a string of LogQL, which is written as one of Go's; JSON's escapes are among them."""
    return json.dumps(text, ensure_ascii=False)


def _quoted(service: str) -> str:
    """A name that cannot end the string it stands in."""
    return service.replace("\\", "\\\\").replace('"', '\\"')


def _nanoseconds(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1_000_000) * 1000)
