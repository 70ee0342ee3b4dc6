"""Record tools: a duty searches and reads the transcript of its own run, by reference. No driver answers them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, cast

from agents.readings.production import Refusal
from agents.readings.record import EventExcerpt, EventReading, EventText, FoundEvents, TranscriptSearch
from agents.tools.port import AnyPort, Driver, Unanswered
from agents.tools.ports import read_event, search_transcript

MOST_EVENTS = 30
EXCERPT = 240
"""Characters."""
BEFORE = 60
"""Characters of an excerpt before the first of the words."""
PIECE = 8_000
"""Characters of an event that are read at once: a longer answer of a tool would be cut for the model."""
LEFT_OUT = frozenset({"model_call", "model_answer", "tool_call", "breaker", "unreadable", "inquiry", "reply"})
"""Kinds that a search leaves out: what was said to a model, questions whose answers are events themselves, and what
people asked and were told, which is no evidence."""


class RecordedEvent(Protocol):
    """An event of the transcript, with whose it is."""

    @property
    def ref(self) -> str: ...

    @property
    def at(self) -> datetime: ...

    @property
    def kind(self) -> str: ...

    @property
    def role(self) -> str: ...

    @property
    def duty(self) -> str: ...

    @property
    def payload(self) -> Mapping[str, Any]: ...


Record = Callable[[], Sequence[RecordedEvent]]
"""Gives all events of the run so far, oldest first."""


def of_record(port: AnyPort, record: Record) -> Driver | None:
    """What answers a port from the record; None for every other port."""

    async def search(**asked: Any) -> FoundEvents:
        return _search(TranscriptSearch.model_validate(asked), record())

    async def read(**asked: Any) -> EventText:
        return _read(EventReading.model_validate(asked), record())

    return {search_transcript.name: search, read_event.name: read}.get(port.name)


def _search(asked: TranscriptSearch, events: Sequence[RecordedEvent]) -> FoundEvents:
    if asked.after:
        places = [number for number, event in enumerate(events) if event.ref == asked.after]
        events = events[places[0] + 1 :] if places else _unknown(asked.after)
    found = list(_found(asked, events))
    return FoundEvents(events=found[:MOST_EVENTS], later_left_out=max(0, len(found) - MOST_EVENTS))


def _found(asked: TranscriptSearch, events: Sequence[RecordedEvent]) -> Iterator[EventExcerpt]:
    words = asked.text.casefold().split()
    for event in events:
        tool = str(event.payload.get("tool", ""))
        if event.kind in LEFT_OUT or tool in (search_transcript.name, read_event.name):
            continue
        if asked.kind not in ("", event.kind) or asked.role not in ("", event.role):
            continue
        text = _json(event.payload)
        folded = text.casefold()
        if all(word in folded for word in words):
            start = max(0, folded.find(words[0]) - BEFORE) if words else 0
            yield EventExcerpt(
                ref=event.ref,
                at=event.at,
                kind=event.kind,
                role=event.role,
                duty=event.duty,
                tool=tool,
                excerpt=text[start : start + EXCERPT],
            )


def _read(asked: EventReading, events: Sequence[RecordedEvent]) -> EventText:
    event = next((event for event in events if event.ref == asked.ref), None) or _unknown(asked.ref)
    text = _json(_part(event.payload, asked.part))
    piece = text[asked.offset : asked.offset + PIECE]
    end = asked.offset + len(piece)
    return EventText(
        ref=event.ref,
        at=event.at,
        kind=event.kind,
        role=event.role,
        duty=event.duty,
        part=asked.part,
        text=piece,
        characters=len(text),
        next_offset=end if end < len(text) else None,
    )


def _part(content: Any, path: str) -> Any:
    """A part of an event's content. Raises Unanswered, which says what there is in its place."""
    for name in filter(None, path.split(".")):
        match content:
            case Mapping() if name in content:
                content = cast(Mapping[str, Any], content)[name]
            case list() if name.isdecimal() and int(name) < len(cast(list[Any], content)):
                content = cast(list[Any], content)[int(name)]
            case Mapping():
                raise _no_data(f"there is no {name} in it; there is {', '.join(cast(Mapping[str, Any], content))}")
            case list():
                raise _no_data(f"there is no {name} in it; it is a list of {len(cast(list[Any], content))}")
            case _:
                raise _no_data(f"there is no {name} in it: it has no parts")
    return content


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(", ", ": "), default=str)


def _unknown(ref: str) -> Any:
    raise _no_data(f"there is no event {ref} in this incident's record")


def _no_data(said: str) -> Unanswered:
    return Unanswered(Refusal(error="no data", said=said))
