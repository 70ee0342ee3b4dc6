"""Communication and escalation: the status page, executive briefs, and what the escalated roles hand back."""

from typing import Literal

from agents.reports.basis import Report, Status


class StatusUpdate(Report):
    """A status page update. (TPL-STATUS)"""

    status: Status
    impact: str
    """What users notice."""
    current_action: str


class Brief(Report):
    """An executive brief. (TPL-EXEC)"""

    situation: str
    """Service is down or degraded, affecting N users or % of traffic."""
    cause: str
    """Known or under investigation, with a short description if known."""
    action: str
    eta: str
    impact: str
    """Revenue, users, reputation."""


class Escalation(Report):
    """What an escalated role does. (ESC-1, ESC-2, ESC-5)"""

    actions: list[str]
    """What is set in motion, each in a sentence."""
    assessment: str
    asks: list[str] = []
    """What people are asked for."""


class RegulatoryAssessment(Report):
    """An assessment, never a sent notification. (ESC-3, ESC-4)"""

    notification_likely_required: Literal["yes", "no", "unclear"]
    regimes: list[str]
    """For example GDPR, CCPA."""
    clock: str
    """Which deadline runs from when, or who must record the awareness time."""
    assessment: str
    asks: list[str] = []


class Notification(Report):
    """A draft for people to decide on; not sent to anyone outside. (ESC-4)"""

    audience: str
    text: str
