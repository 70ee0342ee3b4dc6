"""Facts: what a transcript says of its run so far; read by the workflows, the API and the evals alike."""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel

from agents.io.spending_limits import Spent
from agents.readings.history import PastIncidents
from agents.reports.basis import Severity, Status
from agents.reports.investigation import Conclusion
from agents.reports.mitigation import FixConfirmation, Proposal, Regression
from agents.reports.post_mortem import TimelineEntry
from agents.reports.triage import Acknowledgement, Scope
from agents.runtime.briefing import Alert, Attempt, PostMortemDraft, RelevantDeveloper, RoleFindings
from agents.runtime.ledger import Ledger
from graphs.model.policy import Approval
from graphs.model.questions import Instruction, Question
from graphs.transcript.event import Event

STEPS = ("triage", "investigation", "mitigation", "verification", "post-mortem")


class Escalated(BaseModel):
    """A fired row of the escalation matrix."""

    row: str
    at: datetime


class Investigation(BaseModel):
    """One investigator's look in step 2."""

    occurrence: str
    node: str
    findings: RoleFindings | None = None
    """None while it is under way."""


class Facts(BaseModel):
    """The present state of a run, folded from its transcript."""

    id: str = ""
    alert: Alert | None = None
    alert_ref: str = ""
    """The event with which it came in."""
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
    acknowledgement: Acknowledgement | None = None
    scope: Scope | None = None
    """The newest look at it, whoever took it; for the main workflow, the one that the severity was decided on."""
    scope_ref: str = ""
    newest_scope: Scope | None = None
    """The newest look, for everybody: what is lost is estimated from it."""
    scope_look_began: dict[str, datetime] = {}
    """By workflow: when it last began to look at the scope."""
    newest_scope_at: datetime | None = None
    """When that look began: it says nothing of what came while it went on."""
    scope_at: datetime | None = None
    """When the look in hand began; for the main workflow, where a newer one was taken, when it was finished."""
    relevant_developer: RelevantDeveloper = "backend_architect"

    step: int = 1
    public_status: Status = "Investigating"
    status_changed_at: datetime | None = None
    investigations: list[Investigation] = []
    """Of the newest round, in the order in which they began."""
    concluded: bool = False
    """That round has ended: the next investigation begins another."""
    conclusion: Conclusion | None = None
    conclusion_ref: str = ""
    ledger: Ledger = Ledger()
    """Damage, people's statements and acts: what no later look takes back."""
    attempts: list[Attempt] = []
    directed_at: datetime | None = None
    """When a person last named the cause."""
    proposal: Proposal | None = None
    """The open change: as it was proposed or approved, until it counts as an attempt."""
    acted_at: datetime | None = None
    """When that change was made."""
    carried_out_at: datetime | None = None
    """When the newest change was made, as its own result says; None while it was not."""
    last_proposal: Proposal | None = None
    """The newest change, as it was proposed or approved; what became of it does not take it back."""
    asked_for_by: str = ""
    """Who asked for the newest change, where a person did and not a role."""
    act_parameters: dict[str, dict[str, str | int]] = {}
    """Act and service, such as "rollback shop" -> with what it could be done, by the newest reading."""
    past_incidents: PastIncidents | None = None
    """Earlier incidents of the alerted service, as they were read last."""
    proposed_at: datetime | None = None
    asked_anew: str = ""
    """Why it is put to people again after an approval; empty: it is not."""
    asked_though_over: bool = False
    """It is put to them again because what it was proposed for was measured to be over."""
    as_proposed: Proposal | None = None
    """The newest change as it was proposed, before whoever approved it changed it."""
    approvals: list[Approval] = []
    """Of the open change, where it needs several: those before the decision."""
    approval: str = ""
    """The key of the decision that approved it; empty before there is one."""
    decided_at: datetime | None = None
    changed_at: datetime | None = None
    """When production was last changed, by the run or by a person's own account."""
    candidate_version: str = ""
    """A hotfix that was built."""
    told_users: str | None = None
    """The Support Responder's newest message to users about doing without a provider."""
    fix_confirmation: FixConfirmation | None = None
    """Of step 4, the newest; so is the regression."""
    regression: Regression | None = None
    fixed_at: datetime | None = None
    """When recovery was verified; a relapse takes it back."""
    is_vouched: bool = False
    """That it is over, a person has said; it could not be measured."""
    relapsed_at: datetime | None = None
    resolved_at: datetime | None = None
    post_mortem: PostMortemDraft = PostMortemDraft()
    """The parts that are done."""
    post_mortem_due: datetime | None = None
    post_mortem_at: datetime | None = None
    backlog_at: datetime | None = None
    closed_at: datetime | None = None
    cancelled: bool = False
    unseen: bool = False
    """It was closed without anyone looking: its alerts ended while it waited in the queue of a storm."""

    last_update_at: datetime | None = None
    last_update_status: Status | None = None
    last_update_words: list[str] = []
    """Impact and current action, as they were published."""
    last_brief_at: datetime | None = None
    last_brief_status: Status | None = None
    updates_sent: int = 0
    briefs_sent: int = 0
    escalated: list[Escalated] = []
    revenue_limit: float | None = None
    awareness_at: datetime | None = None

    marked: list[str] = []
    """What the background workflows have done once and for all."""
    open_questions: list[Question] = []
    asked_at: dict[str, datetime] = {}
    """Question -> when it was asked."""
    unanswered: list[Question] = []
    """Questions that expired."""
    notes: list[str] = []
    instructions: list[Instruction] = []
    """What people instructed without being asked, and growth that the run itself saw; oldest first."""
    held: bool = False
    """A person has put acting on hold."""
    history: list[TimelineEntry] = []
    duties_by: dict[str, int] = {}
    """book or model -> how many duties were done that way."""
    model_fault: str = ""
    """Why the last call of a model brought no answer; empty where it brought one, or none was made."""
    spent: Spent = Spent()
    """On models, by the duties of the incident."""
    spent_answering: Spent = Spent()
    """On models, to answer what people ask: it takes nothing from what the incident's duties may spend."""
    tokens_in: int = 0
    tokens_out: int = 0
    degraded: int = 0
    seen: int = 0
    """The last event folded in."""

    @property
    def alert_received(self) -> Alert:
        """The alert that started the run; there is one from the first event on."""
        assert self.alert is not None
        return self.alert

    @property
    def detected_at(self) -> datetime:
        """The first sign: when the sender says that it began, or when the alert came in."""
        assert self.started_at is not None
        began = self.alert_received.starts_at
        return min(began, self.started_at) if began else self.started_at

    @property
    def findings(self) -> list[RoleFindings]:
        """What the investigators of the newest round have reported."""
        return [look.findings for look in self.investigations if look.findings]

    @property
    def binding_attempts(self) -> list[Attempt]:
        """The attempts that count when a change is proposed.

        What was refused is not proposed again unchanged: people have said no to it. Once a person has named the cause,
        an earlier refusal no longer counts: it was a no to another explanation, and what follows from the named cause
        may be the very change that was refused. What was tried and did not help counts for ever.
        """
        since = self.directed_at
        return [a for a in self.attempts if a.outcome != "refused" or since is None or a.at > since]

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

    def snapshot(self, **changes: Any) -> "Facts":
        """The facts as they are now, with some of them changed; later events do not reach it."""
        lists: dict[str, Any] = {name: value.copy() for name, value in self if isinstance(value, (list, dict))}
        return self.model_copy(update={**lists, **changes})

    def by_newest_look(self) -> "Facts":
        """The facts with the newest look at the scope in hand, whoever took it: for words about how it is now."""
        return self.snapshot(scope=self.newest_scope, scope_at=self.newest_scope_at)

    def record(self, event: Event, what: str) -> None:
        """Add a line to the history."""
        self.history.append(TimelineEntry(at=event.at, what=what, cites=[event.ref]))
