"""Calendars: maintenance windows out of an iCalendar feed (RFC 5545)."""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from graphs.intake.silences import NewSilence

MOST_EVENTS, MOST_REPEATS = 1_000, 200
REPEATED_FOR = timedelta(days=90)
"""So far ahead an event that repeats itself is planned."""
SCOPE = re.compile(r"^\s*(service|environment|label)\s*[:=]\s*(\S.*?)\s*$", re.IGNORECASE | re.MULTILINE)
PERIOD = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
STEPS = {"DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}
Fields = dict[str, tuple[str, str]]
"""Name -> its parameters and its content."""


class NotACalendar(ValueError):
    """The body is no iCalendar: it begins with BEGIN:VCALENDAR and holds events."""


class Calendar(NamedTuple):
    """What a calendar was read as."""

    silences: list[NewSilence]
    left_out: list[str]


class Unplanned(ValueError):
    """An event plans no silence."""


def read_calendar(text: str, feed: str, by: str, now: datetime) -> Calendar:
    """Read the events of a calendar that are not over. Raises NotACalendar."""
    if "BEGIN:VCALENDAR" not in text:
        raise NotACalendar(NotACalendar.__doc__)
    calendar = Calendar([], [])
    for fields in list(_events(text))[:MOST_EVENTS]:
        try:
            calendar.silences.extend(_planned(fields, feed, by, now))
        except (Unplanned, ValidationError) as error:
            why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            calendar.left_out.append(f"{_text(fields, 'SUMMARY') or _text(fields, 'UID') or 'an event'}: {why}")
    return calendar


def _events(text: str) -> Iterator[Fields]:
    """The fields of each event; a line that begins with a space goes on with the one before."""
    fields: Fields | None = None
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        name, _, content = line.partition(":")
        named, _, parameters = name.partition(";")
        match named.upper(), content.upper():
            case "BEGIN", "VEVENT":
                fields = {}
            case "END", "VEVENT":
                yield fields or {}
                fields = None
            case _:
                if fields is not None:
                    fields.setdefault(named.upper(), (parameters, content))


def _planned(fields: Fields, feed: str, by: str, now: datetime) -> Iterator[NewSilence]:
    """The times of silence of an event that are not over. Raises Unplanned and ValidationError."""
    if _text(fields, "STATUS").upper() == "CANCELLED":
        raise Unplanned("it is cancelled")
    begins = _moment(fields, "DTSTART")
    lasts = _end(fields, begins) - begins
    scope = {name.lower(): said for name, said in SCOPE.findall(_text(fields, "DESCRIPTION"))}
    uid = _text(fields, "UID") or f"{begins.isoformat()} {_text(fields, 'SUMMARY')}"
    for start in _repeated(fields, begins, now):
        if start + lasts > now:
            yield NewSilence.model_validate(
                {
                    **scope,
                    "id": hashlib.sha256(f"{feed}\n{uid}\n{start.isoformat()}".encode()).hexdigest()[:16],
                    "starts_at": start,
                    "ends_at": start + lasts,
                    "by": by,
                    "why": _text(fields, "SUMMARY") or "planned maintenance",
                    "feed": feed,
                }
            )


def _repeated(fields: Fields, begins: datetime, now: datetime) -> Iterator[datetime]:
    """When an event begins, as often as its rule says: daily or weekly. Raises Unplanned for any other rule."""
    rule = dict(part.split("=", 1) for part in _text(fields, "RRULE").upper().split(";") if "=" in part)
    if not rule:
        yield begins
        return
    step = STEPS.get(rule.get("FREQ", ""))
    if step is None or not set(rule) <= {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}:
        raise Unplanned("only events that repeat themselves daily or weekly are read")
    last = min(_written(rule["UNTIL"], UTC) if "UNTIL" in rule else now + REPEATED_FOR, now + REPEATED_FOR)
    every = step * max(int(rule.get("INTERVAL", "1")), 1)
    passed = max((now - begins) // every - 1, 0)
    left = int(rule["COUNT"]) - passed if "COUNT" in rule else MOST_REPEATS
    for number in range(passed, passed + min(left, MOST_REPEATS)):
        if begins + every * number <= last:
            yield begins + every * number


def _end(fields: Fields, begins: datetime) -> datetime:
    if "DTEND" in fields:
        return _moment(fields, "DTEND")
    found = PERIOD.fullmatch(_text(fields, "DURATION"))
    if found and any(found.groups()):
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return begins + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    raise Unplanned("it says no end")


def _moment(fields: Fields, name: str) -> datetime:
    parameters, content = fields.get(name, ("", ""))
    zone = next((part.partition("=")[2] for part in parameters.split(";") if part.upper().startswith("TZID=")), "UTC")
    try:
        return _written(content, ZoneInfo(zone.strip('"')))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Unplanned(f"{name} {content[:40]} is no time that can be read") from error


def _written(content: str, zone: tzinfo) -> datetime:
    shape = "%Y%m%dT%H%M%S" if "T" in content else "%Y%m%d"
    when = datetime.strptime(content.rstrip("Z"), shape)  # noqa: DTZ007 - its zone is put on below
    return when.replace(tzinfo=UTC) if content.endswith("Z") else when.replace(tzinfo=zone).astimezone(UTC)


def _text(fields: Fields, name: str) -> str:
    text = fields.get(name, ("", ""))[1]
    return text.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";").strip()
