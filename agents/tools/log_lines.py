"""Log lines: what a line says of its level, time and release, and lines that say the same as one pattern."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal, NamedTuple

from agents.io.outside_text import NotJson, read_json
from agents.io.redaction import beginning, without_keys
from agents.readings.production import ErrorLog, LogPattern

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
WORTH_READING = re.compile(
    r"(?i)\b(warn(ing)?|err(or)?|\w+(error|exception)|exception|traceback|fatal|panic|crit(ical)?)\b"
)
MOST_PATTERNS = 50
LONGEST_LINE = 10_000
"""Characters of a line that a pattern is told from."""
TIME_FIELDS = ("time", "timestamp", "ts", "@timestamp", "datetime")
"""Of a line that is a JSON object."""
ISO = re.compile(r"(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,6})\d*)? ?(Z|[+-]\d\d:?\d\d)?")
ACCESS_LOG = re.compile(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}")
SYSLOG = re.compile(r"^(?:<\d+>)?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) ")
LOOKED_AT = 200
"""Characters at the beginning of a line in which its time stands."""


class ReadLine(NamedTuple):
    """One line, with what it and where it stands say of it."""

    at: datetime
    text: str
    level: Level
    version: str


def read_line(at: datetime, text: str, labels: Mapping[str, Any], version_label: str) -> ReadLine:
    """Read a line; labels are what its log says of it, and a line that is a JSON object says more itself."""
    fields = {**labels, **fields_of(text)}
    said = str(fields.get("message") or fields.get("msg") or fields.get("error") or text)
    named = str(fields.get("level") or fields.get("severity") or fields.get("detected_level") or "").lower()
    spoken = SPOKEN.search(text)
    level = LEVELS.get(named) or (LEVELS[spoken[1].lower()] if spoken else "error")
    return ReadLine(at, said, level, str(fields.get(version_label, "")))


def fields_of(text: str) -> dict[str, Any]:
    """The fields of a line that is a JSON object."""
    try:
        return read_json(text) if text.lstrip().startswith("{") else {}
    except NotJson:
        return {}


def time_of(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """When a line was written, by the usual forms; one without a zone is of `zone`. None where it does not say."""
    start = text[:LOOKED_AT]
    try:
        if found := ISO.search(start):
            year, month, day, time, fraction, offset = found.groups()
            read = datetime.fromisoformat(
                f"{year}-{month}-{day}T{time}.{(fraction or '0').ljust(6, '0')}{offset or ''}"
            )
            return (read if offset else read.replace(tzinfo=zone)).astimezone(UTC)
        if found := ACCESS_LOG.search(start):
            return datetime.strptime(found[0], "%d/%b/%Y:%H:%M:%S %z").astimezone(UTC)
        if found := SYSLOG.search(start):
            year = now.astimezone(zone).year
            read = datetime.strptime(f"{year} {found[1]}", "%Y %b %d %H:%M:%S").replace(tzinfo=zone)
            late = read > now + timedelta(days=1)  # it does not say the year: December's lines, read in January
            return (read.replace(year=year - 1) if late else read).astimezone(UTC)
        return _time_in_json(text)
    except (ValueError, OverflowError):
        return None


def _time_in_json(text: str) -> datetime | None:
    """Seconds or milliseconds since 1970, in a line that is a JSON object."""
    fields = fields_of(text)
    said = next((fields[name] for name in TIME_FIELDS if isinstance(fields.get(name), int | float)), None)
    if said is None or isinstance(said, bool):
        return None
    return datetime.fromtimestamp(said / 1000 if said > 1e11 else said, UTC)


def error_log_of(service: str, lines: Iterable[ReadLine]) -> ErrorLog:
    """Lines as error patterns, without secrets."""
    known = list(lines)
    texts = without_keys(line.text for line in known)  # each line of a key for itself is nothing but letters
    return ErrorLog(
        service=service,
        patterns=_patterns(service, [line._replace(text=text) for line, text in zip(known, texts, strict=True)]),
    )


def signature(text: str) -> str:
    """A line with its changing parts taken out."""
    return " ".join(CHANGING.sub("*", text).split())[:200]


def _patterns(service: str, lines: list[ReadLine]) -> list[LogPattern]:
    """Lines of one signature and level as one pattern; the most frequent first."""
    kinds: defaultdict[tuple[str, Level], list[ReadLine]] = defaultdict(list)
    for line in lines:
        kinds[signature(line.text), line.level].append(line)
    frequent = sorted(kinds.items(), key=lambda kind: -len(kind[1]))[:MOST_PATTERNS]
    return [_pattern(service, level, alike) for (_, level), alike in frequent]


def _pattern(service: str, level: Level, alike: list[ReadLine]) -> LogPattern:
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
