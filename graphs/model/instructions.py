"""Instructions: what people tell a run without having been asked."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field, model_validator

from agents.reports.basis import Cause, Severity


class Instruction(BaseModel, extra="forbid"):
    """Carried out by the run at its next wait."""

    kind: Literal["severity", "cause", "handled", "over", "not over", "cancel", "scope"]
    """handled: "I did this myself". over: "it is over, and nobody did anything"; not over: "it still goes on".
    scope: the incident has grown; from the run's own reassessment only."""
    by: str = Field(min_length=1, max_length=200)
    comment: str = Field(default="", max_length=4000)
    severity: Severity | None = None
    cause: Cause | None = None
    component: str = Field(default="", max_length=200)
    ref: str = ""
    """The transcript event that holds it, to cite; of a scope: that holds the scope."""

    @model_validator(mode="after")
    def says_what_it_must(self) -> "Instruction":
        if self.kind == "severity" and self.severity is None:
            raise ValueError('an instruction "severity" needs "severity"')
        if self.kind == "cause" and not (self.cause and self.component):
            raise ValueError('an instruction "cause" needs "cause" and "component"')
        return self


class Remark(BaseModel, extra="forbid"):
    """What people add to the record, or switch."""

    kind: Literal["note", "hold", "resume", "awareness"]
    """hold: nothing acts until `resume`. awareness: since when people know of a data breach; the 72 h run from it."""
    by: str = Field(min_length=1, max_length=200)
    text: str = Field(default="", max_length=4000)
    at: datetime | None = None
    """Of the awareness."""

    @model_validator(mode="after")
    def says_what_it_must(self) -> "Remark":
        if self.kind == "note" and not self.text.strip():
            raise ValueError("a note needs a text")
        if self.kind == "awareness" and (self.at is None or self.at.tzinfo is None):
            raise ValueError('an awareness needs "at", a time with its zone')
        return self
