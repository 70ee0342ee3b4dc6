"""Step 1: what triage hands back."""

from typing import Literal

from pydantic import BaseModel

from agents.reports.basis import Claim, Objection, Report, Severity


class Message(Report):
    """Words for the incident's channel, a team or a role."""

    text: str


class Acknowledgement(Report):
    """The alert was seen and understood. (S1.1)"""

    understood: str
    """What the alert says, in plain words."""
    symptom: Literal["unavailable", "errors", "slow", "data", "security", "client side", "cosmetic", "unknown"]


class FailingFeatures(BaseModel):
    """The features of a service whose endpoints fail, where the rest of the service does not."""

    names: list[str]
    """What customers call them."""
    share: float
    """Of the requests to them, failed now."""


class Scope(Report):
    """Scope and impact: how many users, which services, is data at risk. (S1.2)"""

    users_affected: int | None
    users_share: float | None
    """Share of active users who meet the fault, 0 to 1."""
    services: list[str]
    """Services with abnormal signals, the alerted one first."""
    data_at_risk: Literal["no", "yes", "unknown"]
    data_loss: bool = False
    breach_suspected: bool = False
    user_data_affected: bool = False
    error_rate: float | None = None
    """Of the alerted service, now."""
    error_rates: dict[str, float] = {}
    """Error rate now of each service in trouble whose rate is known: an alert on a cache says little of its callers."""
    features: dict[str, FailingFeatures] = {}
    """Of services in trouble of which only some declared features fail, these. The rules measure it."""
    latency_ratio: float | None = None
    """Latency now over its own baseline."""
    completely_down: bool = False
    down: list[str] = []
    """Of the services in trouble, those that are completely down."""
    client_side: bool = False
    """The symptom is in the client and not in the services."""
    api_related: bool = False
    """The service answers API requests, so that S4.3 applies."""
    abnormal: bool
    """Anything at all is out of its usual range now."""
    claims: list[Claim] = []

    @property
    def words_on_data(self) -> str:
        """What the integrity checks and the audit said; empty where they were not asked."""
        return next((claim.text for claim in self.claims if claim.text.startswith("data of")), "")


class ScopeObjection(Objection):
    """Whether a model sees a scope larger than the rules measured it, and in what."""

    users_affected: int | None = None
    error_rate: float | None = None
    services: list[str] = []
    """In trouble, and not in the report."""
    data_at_risk: Literal["no", "yes", "unknown"] = "no"
    data_loss: bool = False
    breach_suspected: bool = False
    user_data_affected: bool = False
    completely_down: bool = False


class Classification(Report):
    """The severity, and why. (S1.3)"""

    severity: Severity
    reasons: list[Claim]
