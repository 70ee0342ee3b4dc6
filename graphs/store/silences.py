"""Planned silence: maintenance windows and muted alerts; and when senders last reported in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphs.store.database import Database, Row, iso


@dataclass(frozen=True)
class SilenceRow:
    """A time in which alerts start nothing. What it does not name it does not ask for."""

    id: str
    starts_at: datetime
    ends_at: datetime
    set_by: str
    why: str
    set_at: datetime
    service: str = ""
    environment: str = ""
    label: str = ""
    label_value: str = ""
    dedup_key: str = ""
    """Of the one alert that is muted; empty for a maintenance window."""
    title: str = ""
    feed: str = ""
    """The calendar that it comes from."""


def _silence(row: Row) -> SilenceRow:
    times = {name: datetime.fromisoformat(row[name]) for name in ("starts_at", "ends_at", "set_at")}
    fields: dict[str, Any] = {**row, **times}
    return SilenceRow(**fields)


class SilenceRepository:
    """All times of silence."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, silence: SilenceRow) -> None:
        """Add a silence, or change one that is there."""
        times = {name: iso(getattr(silence, name)) for name in ("starts_at", "ends_at", "set_at")}
        self._database.write("save_silence", **{**silence.__dict__, **times})

    def find(self, id: str) -> SilenceRow | None:  # noqa: A002 - what the table calls it
        """Find a silence."""
        row = self._database.one("silence", id=id)
        return _silence(row) if row else None

    def from_now(self, now: datetime, most: int = 1_000) -> list[SilenceRow]:
        """Those that hold or are to come, in the order of their beginning."""
        return [_silence(row) for row in self._database.many("silences_from", now=iso(now), most=most)]

    def end(self, id: str, now: datetime) -> None:  # noqa: A002 - what the table calls it
        """End a silence now."""
        self._database.write("end_silence", id=id, now=iso(now))

    def delete_before(self, moment: datetime) -> None:
        """Delete those that ended before a time."""
        self._database.write("delete_silences_before", before=iso(moment))


class HeartbeatRepository:
    """When senders last reported in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, source: str, at: datetime) -> None:
        """Note that a sender has reported in."""
        self._database.write("note_heartbeat", source=source, last_at=iso(at))

    def last(self, source: str) -> datetime | None:
        """When a sender last reported in; None where it never did."""
        row = self._database.one("heartbeat", source=source)
        return datetime.fromisoformat(row["last_at"]) if row else None
