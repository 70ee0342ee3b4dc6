"""The basis of all reports: claims, checks, and the words for levels, causes and actions."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictInt, StrictStr

from agents.io.policy_rules import Action as Action  # the policy's rules name them, too
from agents.io.policy_rules import Severity as Severity

Cause = Literal["recent deployment", "infrastructure", "code bug", "external dependency"]
Status = Literal["Investigating", "Identified", "Monitoring", "Resolved"]
Parameters = dict[str, StrictStr | StrictInt]
"""Of an action, without its service. No other type is taken for these: neither 4.0 nor true is a whole number."""
Cites = Annotated[list[str], Field(description="refs of the transcript events that show it, e.g. ['3fa92c01']")]


class Calculation(BaseModel, extra="forbid", use_attribute_docstrings=True):
    """How a number follows from numbers that stand in cited events."""

    how: Literal["difference", "ratio", "share", "sum", "mean"]
    """share: a part over its whole, 0 to 1."""
    of: list[float] = Field(min_length=2)
    """The numbers, as the cited events have them; in the order of the calculation."""
    result: float


class Report(BaseModel, extra="forbid", use_attribute_docstrings=True):
    """What a duty hands back."""

    summary: str
    """One or two sentences that a tired person understands."""
    calculations: list[Calculation] = []
    """Behind numbers of the report that stand in no cited event themselves. Rounding and percent need none."""


class Claim(BaseModel, extra="forbid", use_attribute_docstrings=True):
    """A statement and the events that show it."""

    text: str
    cites: Cites


class Check(BaseModel, extra="forbid", use_attribute_docstrings=True):
    """One thing looked at: how it stands, in words with figures, and what shows it."""

    verdict: Literal["normal", "abnormal", "unknown"]
    text: str
    cites: Cites = []


class Objection(Report):
    """Whether a model objects to what the rules measured. An objection makes their report worse, never better."""

    objects: bool
    reasons: list[Claim] = []
    """What was read that contradicts the report."""
