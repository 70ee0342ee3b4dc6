"""The Loki driver: error patterns from log lines, by range queries."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from string import Template
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, Field

from agents.io.clock import Clock
from agents.io.credentials import Credential
from agents.io.outside_text import NotJson, read_json
from agents.io.redaction import beginning, without_keys
from agents.io.settings import settings as surroundings
from agents.io.web_address import WebAddress
from agents.readings.production import ErrorLog, LogPattern, Refusal
from agents.tools.http_client import HttpApi
from agents.tools.port import Unanswered

Level = Literal["warning", "error", "fatal"]
LEVELS: dict[str, Level] = {
    "warn": "warning",
    "warning": "warning",
    "err": "error",
    "error": "error",
    "exception": "error",
    "traceback": "error",
    "critical": "fatal",
    "crit": "fatal",
    "fatal": "fatal",
    "panic": "fatal",
    "alert": "fatal",
    "emerg": "fatal",
}
"""What a label, a field or a line says of its level -> ours."""
SPOKEN = re.compile(rf"(?i)\b({'|'.join(LEVELS)})\b")
CHANGING = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\b0x[0-9a-f]+\b|\b(?=\w*\d)[0-9a-f]{6,}\b"
    r"|\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?|\d+(?:[.:,]\d+)*|\"[^\"]*\"|'[^']*'",
    re.IGNORECASE,
)
"""What differs between two lines that say the same: ids, addresses, times, numbers, quoted words."""
SLICES = 6
"""A window is asked for in parts, oldest lines first: the first of a kind is found even where there are too many."""
MOST_PATTERNS = 50
LONGEST_LINE = 10_000
"""Characters of a line that a pattern is told from."""


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


class LokiLine(NamedTuple):
    """One line with what its stream and its fields say of it."""

    at: datetime
    text: str
    level: Level
    version: str


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
        lines = [line for part_of_lines in parts for line in part_of_lines]
        texts = without_keys(line.text for line in lines)  # each line of a key for itself is nothing but letters
        lines = [line._replace(text=text) for line, text in zip(lines, texts, strict=True)]
        return ErrorLog(service=service, patterns=_patterns(service, lines))

    async def _lines(self, query: str, start: datetime, end: datetime) -> list[LokiLine]:
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

    def _line(self, labels: Mapping[str, str], at: str, text: str) -> LokiLine:
        fields = {**labels, **_fields(text)}
        said = str(fields.get("message") or fields.get("msg") or fields.get("error") or text)
        named = str(fields.get("level") or fields.get("severity") or fields.get("detected_level") or "").lower()
        spoken = SPOKEN.search(text)
        level = LEVELS.get(named) or (LEVELS[spoken[1].lower()] if spoken else "error")
        moment = datetime.fromtimestamp(int(at) // 1000 / 1e6, UTC)
        return LokiLine(moment, said, level, str(fields.get(self._settings.version_label, "")))


def signature(text: str) -> str:
    """A line with its changing parts taken out."""
    return " ".join(CHANGING.sub("*", text).split())[:200]


def _patterns(service: str, lines: list[LokiLine]) -> list[LogPattern]:
    """Lines of one signature and level as one pattern; the most frequent first."""
    kinds: defaultdict[tuple[str, Level], list[LokiLine]] = defaultdict(list)
    for line in lines:
        kinds[signature(line.text), line.level].append(line)
    frequent = sorted(kinds.items(), key=lambda kind: -len(kind[1]))[:MOST_PATTERNS]
    return [_pattern(service, level, alike) for (_, level), alike in frequent]


def _pattern(service: str, level: Level, alike: list[LokiLine]) -> LogPattern:
    """Lines that say the same as one pattern, of which the latest is shown, without secrets."""
    shown = beginning(max(alike, key=lambda line: line.at).text, LONGEST_LINE)
    return LogPattern(
        service=service,
        signature=signature(shown),
        level=level,
        count=len(alike),
        first_seen=min(line.at for line in alike),
        last_seen=max(line.at for line in alike),
        sample=shown[:500],
        versions=sorted({line.version for line in alike if line.version}),
    )


def _fields(text: str) -> dict[str, Any]:
    """The fields of a line that is a JSON object."""
    try:
        return read_json(text) if text.lstrip().startswith("{") else {}
    except NotJson:
        return {}


def _quoted(service: str) -> str:
    """A name that cannot end the string it stands in."""
    return service.replace("\\", "\\\\").replace('"', '\\"')


def _nanoseconds(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1_000_000) * 1000)
