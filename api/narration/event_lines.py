"""Telling: an event -> one line that a tired person understands. The terminal, the demo and the page show the same."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from agents.io.outside_text import clean
from api.narration.sentences import TOLD, anything
from api.narration.vocabulary import RUN, Tone, title
from graphs.transcript.event import Event
from graphs.transcript.facts import STEPS

TIME = re.compile(r"(?:\b(\d{4}-\d\d-\d\d) )?\b(\d\d:\d\d) UTC\b")


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
    """Tells one run's events in order, with a heading where a step of the main lane begins.

    `zone`: of all times in the lines; None: the zone of this machine."""

    def __init__(self, zone: tzinfo | None = UTC) -> None:
        self._zone = zone
        self._step = 0

    def tell(self, event: Event) -> Iterator[EventLine]:
        """Give the event's line, and before it a heading where a step begins."""
        step = _step(event)
        if step and step != self._step:
            self._step = step
            yield EventLine(
                event.at.astimezone(self._zone), "", f"Step {step}: {STEPS[step - 1]}", "heading", seq=event.seq
            )
        yield line_of(event, self._zone)


def line_of(event: Event, zone: tzinfo | None = UTC) -> EventLine:
    """Put an event into one line."""
    at = event.at.astimezone(zone)
    sentence = TOLD.get(event.kind, anything)(event)
    who = sentence.who or (title(event.role) if event.role else RUN)
    return EventLine(
        at,
        clean(who),
        _timely(clean(sentence.what), at),
        sentence.tone,
        sentence.detail,
        event.seq,
        event.kind,
    )


def shortened(text: str, longest: int) -> str:
    """Cut a text after a whole word."""
    return text if len(text) <= longest else f"{text[: longest - 1].rpartition(' ')[0]} …"


def _timely(text: str, at: datetime) -> str:
    """Write each time that says it is UTC in the zone of the line, without the line's own date."""
    if "UTC" not in text:
        return text

    def shown(found: re.Match[str]) -> str:
        try:
            moment = datetime.fromisoformat(f"{found[1] or at.astimezone(UTC).date()} {found[2]}+00:00")
            here = moment.astimezone(at.tzinfo)
        except (ValueError, OverflowError):
            return found[0]
        return f"{here:%H:%M}" if not found[1] or here.date() == at.date() else f"{here:%Y-%m-%d %H:%M}"

    return TIME.sub(shown, text)


def _step(event: Event) -> int:
    found = re.match(r"main/s([1-5])_", event.key)
    return int(found[1]) if found and event.kind != "timer" else 0
