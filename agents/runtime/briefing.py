"""A briefing: the facts of the incident as a role is told them at the start of a duty."""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel

from agents.io.catalogue import Catalogue
from agents.reports.basis import Check, Claim, Parameters, Severity, Status
from agents.reports.investigation import Conclusion, Findings
from agents.reports.mitigation import FixConfirmation, Proposal, Regression
from agents.reports.post_mortem import ActionItems, Impact, Prevention, RootCause, Timeline, TimelineEntry
from agents.reports.triage import Acknowledgement, Scope
from agents.runtime.ledger import Ledger

RelevantDeveloper = Literal["backend_architect", "frontend_developer"]
AlertStatus = Literal["firing", "resolved", "acknowledged", "no data", "unknown", "control"]
"""control: of the sender's own affairs, such as a ping; it never touches a run."""
WATCH_AFTER_FIX = 30
"""S4.2: minutes of the runbook."""


class Alert(BaseModel):
    """The alert that started the run, in our own shape. Every text in it is untrusted."""

    source: str = "warroom"
    title: str
    description: str = ""
    service: str = ""
    severity: str = ""
    """The sender's own word for it: a hint only."""
    labels: dict[str, str] = {}
    links: list[str] = []
    starts_at: datetime | None = None
    dedup_key: str = ""
    status: AlertStatus = "firing"
    environment: str = ""
    region: str = ""
    value: str = ""
    """What was measured, as the sender wrote it."""
    ends_at: datetime | None = None
    hint: Literal["", "P1", "P2", "P3"] = ""
    """What the sender's severity comes to; never P0, which takes a look at customers."""
    group_key: str = ""
    """What the sender itself puts together."""
    delivery_id: str = ""
    """The sender's name for this one delivery."""
    raw_ref: str = ""
    """Under which name the body is kept as it came."""
    unread: list[str] = []
    """What could not be read, and so is guessed or missing."""
    key_is_unique: bool = False
    """The sender's key names one alert in all of its environments: what says that it is over need not name one."""
    is_change: bool = False
    """It tells of a change, such as a pipeline that ran, and not of production itself."""
    verified: bool = False
    """The sender proved who it is."""
    scheme: str = ""
    """How, or how not."""
    sender: str = ""
    """Who proved to send it, in the form of graphs/model/identity.py; filled in at intake, whatever a body says."""


class SeverityFloor(BaseModel):
    """The lowest severity the written rules allow, and the rules that say so."""

    severity: Severity
    reasons: list[str]


class RoleFindings(BaseModel):
    """What one role found in step 2."""

    role: str
    findings: Findings
    checks: dict[str, Check] = {}
    """What it checked one by one, such as cpu or database_health."""


AttemptOutcome = Literal["fixed", "helped for a time", "did not help", "failed", "refused", "expired", "overtaken"]
"""Helped for a time: recovery was measured, and it came back. Expired: nobody decided in time. Overtaken: by then it
was no longer to be done."""
IN_VAIN: frozenset[AttemptOutcome] = frozenset({"did not help", "helped for a time", "failed"})
"""After which the very same change is not the way out."""


class Attempt(BaseModel):
    """A mitigation that was tried, or was not allowed to be."""

    cause: str
    component: str
    proposal: Proposal
    outcome: AttemptOutcome
    said: str = ""
    """What the tool, the check or the person said."""
    at: datetime
    cites: list[str] = []


class PostMortemDraft(BaseModel):
    """The parts of the post-mortem that are done."""

    timeline: Timeline | None = None
    root_cause: RootCause | None = None
    impact: Impact | None = None
    prevention: Prevention | None = None
    action_items: ActionItems | None = None


class PersonsQuestion(BaseModel):
    """What a person asks of a run. Its text is untrusted: it asks, and orders nothing."""

    by: str
    text: str
    at: datetime
    is_over: bool = False
    """The run is over: only its record can be read."""


class Briefing(BaseModel):
    """Everything a duty may start from. What it needs beyond this, it asks its tools."""

    run: str
    now: datetime
    minute: timedelta = timedelta(minutes=1)
    """How long a minute of the runbook lasts in this run; shorter in a lab. For arithmetic; a model is not told."""
    started_at: datetime
    """When the alert came in: the incident's clock starts here."""
    alert: Alert
    alert_ref: str = ""
    """The event with which it came in, to cite."""
    service: str
    """The alerted service; may be unknown to the catalogue."""
    catalogue: Catalogue
    severity: Severity | None = None
    floor: SeverityFloor | None = None
    status: Status = "Investigating"
    status_changed_at: datetime | None = None
    """For arithmetic; a model reads it in the history."""
    acknowledgement: Acknowledgement | None = None
    scope: Scope | None = None
    scope_at: datetime | None = None
    """When it was looked at."""
    scope_ref: str = ""
    """The transcript event that holds the scope, to cite."""
    relevant_developer: RelevantDeveloper = "backend_architect"
    findings: list[RoleFindings] = []
    """Of the present round of investigation."""
    conclusion: Conclusion | None = None
    conclusion_ref: str = ""
    ledger: Ledger = Ledger()
    """What was measured, said and done so far, of which nothing is ever taken back."""
    attempts: list[Attempt] = []
    proposal: Proposal | None = None
    """The proposal in hand, in step 3."""
    acted_at: datetime | None = None
    """When the last change to production was made."""
    candidate_version: str = ""
    """A built hotfix, before it is deployed."""
    fixed_at: datetime | None = None
    is_vouched: bool = False
    """That it is over, a person has said; it could not be measured."""
    resolved_at: datetime | None = None
    fix_confirmation: FixConfirmation | None = None
    regression: Regression | None = None
    revenue_limit: float | None = None
    """The amount X of ESC-5."""
    revenue_lost: float | None = None
    """So far, from the catalogue's revenue per minute and the share of users affected."""
    next_update_at: datetime | None = None
    awareness_at: datetime | None = None
    """When a person recorded becoming aware of a data breach; the 72 h run from it."""
    history: list[TimelineEntry] = []
    """What the transcript says happened, oldest first, for updates and the post-mortem."""
    updates_sent: int = 0
    last_update_words: list[str] = []
    """Impact and current action of the last status page update, as they were published."""
    notes: list[str] = []
    """What people told the run."""
    post_mortem: PostMortemDraft = PostMortemDraft()
    question: PersonsQuestion | None = None
    """Of a duty that answers one."""

    @property
    def detected_at(self) -> datetime:
        """The first sign: when the sender says that it began, or when the alert came in."""
        return min(moment for moment in (self.alert.starts_at, self.started_at) if moment is not None)

    @property
    def elapsed(self) -> timedelta:
        return self.now - self.started_at

    def claims(self) -> list[Claim]:
        """Every claim of the present findings."""
        return [claim for found in self.findings for claim in found.findings.claims]

    def facts(self) -> dict[str, Any]:
        """The briefing as plain values, for the page's template."""
        return {
            **self.model_dump(mode="json", exclude={"catalogue", "minute", "status_changed_at"}),
            "catalogue": self.catalogue.plain,
        }


def already_tried(briefing: Briefing, service: str, action: str | None, parameters: Parameters) -> bool:
    """Whether this very change failed, did not help or not for long, or was refused."""
    return tried_before(briefing, service, action, parameters) is not None


def tried_before(briefing: Briefing, service: str, action: str | None, parameters: Parameters) -> Attempt | None:
    """The last time that this very change failed, did not help or not for long, or was refused.

    What was refused may be put once more where it follows from a cause that a person has named since.
    """
    deed = (service, action, parameters)
    same = [a for a in briefing.attempts if (a.proposal.service, a.proposal.action, a.proposal.parameters) == deed]
    found = briefing.conclusion
    concluded = (found.cause, found.component) if found else None
    named = [one.at for one in briefing.ledger.statements if one.cause and (one.cause, one.component) == concluded]
    return next((a for a in reversed(same) if a.outcome in IN_VAIN or _holds(a, named)), None)


def _holds(attempt: Attempt, named: list[datetime]) -> bool:
    """Whether a refusal still counts, given when people named the cause that is concluded."""
    return attempt.outcome == "refused" and not any(moment > attempt.at for moment in named)
