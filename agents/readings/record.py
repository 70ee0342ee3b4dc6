"""The record: what is looked for in a run's own transcript, and the events, or parts of one, that are found."""

from datetime import datetime

from pydantic import BaseModel, Field

from agents.readings.searches import ToolQuestion


class TranscriptSearch(ToolQuestion):
    """Which events of this incident."""

    text: str = Field(default="", max_length=200)
    """Events that contain all these words, upper or lower case."""
    kind: str = Field(default="", max_length=100)
    """Events of this kind, such as tool_result, duty_finished, proposal, decision, result, status, note."""
    role: str = Field(default="", max_length=100)
    """Events of this role, such as devops_automator."""
    after: str = Field(default="", max_length=100)
    """A ref: events later than that one, to go on from it."""


class EventNamed(BaseModel):
    """Which event it is, and whose."""

    ref: str
    """To cite, and to read it as a whole."""
    at: datetime
    kind: str
    role: str = ""
    duty: str = ""


class EventExcerpt(EventNamed):
    """One event, in short."""

    tool: str = ""
    excerpt: str
    """The beginning of its content, or the part with the first of the words."""


class FoundEvents(BaseModel):
    """Events that were found, oldest first."""

    events: list[EventExcerpt]
    later_left_out: int = 0
    """So many more were found after the last one listed."""


class EventReading(ToolQuestion):
    """Which event, or which part of it."""

    ref: str = Field(max_length=100)
    part: str = Field(default="", max_length=200)
    """Names and numbers that lead to a part of it, such as value.patterns.0. Empty: all of it."""
    offset: int = Field(default=0, ge=0)
    """Character at which to go on reading."""


class EventText(EventNamed):
    """The content of an event as JSON, or a piece of it. Cite the event that it is of, not this reading."""

    part: str = ""
    text: str
    characters: int
    """Of the whole part."""
    next_offset: int | None = None
    """Where to go on; null at the end."""
