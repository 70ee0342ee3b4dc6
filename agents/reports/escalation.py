"""Escalation: what the escalated roles hand back."""

from typing import Literal

from agents.reports.basis import Report


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
