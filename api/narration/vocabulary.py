"""What is said: a sentence, its tone, and the words for names and times."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

import prompts
from agents.roster import ROSTER
from graphs.transcript.event import Event
from graphs.transcript.event_shapes import UNREADABLE

Payload = dict[str, Any]

Tone = Literal["plain", "quiet", "good", "bad", "asks", "heading"]
RUN = "Warroom"


class Sentence(NamedTuple):
    """What an event says, before it has a time and an author."""

    what: str
    tone: Tone = "plain"
    detail: bool = False
    """Only for those who want to see everything."""
    who: str = ""
    """Who says it, where that is not the event's role."""


def title(role: str) -> str:
    """A role's title; one that is no longer in the roster is called by its name."""
    return prompts.page(role).title if role in ROSTER else words(role)


def words(name: str) -> str:
    """A name of the code as words."""
    return name.replace("_", " ")


def clock(time: object) -> str:
    """A time of the day, which says that it is UTC: a reader may have chosen to see other times as local ones."""
    return f"{datetime.fromisoformat(str(time)).astimezone(UTC):%H:%M} UTC"


def lasting(duration: timedelta) -> str:
    """A duration as people say it, never negative."""
    seconds = max(0, round(duration.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours = seconds // 60, seconds // 3600
    if hours == 0:
        return f"{minutes} min"
    return f"{hours} h {minutes % 60:02} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def cost(tokens: int, estimated: int, money: float) -> str:
    """What a model took, and how much of that is our own estimate; empty where none was asked."""
    if not tokens:
        return ""
    guessed = f", {'all' if estimated >= tokens else f'{estimated:,}'} of them estimated" if estimated else ""
    return f"{tokens:,} tokens{guessed}{f', {money:.2f}' if money else ''}"


TOPICS: dict[str, frozenset[str]] = {
    "what was found": frozenset({"duty_finished", "classification", "hypothesis", "conclusion", "status", "storm"}),
    "decisions and people": frozenset(
        {
            *("proposal", "question", "approval", "answer", "decision", "withdrawn", "instruction", "reassessment"),
            *("note", "inquiry", "reply", "hold", "resume", "awareness", "cancelled", "escalation"),
        }
    ),
    "changes to production": frozenset({"intent", "result", "attempt", "resolved", "closed"}),
    "what was sent": frozenset({"outbound", "post_mortem", "post_mortem_edited", "post_mortem_published", "backlog"}),
    "alerts": frozenset({"alert", "queued", "released"}),
    "questions to tools and models": frozenset({"tool_call", "tool_result", "model_call", "model_answer"}),
    "what went wrong": frozenset({"degraded", "error", "breaker", UNREADABLE}),
}
"""What a reader may want to see alone -> the kinds of events that belong to it."""


def topic_of(kind: str) -> str:
    """The topic of a kind of event; empty: it belongs to none."""
    return next((topic for topic, kinds in TOPICS.items() if kind in kinds), "")


def always(sentence: Sentence) -> Callable[[Event], Sentence]:
    """Say the same whatever the event holds."""
    return lambda _: sentence
