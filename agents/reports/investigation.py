"""Step 2: what investigators hand back."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from agents.reports.basis import Cause, Check, Claim, Report


class Hypothesis(BaseModel, extra="forbid", use_attribute_docstrings=True):
    """One possible cause, with what speaks for it and what rules it out."""

    cause: Cause
    component: str
    """The service, database or provider that failed first."""
    statement: str
    status: Literal["open", "supported", "ruled out"]
    strength: int = Field(default=0, ge=0, le=3)
    """0 nothing speaks for it, 1 weak, 2 fair, 3 strong."""
    support: list[Claim] = []
    against: list[Claim] = []
    onset: datetime | None = None
    """When the component began to fail, if the evidence says so."""
    service: str = ""
    """The service on which to act, where it is not the component (the caller of a provider)."""
    dependency: str = ""
    """What it calls: the provider that fails, or the store of which a version asks too much."""
    version: str = ""
    """The suspected version, for a deployment."""
    change: str = ""
    """What the record says of the suspected change, where it is no deployment; in its own words."""
    changed_at: datetime | None = None
    """When that version was deployed, or that change made."""
    signature: str = ""
    """The error signature, for a code bug."""
    instances: list[str] = []
    """The instances, shards or nodes that ail, where most others of the component are well."""


class Findings(Report):
    """What one investigator saw and takes it to mean."""

    claims: list[Claim] = []
    hypotheses: list[Hypothesis] = []
    missing: list[str] = []
    """What was asked for and could not be seen."""
    abnormal: bool
    """Anything at all is out of its usual range now."""


class SystemFindings(Findings):
    """The four checks of S2.1: system metrics, error logs, recent deployments, external dependencies."""

    cpu: Check
    memory: Check
    network: Check
    disk: Check
    error_logs: Check
    recent_deployments: Check
    external_dependencies: Check


class BackendFindings(Findings):
    """Database health, API error rates, service-to-service communication, the failing component. (S2.2)"""

    database_health: Check
    api_error_rates: Check
    service_to_service: Check
    failing_component: Check


class DeliveryFindings(Findings):
    """Deployment history, pipeline, a rollback prepared if needed, infrastructure state. (S2.3)"""

    deployment_history: Check
    pipeline_status: Check
    rollback_prepared: Check
    infrastructure_state: Check


class ClientFindings(Findings):
    """Client-side symptoms. (S2.4)"""

    client_side: Check


class Conclusion(Report):
    """Output of step 2: the cause, or the component it is narrowed down to, or what is missing."""

    verdict: Literal["cause found", "nothing wrong", "recovered by itself", "insufficient evidence"]
    cause: Cause | None = None
    component: str | None = None
    confidence: Literal["high", "medium", "low"] = "low"
    hypotheses: list[Hypothesis] = []
    """All that were considered, the chosen one first."""
    introduced_at: datetime | None = None
    missing: list[str] = []
