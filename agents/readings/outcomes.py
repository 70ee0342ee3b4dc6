"""Outcomes: what became of a request."""

from typing import Literal

from pydantic import BaseModel, Field, field_validator

from agents.io.redaction import beginning


class ActionResult(BaseModel):
    """What became of a requested change."""

    done: bool
    detail: str
    reference: str = ""
    """The outside system's own name for it, where it gives one (a version, an address, a ticket)."""


class Refusal(BaseModel):
    """A tool's error: what was asked, over which range, and what was answered."""

    error: Literal["not connected", "no data", "timeout", "failed"]
    said: str = Field(max_length=2000)

    @field_validator("said", mode="before")
    @classmethod
    def is_harmless(cls, said: str) -> str:
        """However little the tool's words are worth: they refuse, and break nothing."""
        return beginning(said, 2000)
