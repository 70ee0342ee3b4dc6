"""Steps 3 and 4: proposals, how a mitigation goes, and whether it is over."""

from typing import Literal

from pydantic import Field

from agents.reports.basis import Action, Check, Claim, Parameters, Report


class Proposal(Report):
    """A frozen, typed change to production, for policy or a person to decide on."""

    action: Action | None
    """None where there is nothing safe to propose; the summary says why."""
    service: str
    is_needed: bool = True
    """False where nothing is proposed because nothing is wrong with it at this moment."""
    parameters: Parameters = {}
    """The acting port's arguments, beside the service."""
    reasons: list[Claim] = []
    risk: str = ""
    undo: str = ""
    takes_effect_in_minutes: int = Field(default=10, ge=0, le=10_080)
    """After how long a change for the better should show."""


class Recovery(Report):
    """Whether a fix took: recovered, on its way, not, or nobody can tell by what is measured."""

    state: Literal["recovered", "improving", "not recovered", "not measured"]
    checks: list[Check]


class Support(Report):
    """What the DevOps Automator did or checked in support of an infrastructure change. (S3.2)"""

    checks: list[Check]
    capacity_follows: bool
    """Replicas, machines and pipeline are in the state that the change needs."""


class HotfixCheck(Report):
    """Whether a candidate passes its checks before it is deployed. (S3.3)"""

    passed: bool
    checks: list[Check]


class ExternalRecovery(Report):
    """How the external dependency fares, and we without it. (S3.4)"""

    provider: str
    provider_recovered: bool
    service_normal: bool
    checks: list[Check]


class FixConfirmation(Report):
    """The fix resolves the issue, a screenshot of the working state, no new issue. (S4.1)"""

    resolves_the_issue: Check
    screenshot: Check
    screenshot_file: str = ""
    is_picture: bool = False
    no_new_issue: Check
    confirmed: bool


class Regression(Report):
    """Regression on the affected endpoints, response times, error rates. (S4.3)"""

    endpoints: list[Check]
    response_times: Check
    error_rates: Check
    passed: bool


class MetricsVerification(Report):
    """All metrics returning to normal, no cascading failure. (S4.2)"""

    metrics: Check
    cascading_failures: Check
    normal: bool
