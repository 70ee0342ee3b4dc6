"""The transcript: one append-only log per run. Each event is written once under its key and read back ever after."""

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import BaseModel

from agents.clock import Clock
from graphs.store import Row, Store, iso

WAKES = frozenset(
    {"activation", "classification", "status", "question", "answer", "withdrawn", "note", "awareness"}
    | {"resolved", "post_mortem", "backlog", "cancelled"}
)
"""Kinds of events that the lanes beside the main one have to know of at once. A new scope is one, too."""
LANES_BESIDE = ("communication", "escalation")


class Event(BaseModel):
    """One row of a transcript."""

    seq: int
    at: datetime
    kind: str
    lane: str
    role: str
    duty: str
    rows: list[str]
    """Runbook rows that it fulfils."""
    payload: dict[str, Any]
    ref: str
    """What claims cite: the same in every replay, where `seq` is not."""
    key: str


@dataclass(frozen=True)
class Author:
    """Who writes an event: a lane, and the role and duty where there is one."""

    lane: str
    role: str = ""
    duty: str = ""


class Draft(NamedTuple):
    """An event before it is written: the transcript gives it its number and its time."""

    key: str
    """Written once per run and key."""
    kind: str
    payload: Mapping[str, Any]
    author: Author
    rows: Sequence[str] = ()


def wakes(kind: str, duty: str) -> bool:
    """Whether an event is news for the lanes beside the main one."""
    return kind in WAKES or (kind == "duty_finished" and duty == "assess_scope")


def reference(run_key: str) -> str:
    """The short name of an event, from its key."""
    return hashlib.sha256(run_key.encode()).hexdigest()[:8]


def _event(row: Row) -> Event:
    return Event(
        seq=row["seq"],
        at=row["at"],
        kind=row["kind"],
        lane=row["lane"],
        role=row["role"],
        duty=row["duty"],
        rows=json.loads(row["rows"]),
        payload=json.loads(row["payload"]),
        ref=row["ref"],
        key=row["event_key"],
    )


class Transcripts:
    """The transcripts of all runs."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._bells: defaultdict[str, list[asyncio.Event]] = defaultdict(list)
        self.wake = asyncio.Event()
        """Set when an event has put a wake-up into the store."""

    def find(self, run: str, key: str) -> Event | None:
        """The event under a key, if it has happened."""
        row = self._store.one("event_under_key", run=run, event_key=key)
        return _event(row) if row else None

    def write(self, run: str, draft: Draft) -> Event:
        """Write an event, and the wake-ups it causes, in one transaction; gives the row that stands under its key."""
        standing = self.find(run, draft.key)
        if standing:
            return standing
        with self._store.transaction():
            self.add(run, draft)
        self.ring(run)
        written = self.find(run, draft.key)
        assert written is not None
        return written

    def add(self, run: str, draft: Draft) -> None:
        """The same inside a transaction of the caller's, who rings afterwards."""
        now, author = iso(self._clock.now()), draft.author
        self._store.one(
            "add_event",
            run=run,
            at=now,
            kind=draft.kind,
            lane=author.lane,
            role=author.role,
            duty=author.duty,
            rows=json.dumps(list(draft.rows)),
            payload=json.dumps(draft.payload, default=str),
            event_key=draft.key,
            ref=reference(draft.key),
        )
        for lane in LANES_BESIDE if wakes(draft.kind, author.duty) else ():
            self.add_wakeup(run, lane, f"{draft.kind} {draft.key}", now)

    def add_wakeup(self, run: str, lane: str, reason: str, not_before: str) -> None:
        """Let a lane take a turn, not before a time; once per run, lane and reason."""
        key = f"{run}/{lane}/{reason}"
        self._store.write("add_wakeup", wakeup_key=key, run=run, lane=lane, reason=reason, not_before=not_before)
        self.wake.set()

    def ring(self, run: str) -> None:
        """Tell those who follow a run that there is something new."""
        for bell in self._bells[run]:
            bell.set()

    def after(self, run: str, seq: int = 0, most: int = -1) -> list[Event]:
        """Events after a sequence number, in order; `most` -1 is all."""
        return [_event(row) for row in self._store.many("events_after", run=run, seq=seq, most=most)]

    async def follow(self, run: str, seq: int = 0) -> AsyncIterator[Event]:
        """Every event after a sequence number, then every new one, until the run has ended."""
        bell = asyncio.Event()
        self._bells[run].append(bell)
        try:
            while True:
                bell.clear()
                closed = self.find(run, "closed")
                for event in self.after(run, seq):
                    seq = event.seq
                    yield event
                    closed = closed or (event if event.kind == "closed" else None)
                if closed:
                    return
                await bell.wait()
        finally:
            self._bells[run].remove(bell)
