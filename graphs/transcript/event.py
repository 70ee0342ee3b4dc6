"""Events: the rows of a transcript as they are read back, whatever became of them since they were written."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from graphs.store.events import EventRow
from graphs.transcript import event_shapes
from graphs.transcript.event_shapes import UNREADABLE


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

    @property
    def is_readable(self) -> bool:
        """Whether its payload is what its kind promises; if not, its kind is `unreadable`."""
        return self.kind != UNREADABLE


@lru_cache(maxsize=10_000)
def read(row: EventRow) -> Event:
    """An event from its row; one that cannot be read says so, and why. Readers share it, and nobody changes it."""
    kept = row._asdict()
    try:
        payload = event_shapes.read(row.kind, row.duty, row.payload_json)
        return Event.model_validate({**kept, "rows": json.loads(row.rows_json), "payload": payload})
    except ValueError as error:
        return _unreadable(kept, row.payload_json, str(error))


def readable(rows: Iterable[EventRow]) -> Iterator[Event]:
    """The events of these rows that can be read."""
    return filter(lambda event: event.is_readable, map(read, rows))


def parse_event(event: Mapping[str, Any]) -> Event:
    """An event as another process tells it, perhaps of another version. Raises ValidationError where it is none."""
    kept = Event.model_validate(event)
    try:
        return kept.model_copy(update={"payload": event_shapes.fitted(kept.kind, kept.duty, kept.payload)})
    except event_shapes.Unreadable as error:
        return _unreadable(kept.model_dump(), json.dumps(kept.payload), str(error))


def _unreadable(kept: Mapping[str, Any], stored: str, why: str) -> Event:
    payload = event_shapes.stand_in(kept["kind"], why, stored)
    return Event.model_validate({**kept, "kind": UNREADABLE, "rows": [], "payload": payload})
