"""Defects of escalation."""

from contextlib import AbstractContextManager
from typing import Any

from agents.roles import project_shepherd
from evals.defects.planting import defect, swapped
from graphs.background import escalation
from graphs.model.runbook import MATRIX

Planted = AbstractContextManager[None]


def _never(*starts: str) -> Planted:
    real = escalation.due

    def due(*seen: Any) -> list[str]:
        return [name for name in real(*seen) if not name.startswith(starts)]

    return swapped(escalation, "due", due)


@defect("deep_current")
def wrong_escalation_minute() -> Planted:
    """ESC-1 fires after 40 minutes instead of 30."""
    return swapped(MATRIX, "ESC-1", MATRIX["ESC-1"]._replace(after=40))


@defect("first_light")
def escalated_too_early() -> Planted:
    """ESC-1 fires after ten minutes."""
    return swapped(MATRIX, "ESC-1", MATRIX["ESC-1"]._replace(after=10))


@defect("salt_marsh")
def escalation_lost() -> Planted:
    """ESC-2 never fires."""
    return _never("esc_2")


@defect("deep_current")
def escalated_to_the_wrong_role() -> Planted:
    """ESC-1 goes to the Project Shepherd."""
    return swapped(escalation.DUTIES, "ESC-1", {"esc_1_project_shepherd": project_shepherd.reallocate_resources})


@defect("open_gate")
def legal_not_told() -> Planted:
    """A suspected breach reaches nobody."""
    return _never("esc_3")


@defect("broken_reed")
def privacy_half_told() -> Planted:
    """Of ESC-4 only the executives hear."""
    return _never("esc_4_legal_compliance_checker")


@defect("red_kite")
def revenue_not_told() -> Planted:
    """The revenue passes the amount, and nobody is called."""
    return _never("esc_5")
