"""Questions to people, and what a run pauses for."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field, model_validator

from agents.reports import Cause

QuestionKind = Literal["approval", "direction", "revenue limit"]


class Question(BaseModel):
    """Something only a person may say."""

    id: str
    kind: QuestionKind
    text: str
    proposal: dict[str, Any] | None = None
    """The frozen proposal, for an approval."""
    options: list[str]
    """The words that `answer` may be."""
    expires_at: datetime | None = None


class HumanAnswer(BaseModel, extra="forbid"):
    """A person's answer to a question."""

    answer: Literal["approve", "refuse", "look again", "cause", "handled", "amount"]
    by: str = Field(default="on-call", min_length=1, max_length=200)
    comment: str = Field(default="", max_length=4000)
    cause: Cause | None = None
    component: str = Field(default="", max_length=200)
    amount: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def says_what_it_must(self) -> "HumanAnswer":
        if self.answer == "cause" and not (self.cause and self.component):
            raise ValueError('an answer "cause" needs "cause" and "component"')
        if self.answer == "amount" and self.amount is None:
            raise ValueError('an answer "amount" needs "amount"')
        return self


class Pause(BaseModel):
    """What a waiting node hands to the runner: everything that ends the wait."""

    occurrence: str
    why: str
    until: datetime | None = None
    question: Question | None = None
    ends_on_news: bool = False
    """It ends at an event that the lanes beside the main one have to know of."""
    seen: int = 0
    """Only events after this one are news."""
