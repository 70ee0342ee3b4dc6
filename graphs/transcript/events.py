"""The transcript: one append-only log per run. Each event is written once under its key and read back ever after."""

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import BaseModel

from agents.io.clock import Clock
from agents.io.redaction import written
from graphs.store.events import EventRow, NewEvent
from graphs.store.store import Store

SCOPE = "scope"
"""A finished look at the scope, as a kind of news."""
ENDS = frozenset({"resolved", "backlog", "cancelled"})
NEWS = {
    "communication": frozenset({"activation", "classification", "status", SCOPE}) | ENDS,
    "escalation": frozenset({"activation", "classification", "status", SCOPE, "question", "answer", "withdrawn"})
    | frozenset({"note", "awareness", "post_mortem"})
    | ENDS,
    "reassessment": frozenset({"question", "result", "status"}) | ENDS,
}
"""Lane beside the main one -> the kinds of events that it has to know of at once."""
LANES_BESIDE = tuple(NEWS)


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


TOLD = ("instruction", "reassessment", "hold", "resume")
"""Kinds of events of which the main lane takes notice between its steps."""


def woken_by(kind: str, duty: str) -> list[str]:
    """The lanes for which an event is news; what has grown is news for the main one."""
    what = SCOPE if kind == "duty_finished" and duty == "assess_scope" else kind
    return [*(lane for lane, news in NEWS.items() if what in news), *(["main"] if kind == "reassessment" else [])]


def reference(run_key: str) -> str:
    """The short name of an event, from its key."""
    return hashlib.sha256(run_key.encode()).hexdigest()[:8]


@lru_cache(maxsize=10_000)
def _event(row: EventRow) -> Event:
    """Read an event from its row; several readers share it, and nobody changes it."""
    return Event(
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        lane=row.lane,
        role=row.role,
        duty=row.duty,
        rows=json.loads(row.rows_json),
        payload=json.loads(row.payload_json),
        ref=row.ref,
        key=row.key,
    )


class Transcripts:
    """The transcripts of all runs."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._bells: defaultdict[str, list[asyncio.Event]] = defaultdict(list)
        self.wake = asyncio.Event()
        """Set when an event has put a wake-up into the store."""
        self.beside: list[Callable[[str, Event], None]] = []
        """What else is written of an event of a run, in its own transaction."""

    def find(self, run: str, key: str) -> Event | None:
        """The event under a key, if it has happened."""
        row = self._store.events.under_key(run, key)
        return _event(row) if row else None

    def payloads_since(self, kind: str, at: datetime) -> Iterator[dict[str, Any]]:
        """What all events of a kind hold, in all runs, since a time."""
        yield from self._store.events.payloads_since(kind, at)

    def write(self, run: str, draft: Draft) -> Event:
        """Write an event, and the wake-ups it causes, in one transaction; gives the row that stands under its key."""
        standing = self.find(run, draft.key)
        if standing:
            return standing
        with self._store.transaction():
            written = self.add(run, draft)
        self.ring(run)
        return written

    def add(self, run: str, draft: Draft) -> Event:
        """The same inside a transaction of the caller's, who rings afterwards; the key is new."""
        now, author = self._clock.now(), draft.author
        row = self._store.events.add(
            NewEvent(
                run=run,
                at=now,
                kind=draft.kind,
                lane=author.lane,
                role=author.role,
                duty=author.duty,
                rows=draft.rows,
                payload_json=written(draft.payload),
                key=draft.key,
                ref=reference(draft.key),
            )
        )
        for lane in woken_by(draft.kind, author.duty):
            self.add_wakeup(run, lane, f"{draft.kind} {draft.key}", now)
        event = _event(row)
        for write in self.beside:
            write(run, event)
        return event

    def add_wakeup(self, run: str, lane: str, reason: str, not_before: datetime) -> None:
        """Let a workflow go on, not before a time; once per run, workflow and reason."""
        self._store.wakeups.add(run, lane, reason, not_before)
        self.wake.set()

    def wake_all(self, run: str, reason: str) -> None:
        """Let every workflow of a run go on now."""
        for lane in ("main", *LANES_BESIDE):
            self.add_wakeup(run, lane, reason, self._clock.now())

    def ring(self, run: str) -> None:
        """Tell those who follow a run that there is something new."""
        for bell in self._bells[run]:
            bell.set()

    def after(self, run: str, seq: int = 0, most: int = -1) -> list[Event]:
        """Events after a sequence number, in order; `most` -1 is all."""
        return [_event(row) for row in self._store.events.after(run, seq, most)]

    def cited(self, run: str, ref: str) -> Event | None:
        """The event that a citation names."""
        row = self._store.events.cited(run, ref)
        return _event(row) if row else None

    def under(self, run: str, occurrence: str) -> list[Event]:
        """Every event of one visit of a node, such as main/s1_classify#1, in order."""
        return [_event(row) for row in self._store.events.with_prefix(run, occurrence)]

    def told(self, run: str) -> list[Event]:
        """What a run was told of which it takes notice between its steps: instructions, a grown scope, hold, resume."""
        return [_event(row) for row in self._store.events.instructions(run)]

    def has_news(self, run: str, lane: str, seq: int) -> bool:
        """Whether anything after a sequence number is news for a lane beside the main one."""
        return any(lane in woken_by(kind, duty) for kind, duty in self._store.events.kinds_after(run, seq))

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
