"""What was tried before, or was not allowed to be."""

from agents.reports.basis import Parameters
from agents.runtime.briefing import Attempt

REFUSALS = 2
"""A refused change may be put once more after another look has confirmed the cause; not a third time."""


def already_tried(attempts: list[Attempt], service: str, action: str | None, parameters: Parameters) -> bool:
    """Whether this very change failed, did not help, or was refused even after a second look."""
    same = same_change(attempts, service, action, parameters)
    return any(a.outcome in ("did not help", "failed") for a in same) or refusals(same) >= REFUSALS


def refusals(attempts: list[Attempt]) -> int:
    """How often people said no."""
    return sum(a.outcome == "refused" for a in attempts)


def same_change(attempts: list[Attempt], service: str, action: str | None, parameters: Parameters) -> list[Attempt]:
    change = (service, action, parameters)
    return [a for a in attempts if (a.proposal.service, a.proposal.action, a.proposal.parameters) == change]
