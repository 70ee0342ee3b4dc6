"""Telling: an event -> one line that a tired person understands. The terminal, the demo and the page show the same."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from api.narration.sentences import TOLD, anything
from api.narration.vocabulary import RUN, Tone, title
from graphs.transcript.event import Event
from graphs.transcript.facts import STEPS


class EventLine(NamedTuple):
    """One line: when, who, what."""

    at: datetime
    who: str
    what: str
    tone: Tone = "plain"
    detail: bool = False
    """Only for those who want to see everything."""
    seq: int = 0
    kind: str = ""


class EventNarrator:
    """Tells one run's events in order, with a heading where a step of the main lane begins."""

    def __init__(self) -> None:
        self._step = 0

    def tell(self, event: Event) -> Iterator[EventLine]:
        """Give the event's line, and before it a heading where a step begins."""
        step = _step(event)
        if step and step != self._step:
            self._step = step
            yield EventLine(event.at, "", f"Step {step}: {STEPS[step - 1]}", "heading", seq=event.seq)
        yield line_of(event)


def line_of(event: Event) -> EventLine:
    """Put an event into one line."""
    sentence = TOLD.get(event.kind, anything)(event)
    who = sentence.who or (title(event.role) if event.role else RUN)
    return EventLine(
        event.at,
        clean(who),
        _timely(clean(sentence.what), event.at),
        sentence.tone,
        sentence.detail,
        event.seq,
        event.kind,
    )


def clean(text: str) -> str:
    """Put a text on one line, without what a terminal would take for a command."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def shortened(text: str, longest: int) -> str:
    """Cut a text after a whole word."""
    return text if len(text) <= longest else f"{text[: longest - 1].rpartition(' ')[0]} …"


def _timely(text: str, at: datetime) -> str:
    """Leave out what every time of a night has in common: the date of the line, and that it is UTC."""
    return re.sub(rf"(?:{at:%Y-%m-%d} )?\b(\d\d:\d\d)(?: UTC\b)", r"\1", text)


def _step(event: Event) -> int:
    found = re.match(r"main/s([1-5])_", event.key)
    return int(found[1]) if found and event.kind != "timer" else 0
