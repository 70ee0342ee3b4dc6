"""The transcript: one append-only log per run. Each event is written once under its key and read back ever after."""

import asyncio
import hashlib
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from agents.io.clock import Clock
from agents.io.redaction import written
from graphs.store.events import EventRow, NewEvent
from graphs.store.store import Store
from graphs.transcript.event import Event, read, readable

IN_ITS_PLACE = "~"
"""At the end of the key of an event that was written in place of one that cannot be read."""
SCOPE = "scope"
"""A finished assessment of the scope, as a kind of news."""
ENDS = frozenset({"resolved", "backlog", "cancelled"})
NEWS = {
    "communication": frozenset({"activation", "classification", "status", SCOPE}) | ENDS,
    "escalation": frozenset({"activation", "classification", "status", SCOPE, "question", "answer", "withdrawn"})
    | frozenset({"note", "awareness", "post_mortem"})
    | ENDS,
    "reassessment": frozenset({"question", "result", "status"}) | ENDS,
}
"""Background workflow -> the kinds of events that it has to know of at once."""
LANES_BESIDE = tuple(NEWS)
"""The background workflows."""
ANSWERING = "answering"
"""The lane in which roles answer what people ask of a run. Nothing in it changes what is known of the incident."""


class Occurrence(NamedTuple):
    """One visit of a node: the same after a crash, after an answer and in a replay."""

    lane: str
    node: str
    number: int

    @property
    def name(self) -> str:
        return f"{self.lane}/{self.node}#{self.number}"


def occurrence_of(key: str) -> Occurrence | None:
    """The visit under which an event was written; None where no node wrote it."""
    found = WITHIN_A_VISIT.match(key)
    return Occurrence(found[1], found[2], int(found[3])) if found else None


WITHIN_A_VISIT = re.compile(r"([a-z]+)/([^/#]+)#(\d+)/")


@dataclass(frozen=True)
class Author:
    """Who writes an event: a workflow, and the role and duty where there is one."""

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


def woken_by(kind: str, duty: str) -> list[str]:
    """The workflows for which an event is news; an incident that has grown is news for the main one."""
    what = SCOPE if kind == "duty_finished" and duty == "assess_scope" else kind
    return [*(lane for lane, news in NEWS.items() if what in news), *(["main"] if kind == "reassessment" else [])]


def reference(run_key: str) -> str:
    """The short name of an event, from its key."""
    return hashlib.sha256(run_key.encode()).hexdigest()[:8]


class KeyTaken(RuntimeError):
    """An event of the run has this key already."""


class Transcripts:
    """The transcripts of all runs."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._bells: defaultdict[str, list[asyncio.Event]] = defaultdict(list)
        self.wake = asyncio.Event()
        """Set when an event has put a wake-up into the store."""
        self.beside: list[Callable[[str, Draft, datetime], None]] = []
        """Called with a run, an event and its time just before it is added, inside its transaction.

        What they write must take care itself that the run may have an event under that key: then none is added.
        """

    def find(self, run: str, key: str) -> Event | None:
        """The event under a key, if it has happened; where it cannot be read, the one written in its place."""
        found = self._under_key(run, key)
        if found is None or found.is_readable:
            return found
        return self.find(run, f"{key}{IN_ITS_PLACE}") or found

    def _under_key(self, run: str, key: str) -> Event | None:
        row = self._store.events.under_key(run, key)
        return read(row) if row else None

    def model_answers_since(self, at: datetime) -> Iterator[Event]:
        """The answers of models that can be read, in all runs, since a time."""
        return readable(self._store.events.model_answers_since(at))

    def of_kind(self, run: str, kind: str) -> Iterator[Event]:
        """A run's events of a kind that can be read, in order."""
        return readable(self._store.events.of_kind(run, kind))

    def write(self, run: str, draft: Draft) -> Event:
        """Write an event, and the wake-ups it causes, in one transaction; gives the row that stands under its key.

        Where that row cannot be read, it is written once more, under a key of its own.
        """
        with self._store.transaction(run, asks_once=True):
            row = self._append(run, draft)
        if row is None:
            with self._store.transaction(run):
                existing = self.find(run, draft.key)
                if existing and existing.is_readable:
                    return existing
                row = self._put(run, draft)
        self.notify_followers(run)
        return read(row)

    def add(self, run: str, draft: Draft) -> Event:
        """The same in a transaction of the caller, who then notifies followers. Raises KeyTaken."""
        return read(self._put(run, draft))

    def put(self, run: str, draft: Draft) -> None:
        """The same, for whoever does not look at the event now: it is read when somebody does. Raises KeyTaken."""
        self._put(run, draft)

    def _put(self, run: str, draft: Draft) -> EventRow:
        while (row := self._append(run, draft)) is None:
            existing = self._under_key(run, draft.key)
            if existing and existing.is_readable:
                raise KeyTaken(f"{KeyTaken.__doc__} ({run}, {draft.key})")
            draft = draft._replace(key=f"{draft.key}{IN_ITS_PLACE}")
        return row

    def _append(self, run: str, draft: Draft) -> EventRow | None:
        """Add an event with the wake-ups that it causes, unless there is one under its key.

        What follows from it is written first: then the transaction can end with the event, of which alone the outcome
        is asked.
        """
        now, author, key = self._clock.now(), draft.author, draft.key
        self._store.database.announce(run)
        for lane in woken_by(draft.kind, author.duty):
            self._store.wakeups.add(run, lane, f"{draft.kind} {key}", now, unless_event=key)
            self.wake.set()
        for write in self.beside:
            write(run, draft, now)
        return self._store.events.add(
            NewEvent(
                run=run,
                at=now,
                kind=draft.kind,
                lane=author.lane,
                role=author.role,
                duty=author.duty,
                rows=draft.rows,
                payload_json=written(draft.payload),
                key=key,
                ref=reference(key),
            )
        )

    def add_wakeup(self, run: str, lane: str, reason: str, not_before: datetime) -> None:
        """Let a workflow go on, not before a time; once per run, workflow and reason."""
        self._store.wakeups.add(run, lane, reason, not_before)
        self.wake.set()

    def wake_all(self, run: str, reason: str) -> None:
        """Let every workflow of a run go on now."""
        for lane in ("main", *LANES_BESIDE):
            self.add_wakeup(run, lane, reason, self._clock.now())

    def notify_followers(self, run: str) -> None:
        """Let those who follow a run here look whether there is a new event; other processes were told with it."""
        for bell in self._bells.get(run, ()):
            bell.set()

    def ring_all(self) -> None:
        """Let all who follow a run here look."""
        for run in list(self._bells):
            self.notify_followers(run)

    def after(self, run: str, seq: int = 0, most: int = -1) -> list[Event]:
        """Events after a sequence number, in order; `most` -1 is all."""
        return [read(row) for row in self._store.events.after(run, seq, most)]

    def cited(self, run: str, ref: str) -> Event | None:
        """The event that a citation names."""
        row = self._store.events.cited(run, ref)
        return read(row) if row else None

    def under(self, run: str, occurrence: str) -> list[Event]:
        """Every event of one visit of a node, such as main/s1_classify#1, in order."""
        return [read(row) for row in self._store.events.with_prefix(run, occurrence)]

    def keys_under(self, run: str, occurrence: str) -> set[str]:
        """The keys of the events of one visit."""
        return self._store.events.keys_with_prefix(run, occurrence)

    def has_news(self, run: str, lane: str, seq: int) -> bool:
        """Whether anything after a sequence number is news for a background workflow."""
        return any(lane in woken_by(kind, duty) for kind, duty in self._store.events.kinds_after(run, seq))

    async def follow(self, run: str, seq: int = 0) -> AsyncIterator[Event]:
        """Every event after a sequence number, then every new one, until the run has ended."""
        bell = asyncio.Event()
        self._bells[run].append(bell)
        try:
            closed = self.find(run, "closed")  # later on it is among the new ones
            while True:
                bell.clear()
                for event in self.after(run, seq):
                    seq = event.seq
                    yield event
                    closed = closed or (event if event.kind == "closed" else None)
                if closed:
                    return
                await bell.wait()
        finally:
            self._bells[run].remove(bell)
            if not self._bells[run]:
                del self._bells[run]
