"""The record of a run as far as it went when a question was asked: its events, and the newest of what is looked for."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from pydantic import ValidationError

from agents.readings.production import Series
from agents.reports.basis import Claim
from agents.rules.writing.wording import at, share
from agents.runtime.record_tools import RecordedEvent
from agents.tools.ports import check_endpoints, golden_signals, usage

STALE = 5
"""Minutes of the runbook: a sample that is older than its reading by more is not called the rate of then."""
Lines = list[Claim]
"""Sentences of an answer, each with what shows it."""
OF_PEOPLE = frozenset({"answer", "instruction", "note", "hold", "resume", "awareness"})
OF_ANSWERING = frozenset({"inquiry", "reply"})
"""What people ask and are told is no evidence."""
DUTY = "answer_question"
SIGNALS = (golden_signals.name, usage.name, check_endpoints.name)
"""Tools whose answers say how a service fares."""


class Sample(NamedTuple):
    """One sample of an error rate, and the event that holds it."""

    at: datetime
    rate: float
    ref: str


class RecordSoFar:
    """The events up to a moment, without what was asked and answered."""

    def __init__(self, events: Sequence[RecordedEvent], until: datetime) -> None:
        self._until = until
        self.events = [
            event for event in events if event.at <= until and event.kind not in OF_ANSWERING and event.duty != DUTY
        ]

    @property
    def cite_all(self) -> list[str]:
        """What shows that something is not on record: its last event, up to which it was read."""
        return [event.ref for event in self.events[-1:]]

    @property
    def ends_at(self) -> datetime:
        """When its last event was written."""
        return self.events[-1].at if self.events else self._until

    def newest(self, *kinds: str) -> RecordedEvent | None:
        """The newest event of one of these kinds."""
        return next((event for event in reversed(self.events) if event.kind in kinds), None)

    def newest_status(self, status: str) -> RecordedEvent | None:
        """The newest change to a status."""
        changes = (event for event in reversed(self.events) if event.kind == "status")
        return next((event for event in changes if event.payload["status"] == status), None)

    def newest_update(self) -> RecordedEvent | None:
        """The newest update of the status page that was sent."""
        return next((event for event in reversed(self.events) if _is_update(event)), None)

    def open_questions(self) -> list[tuple[RecordedEvent, str]]:
        """What people are asked and have not answered, with its words."""
        asked: dict[str, tuple[RecordedEvent, str]] = {}
        for event in self.events:
            if event.kind == "question":
                asked[event.payload["question"]["id"]] = event, event.payload["question"]["text"]
            elif event.kind in ("answer", "withdrawn"):
                asked.pop(event.payload["question"], None)
            elif event.kind == "cancelled":
                asked.clear()
        return list(asked.values())

    def people(self) -> dict[str, RecordedEvent]:
        """Who has answered or told the run something -> the last time."""
        said: dict[str, RecordedEvent] = {}
        for event in self.events:
            if event.kind in OF_PEOPLE:
                words: Mapping[str, Any] = event.payload
                inner: Any = words.get(event.kind)
                by = str((cast(Mapping[str, Any], inner) if isinstance(inner, Mapping) else words).get("by", ""))
                said.pop(by, None)
                said[by] = event
        return said

    def readings(self, tool: str, service: str) -> Iterator[RecordedEvent]:
        """What a tool answered about a service, newest first; not what it refused."""
        for event in reversed(self.events):
            payload = event.payload
            is_answer = event.kind == "tool_result" and payload["tool"] == tool and bool(payload.get("value"))
            if is_answer and payload["arguments"].get("service") == service:
                yield event

    def newest_sample(self, service: str) -> Sample | None:
        """The newest sample of a service's error rate, in the newest reading of its signals."""
        event = next(self.readings(golden_signals.name, service), None)
        series = _samples(event.payload["value"]) if event else None
        place = _newest(series) if series else None
        if event is None or series is None or place is None:
            return None
        return Sample(series.at(place), series.values[place] or 0.0, event.ref)

    def last_reading(self, service: str, fresh_for: timedelta, with_rate: bool) -> Claim | None:
        """When a service was last read, with its error rate where that was read and is wanted."""
        found = [event for tool in SIGNALS if (event := next(self.readings(tool, service), None))]
        if not found:
            return None
        newest = max(found, key=lambda event: event.at)
        sample, rate = self.newest_sample(service), ""
        if with_rate and sample and sample.ref == newest.ref:
            is_old = sample.at < newest.at - fresh_for
            old = f"; its error rate was last measured at {at(sample.at, self._until)}, as {share(sample.rate)}"
            rate = old if is_old else f"; its error rate then was {share(sample.rate)}"
        return Claim(text=f"It was last read at {at(newest.at, self._until)}{rate}.", cites=[newest.ref])


def _is_update(event: RecordedEvent) -> bool:
    return event.kind == "outbound" and event.payload["port"] == "publish_status" and event.payload["done"]


def _samples(value: Mapping[str, Any]) -> Series | None:
    """The error rate, where the reading has one."""
    try:
        return Series.model_validate(value.get("error_rate"))
    except ValidationError:
        return None


def _newest(series: Series) -> int | None:
    """The place of the newest sample that there is."""
    return next((n for n in range(len(series.values) - 1, -1, -1) if series.values[n] is not None), None)
