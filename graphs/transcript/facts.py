"""Facts: what a transcript says of its run so far; read by the lanes, the doors and the exams alike."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel

from agents.io.spending_limits import Spent
from agents.reports.basis import Severity, Status
from agents.reports.investigation import Conclusion
from agents.reports.mitigation import Proposal
from agents.reports.post_mortem import TimelineEntry
from agents.reports.triage import Scope
from agents.runtime.briefing import Alert, Attempt
from graphs.model.instructions import Instruction
from graphs.model.questions import Question
from graphs.transcript.event import Event

STEPS = ("triage", "investigation", "mitigation", "verification", "post-mortem")


class Escalated(BaseModel):
    """A fired row of the escalation matrix."""

    row: str
    at: datetime


class Facts(BaseModel):
    """The present state of a run, folded from its transcript."""

    id: str = ""
    alert: Alert | None = None
    service: str = ""
    alerts: int = 0
    """How many alerts joined this run."""
    alert_resolved: bool = False
    """The sender says that the alert is over: a hint, no proof."""
    started_at: datetime | None = None
    minute_seconds: float = 60
    parent: str = ""
    """The storm that it is a part of."""
    queued: bool = False
    """It waits in the queue of that storm."""
    incidents: int = 0
    """Of this storm, at the last count."""

    severity: Severity | None = None
    severity_set_by: str = ""
    accepted: Severity | None = None
    """The worst level whose facts were known when it was set; a person may have gone below."""
    team: list[str] = []
    activated_at: datetime | None = None
    respond_by: datetime | None = None
    responded_at: datetime | None = None
    scope: Scope | None = None
    scope_ref: str = ""
    scope_at: datetime | None = None

    step: int = 1
    public_status: Status = "Investigating"
    status_changed_at: datetime | None = None
    conclusion: Conclusion | None = None
    conclusion_ref: str = ""
    attempts: list[Attempt] = []
    proposal: Proposal | None = None
    """The last change that was proposed, as it was decided."""
    acted_at: datetime | None = None
    """When that change was made."""
    fixed_at: datetime | None = None
    """When recovery was verified; a relapse takes it back."""
    relapsed_at: datetime | None = None
    resolved_at: datetime | None = None
    post_mortem_due: datetime | None = None
    post_mortem_at: datetime | None = None
    backlog_at: datetime | None = None
    closed_at: datetime | None = None
    cancelled: bool = False

    last_update_at: datetime | None = None
    last_update_status: Status | None = None
    last_brief_at: datetime | None = None
    last_brief_status: Status | None = None
    updates_sent: int = 0
    briefs_sent: int = 0
    escalated: list[Escalated] = []
    revenue_limit: float | None = None
    awareness_at: datetime | None = None

    marked: list[str] = []
    """What the lanes have seen to once and for all."""
    open_questions: list[Question] = []
    asked_at: dict[str, datetime] = {}
    """Question -> when it was asked."""
    unanswered: list[Question] = []
    """Questions that expired."""
    notes: list[str] = []
    instructions: list[Instruction] = []
    """What the run was told unasked, oldest first."""
    held: bool = False
    """A person has put acting on hold."""
    history: list[TimelineEntry] = []
    duties_by: dict[str, int] = {}
    """book | model -> duties done."""
    spent: Spent = Spent()
    """On the model path."""
    tokens_in: int = 0
    tokens_out: int = 0
    degraded: int = 0
    seen: int = 0
    """The last event folded in."""

    @property
    def status(self) -> Literal["running", "waiting", "resolved", "closed", "cancelled"]:
        if self.cancelled:
            return "cancelled"
        if self.closed_at:
            return "closed"
        if self.resolved_at:
            return "resolved"
        return "waiting" if self.queued or any(q.kind != "revenue limit" for q in self.open_questions) else "running"

    @property
    def minute(self) -> timedelta:
        """How long a minute of the runbook lasts in this run."""
        return timedelta(seconds=self.minute_seconds)

    def tell(self, event: Event, what: str) -> None:
        """Add a line to the history."""
        self.history.append(TimelineEntry(at=event.at, what=what, cites=[event.ref]))
