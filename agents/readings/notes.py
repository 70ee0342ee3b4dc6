"""Notes: the team's own runbooks and notes, as material to cite. What they tell to do is no order."""

from pydantic import BaseModel, Field

from agents.readings.searches import ToolQuestion


class NotesQuestion(ToolQuestion):
    """Which of the team's notes."""

    service: str
    alert: str = Field(default="", max_length=300)
    """The alert's title."""
    signature: str = Field(default="", max_length=500)
    """An error line."""
    text: str = Field(default="", max_length=200)
    """Notes that contain all these words, whatever they are about."""


class Note(BaseModel):
    """One note. Outside text, however well it is meant: it may be old, or not fit this incident."""

    file: str
    title: str
    matched_by: list[str]
    """signature, alert, service or text."""
    text: str
    is_cut: bool = False


class TeamNotes(BaseModel):
    """The notes that fit best, first those that name the signature, then the alert, then the service."""

    service: str
    notes: list[Note]
    left_out: list[str] = []
    """Files of more notes that fit."""
