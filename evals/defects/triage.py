"""Defects of step 1."""

from contextlib import AbstractContextManager
from typing import Any

from agents.reports.basis import Severity
from agents.runtime.briefing import SeverityFloor
from evals.defects.planting import altered, both, defect, swapped
from graphs.background import reassessment
from graphs.model import severity
from graphs.model.runbook import TEAMS, WORST_FIRST
from graphs.steps import triage

Planted = AbstractContextManager[None]


def _shifted(by: int) -> Planted:
    real = severity.floor

    def floor(*seen: Any) -> SeverityFloor:
        lowest = real(*seen)
        level = min(max(WORST_FIRST.index(lowest.severity) + by, 0), len(WORST_FIRST) - 1)
        return lowest.model_copy(update={"severity": WORST_FIRST[level]})

    return swapped(severity, "floor", floor)


@defect("first_light", "quiet_otter")
def severity_floor_off_by_one() -> Planted:
    """The rules of severity arrive at one level too low, and the role does not raise it."""
    lower = {"P0": "P1", "P1": "P2", "P2": "P3", "P3": "P3"}

    def too_low(report: dict[str, Any]) -> None:
        report["severity"] = lower[report["severity"]] if report["severity"] != "P3" else "P3"

    return both(_shifted(1), altered("infrastructure_maintainer", "classify", too_low))


@defect("blue_tern")
def severity_one_too_high() -> Planted:
    """Everything is called one level worse than it is."""
    return _shifted(-1)


@defect("still_pond", "first_light")
def scope_played_down() -> Planted:
    """A third of the error rate is reported, and nothing is ever completely down."""

    def smaller(report: dict[str, Any]) -> None:
        report["error_rate"] = (report["error_rate"] or 0) / 3
        report["completely_down"] = False

    return altered("infrastructure_maintainer", "assess_scope", smaller)


@defect("open_gate")
def breach_overlooked() -> Planted:
    """A suspected breach is not mentioned in the scope."""

    def silent(report: dict[str, Any]) -> None:
        report["breach_suspected"] = False

    return altered("infrastructure_maintainer", "assess_scope", silent)


@defect("first_light")
def team_incomplete() -> Planted:
    """At P0 the Frontend Developer is not activated."""
    members = {role: part for role, part in TEAMS["P0"].members.items() if role != "frontend_developer"}
    return swapped(TEAMS, "P0", TEAMS["P0"]._replace(members=members))


@defect("amber_pike")
def alert_not_understood() -> Planted:
    """The acknowledgement does not say what the alert says."""

    def empty(report: dict[str, Any]) -> None:
        report["understood"] = ""

    return altered("infrastructure_maintainer", "acknowledge", empty)


@defect("first_light")
def floor_not_kept() -> Planted:
    """Of the levels that are proposed the mildest is taken."""

    def mildest(*levels: Severity) -> Severity:
        return max(levels, key=WORST_FIRST.index)

    return swapped(triage, "worst", mildest)


@defect("long_tide")
def growth_not_seen() -> Planted:
    """Nobody looks at the scope again while a person is asked."""

    def nothing(*_: Any) -> list[str]:
        return []

    return swapped(reassessment, "due", nothing)
