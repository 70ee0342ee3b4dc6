"""Step 5: the parts of the post-mortem, and the backlog."""

from datetime import datetime

from pydantic import BaseModel, Field

from agents.reports.basis import Cites, Claim, Report


class TimelineEntry(BaseModel, extra="forbid", use_attribute_docstrings=True):
    """One line of the timeline."""

    at: datetime
    what: str
    cites: Cites = []


class Timeline(Report):
    """Introduced when, detected when, resolved when, total user impact. (S5.1)"""

    introduced_at: datetime | None
    detected_at: datetime
    resolved_at: datetime
    user_impact_minutes: float | None
    """How long users were hurt, by what was measured; None where it was not."""
    entries: list[TimelineEntry]


class RootCause(Report):
    """What failed, why, why it was not caught earlier, five whys. (S5.2)"""

    what_failed: Claim
    why: Claim
    why_not_caught: Claim
    five_whys: list[Claim] = Field(min_length=1, max_length=5)
    """Five, or fewer where the evidence ends; the last then says so."""


class Impact(Report):
    """Users, revenue, reputation, data. (S5.3)"""

    users: Claim
    revenue: Claim
    reputation: Claim
    data: Claim


class Prevention(Report):
    """Monitoring, testing, process and infrastructure that would have prevented it. (S5.4)"""

    monitoring: str
    testing: str
    process: str
    infrastructure: str


class ActionItem(BaseModel, extra="forbid", use_attribute_docstrings=True):
    """Action -> owner -> deadline."""

    action: str
    owner: str
    deadline: datetime


class ActionItems(Report):
    """The action items. (S5.5)"""

    items: list[ActionItem]


class BacklogEntry(BaseModel, extra="forbid", use_attribute_docstrings=True):
    """One task for the backlog."""

    title: str
    owner: str
    deadline: str
    why: str


class BacklogEntries(Report):
    """Tasks for the backlog. (S5.6, TEAM-P3)"""

    entries: list[BacklogEntry]
