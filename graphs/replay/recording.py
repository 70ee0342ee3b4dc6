"""The record of a lane: a transcript that a replay writes anew, and that reads as it did when it was written."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from agents.io.clock import Clock
from agents.runtime.performing import BY_BOOK
from graphs.replay.comparison import another_order, compare, group, is_scar, stray
from graphs.store.store import Store
from graphs.transcript.event import Event
from graphs.transcript.events import Draft, Transcripts, woken_by

INBOUND = frozenset({"alert", "answer", "instruction", "note", "hold", "resume", "awareness", "inquiry"}) | {
    "post_mortem_edited",
    "post_mortem_published",
}
"""What comes from outside: fed from the record, never written by the run itself."""
JOINT = frozenset({"closed"})
"""Written by whichever lane is the last to be done."""


class RecordedLane(Transcripts):
    """One lane of a run that is played again.

    An event of the lane itself is there once the replay has written it, and is then the event of the record.
    Events of others are there as far as they were when the lane's next event was written.
    """

    def __init__(self, lane: str, events: Iterable[Event], store: Store, clock: Clock) -> None:
        super().__init__(store, clock)
        self._events = list(events)
        self._keyed = {event.key: event for event in self._events}
        self._vain = {event.key for event in _in_vain(self._events)}
        self._own = [event for event in self._events if _is_own(event, lane) and event.key not in self._vain]
        self._own_keys = {event.key for event in self._own}
        self._ahead: defaultdict[str, list[Event]] = defaultdict(list)
        for event in reversed(self._own):
            self._ahead[group(event)].append(event)
        self._played: set[str] = set()
        self._next = 0

    @property
    def following(self) -> Event | None:
        """The lane's first event that was not written again."""
        while self._next < len(self._own) and self._own[self._next].key in self._played:
            self._next += 1
        return self._own[self._next] if self._next < len(self._own) else None

    def recorded(self, key: str) -> Event | None:
        """What the record holds under a key, written again or not."""
        return self._keyed.get(key)

    def occurred(self, prefix: str, kinds: Iterable[str]) -> bool:
        """Whether the record holds an event of one of these kinds under a prefix."""
        return any(event.key.startswith(prefix) and event.kind in kinds for event in self._own)

    def is_next(self, event: Event) -> bool:
        """Whether an event is the next of its visit."""
        return self._ahead[group(event)][-1:] == [event]

    def named(self, ref: str) -> Event | None:
        """The event of the record that a reference names."""
        return next((event for event in self._events if event.ref == ref), None)

    @property
    def compared(self) -> int:
        """How many events were written again and found the same."""
        return len(self._played)

    def find(self, run: str, key: str) -> Event | None:
        event = self._keyed.get(key)
        if event is None or not self._is_there(event):
            return None
        return event

    def write(self, run: str, draft: Draft) -> Event:
        return self.find(run, draft.key) or self.add(run, draft)

    def add(self, run: str, draft: Draft) -> Event:
        ahead = self._ahead[group(draft)]
        expected = ahead[-1] if ahead else None
        recorded = self._keyed.get(draft.key)
        if recorded is None or recorded.key not in self._own_keys:
            raise stray(expected, draft)
        if expected is not recorded:
            raise another_order(expected or recorded, recorded)
        compare(recorded, draft)
        ahead.pop()
        self._played.add(recorded.key)
        return recorded

    def add_wakeup(self, run: str, lane: str, reason: str, not_before: datetime) -> None:
        """Nobody has to be woken: the record says when it went on."""

    def after(self, run: str, seq: int = 0, most: int = -1) -> list[Event]:
        following = self.following
        found = [event for event in self._events if event.seq > seq and (not following or event.seq < following.seq)]
        return found if most < 0 else found[:most]

    def of_kind(self, run: str, kind: str) -> Iterator[Event]:
        return (event for event in self.after(run) if event.kind == kind)

    def cited(self, run: str, ref: str) -> Event | None:
        event = self.named(ref)
        return event if event and self._is_there(event) else None

    def keys_under(self, run: str, occurrence: str) -> set[str]:
        within = (event for event in self._events if event.key.startswith(f"{occurrence}/"))
        return {event.key for event in within if self._is_there(event)}

    def has_news(self, run: str, lane: str, seq: int) -> bool:
        return any(lane in woken_by(event.kind, event.duty) for event in self.after(run, seq))

    def _is_there(self, event: Event) -> bool:
        if event.key in self._own_keys:
            return event.key in self._played
        if event.key in self._vain:
            return True
        following = self.following
        return following is None or event.seq < following.seq


def _in_vain(events: Iterable[Event]) -> Iterator[Event]:
    """What a duty did before it was left to the book: a replay does it by the book, and finds there what was asked."""
    known = list(events)
    for left in (event for event in known if event.key.endswith(f"/{BY_BOOK}")):
        under = left.key.removesuffix(BY_BOOK)
        yield from (
            event
            for event in known
            if event.key.startswith(under) and event.seq < left.seq and event.kind != "duty_started"
        )


def _is_own(event: Event, lane: str) -> bool:
    return event.lane == lane and event.kind not in INBOUND | JOINT and not is_scar(event)
