"""Events: the rows of the transcripts, numbered per run without a gap, each written once under its key."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from graphs.store.database import Database, Row, iso, time_or_none
from graphs.store.newest_events import NewestEvents

KEPT_IN_MEMORY = 10_000
"""Events."""


class EventRow(NamedTuple):
    """One event. A tuple, because thousands are read at a time and looked up in a cache by all they hold."""

    seq: int
    at: datetime
    kind: str
    lane: str
    role: str
    duty: str
    rows_json: str
    """Runbook rows that it fulfils, a JSON list."""
    payload_json: str
    ref: str
    key: str


@dataclass(frozen=True)
class NewEvent:
    """An event to be added; it gets the next number of its run."""

    run: str
    at: datetime
    kind: str
    lane: str
    role: str
    duty: str
    rows: Sequence[str]
    payload_json: str
    key: str
    ref: str


@dataclass(frozen=True)
class PostMortemRow:
    """A post-mortem, and the first event of its run."""

    run: str
    at: datetime
    payload_json: str
    alert_json: str
    """Payload of the run's first event, which is an alert."""


@dataclass(frozen=True)
class UnfinishedEffect:
    """A change outside, or a message, of which the transcript has the intent and no outcome."""

    run: str
    seq: int
    at: datetime
    lane: str
    payload_json: str


@dataclass(frozen=True)
class FailingWorkflow:
    """A workflow that has failed in every turn since its last event."""

    run: str
    lane: str
    times: int
    seq: int
    """Of the last error."""


class EventRepository:
    """The events of all runs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._newest: NewestEvents[EventRow] = NewestEvents(0 if database.is_shared else KEPT_IN_MEMORY)

    def forget_newest(self) -> None:
        """Read every event from the database again: what was written may have been undone since."""
        self._newest.forget_all()

    def add(self, event: NewEvent) -> EventRow | None:
        """Add an event, unless there is one under its key: then None."""
        at, rows = iso(event.at), json.dumps(list(event.rows))
        named = {"kind": event.kind, "lane": event.lane, "role": event.role, "duty": event.duty, "ref": event.ref}
        added = self._database.one(
            "add_event", run=event.run, at=at, rows=rows, payload=event.payload_json, event_key=event.key, **named
        )
        if added is None:
            return None
        row = EventRow(
            seq=added["seq"],
            at=datetime.fromisoformat(at),
            rows_json=rows,
            payload_json=event.payload_json,
            key=event.key,
            **named,
        )
        self._newest.add(event.run, row)
        return row

    def under_key(self, run: str, key: str) -> EventRow | None:
        """Find the event of a run under a key."""
        newest = self._newest.under_key(run, key)
        if newest or self._newest.is_whole(run):
            return newest
        row = self._database.one("event_under_key", run=run, event_key=key)
        return _event(row) if row else None

    def cited(self, run: str, ref: str) -> EventRow | None:
        """Find the event of a run that a citation names."""
        row = self._database.one("event_cited", run=run, ref=ref)
        return _event(row) if row else None

    def after(self, run: str, seq: int, most: int = -1) -> list[EventRow]:
        """Events of a run after a number, in order; `most` -1 is all."""
        newest = self._newest.after(run, seq, most)
        if newest is not None:
            return newest
        return [_event(row) for row in self._database.many("events_after", run=run, seq=seq, most=most)]

    def with_prefix(self, run: str, prefix: str) -> list[EventRow]:
        """Events of a run whose keys begin with `prefix` and a slash, in order."""
        end = f"{prefix}{chr(ord('/') + 1)}"
        return [_event(row) for row in self._database.many("events_with_prefix", run=run, under=f"{prefix}/", end=end)]

    def keys_with_prefix(self, run: str, prefix: str) -> set[str]:
        """The keys of a run that begin with `prefix` and a slash."""
        end = f"{prefix}{chr(ord('/') + 1)}"
        rows = self._database.many("keys_with_prefix", run=run, under=f"{prefix}/", end=end)
        return {row["event_key"] for row in rows}

    def kinds_after(self, run: str, seq: int) -> list[tuple[str, str]]:
        """Kind and duty of each event of a run after a number."""
        newest = self._newest.after(run, seq)
        if newest is not None:
            return [(row.kind, row.duty) for row in newest]
        return [(row["kind"], row["duty"]) for row in self._database.many("kinds_after", run=run, seq=seq)]

    def of_kind(self, run: str, kind: str) -> list[EventRow]:
        """Events of a kind of a run, in order."""
        return [_event(row) for row in self._database.many("events_of_kind", run=run, kind=kind)]

    def model_answers_since(self, at: datetime) -> list[EventRow]:
        """The answers of models in all runs since a time."""
        return [_event(row) for row in self._database.many("model_answers_since", at=iso(at))]

    def latest_model_answers(self, most: int) -> list[EventRow]:
        """The last answers of models in all runs, newest first."""
        return [_event(row) for row in self._database.many("latest_model_answers", most=most)]

    def post_mortems(self, most: int) -> list[PostMortemRow]:
        """The last post-mortems of all runs, newest first."""
        return [
            PostMortemRow(
                run=row["run"],
                at=datetime.fromisoformat(row["at"]),
                payload_json=row["payload"],
                alert_json=row["alert"],
            )
            for row in self._database.many("post_mortems", most=most)
        ]

    def latest(self) -> datetime | None:
        """The time of the last event of all runs."""
        row = self._database.one("latest_event")
        return time_or_none(row["at"]) if row else None

    def effects_without_outcome(self, begun_before: datetime) -> list[UnfinishedEffect]:
        """Changes and messages that were begun before a time, and of which nobody wrote down how they ended."""
        return [
            UnfinishedEffect(
                run=row["run"],
                seq=row["seq"],
                at=datetime.fromisoformat(row["at"]),
                lane=row["lane"],
                payload_json=row["payload"],
            )
            for row in self._database.many("effects_without_outcome", before=iso(begun_before))
        ]

    def failing_workflows(self) -> list[FailingWorkflow]:
        """The workflows of open runs whose last turn failed."""
        rows = self._database.many("failing_workflows")
        return [FailingWorkflow(row["run"], row["lane"], row["times"], row["seq"]) for row in rows]

    def delete_of_run(self, run: str) -> int:
        """Delete the events of a run; gives their number."""
        self._newest.forget(run)
        return self._database.write("delete_events", run=run)


def _event(row: Row) -> EventRow:
    return EventRow(
        row["seq"],
        datetime.fromisoformat(row["at"]),
        row["kind"],
        row["lane"],
        row["role"],
        row["duty"],
        row["rows"],
        row["payload"],
        row["ref"],
        row["event_key"],
    )
