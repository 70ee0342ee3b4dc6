"""Events: the rows of a transcript as they are read back, whatever became of them since they were written."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from pydantic import BaseModel

from graphs.store.database import Row, Store
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


columns_of = itemgetter(*("event_key" if name == "key" else name for name in Event.model_fields))
"""An event's columns in the store, in the order of its fields."""


def read(row: Row) -> Event:
    """An event from its row; one that cannot be read says so, and why."""
    return _parsed(columns_of(row))


@lru_cache(maxsize=10_000)
def _parsed(columns: tuple[Any, ...]) -> Event:
    """Several readers share an event, and nobody changes it."""
    values = dict(zip(Event.model_fields, columns, strict=True))
    try:
        payload = event_shapes.read(values["kind"], values["duty"], values["payload"])
        return Event.model_validate({**values, "rows": json.loads(values["rows"]), "payload": payload})
    except ValueError as error:
        return _unreadable(values, str(error))


def _unreadable(values: Mapping[str, Any], why: str) -> Event:
    told = event_shapes.stand_in(values["kind"], why, str(values["payload"]))
    return Event.model_validate({**values, "kind": UNREADABLE, "rows": [], "payload": told})


def events_of(store: Store, run: str, kind: str) -> Iterator[Event]:
    """A run's events of a kind that can be read, in order."""
    return filter(lambda event: event.is_readable, map(read, store.many("events_of", run=run, kind=kind)))


def told(event: Mapping[str, Any]) -> Event:
    """An event as another process tells it, perhaps of another version. Raises ValidationError where it is none."""
    kept = Event.model_validate(event)
    try:
        return kept.model_copy(update={"payload": event_shapes.fitted(kept.kind, kept.duty, kept.payload)})
    except event_shapes.Unreadable as error:
        return _unreadable({**kept.model_dump(), "payload": json.dumps(kept.payload)}, str(error))
