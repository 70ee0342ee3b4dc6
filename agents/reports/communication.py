"""Communication: status page and executive briefs."""

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
