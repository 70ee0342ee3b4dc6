"""A run as the API, the pages and the terminal show it: its facts, without those that only the workflows need."""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, computed_field

from agents.io.catalogue import Catalogue
from agents.io.spending_limits import Spent
from agents.reports.basis import Cause, Severity, Status
from api.narration.standing import headline
from graphs.background import communication, escalation
from graphs.model.questions import Instruction, Question
from graphs.model.runbook import BREACH_NOTIFICATION_WITHIN, TEAMS
from graphs.runtime.briefings import revenue_lost
from graphs.transcript.event import Event
from graphs.transcript.facts import STEPS, Escalated, Facts
from graphs.transcript.since_asked import since_asked


class OpenQuestion(Question):
    """An open question, with what its frozen proposal says about a yes, and what came since it was asked."""

    asked_at: datetime | None = None
    since_asked: str = ""
    """What the newest look found and what people told since then; empty: nothing."""
    risk: str | None
    """None: it is about no proposal."""
    undo: str | None

    @computed_field
    @property
    def approvals_missing(self) -> int:
        """How many more people have to approve."""
        return super().approvals_missing

    @computed_field
    @property
    def who_may_answer(self) -> str:
        """Who may answer, and how many approvals are missing, in words."""
        return super().who_may_answer


class RunView(BaseModel):
    """A run as JSON. Times are UTC."""

    id: str
    title: str
    """Of the alert that started it."""
    headline: str
    """What fails, as it was measured; where nothing was, the alert's title."""
    service: str
    status: Literal["running", "waiting", "resolved", "closed", "cancelled"]
    severity: Severity | None
    severity_set_by: str
    step: int
    """1 triage, 2 investigation, 3 mitigation, 4 verification, 5 post-mortem."""
    step_name: str
    team: list[str]
    commander: str | None
    """The role that commands the incident; levels below P1 have none."""
    verdict: str | None
    """Of the investigation: cause found, nothing wrong, recovered by itself, insufficient evidence."""
    cause: Cause | None
    component: str | None
    confidence: str | None
    conclusion: str | None
    questions: list[OpenQuestion]
    """The open ones: answer at /v1/runs/{id}/answers/{question}."""
    held: bool
    """A person has put this run's acting on hold; the switch for all runs is GET /v1/hold."""
    instructions: list[Instruction]
    """What people told the run unasked, oldest first."""
    notes: list[str]

    started_at: datetime | None
    respond_by: datetime | None
    responded_at: datetime | None
    fixed_at: datetime | None
    """When recovery was verified."""
    resolved_at: datetime | None
    post_mortem_due: datetime | None
    post_mortem_at: datetime | None
    closed_at: datetime | None
    awareness_at: datetime | None
    """Since when people know of a data breach."""
    notify_by: datetime | None
    """The authority, of that breach: 72 h after the awareness."""

    status_page: Status
    updates_sent: int
    briefs_sent: int
    next_update_at: datetime | None
    """Of the status page; None: at the next change of status, or never."""
    escalations: list[Escalated]
    escalates_at: dict[str, datetime]
    """Row of the matrix -> when its clock runs out, as things stand."""
    mitigations_failed: int
    users_affected: int | None
    services: list[str]
    """With abnormal signals."""
    revenue_lost: float | None
    revenue_limit: float | None

    alerts: int
    """How many alerts joined it; GET /v1/runs/{id}/alerts lists them."""
    parent: str
    """The storm that it is a part of; empty: none."""
    queued: bool
    """It waits in the queue of that storm."""
    incidents: int
    """Of this storm, at the last count; 0: it is none."""
    unseen: bool
    """It was closed without anyone looking: its alerts ended while it waited in the queue of a storm."""
    events: int
    by_book: int
    """Duties done by the rules."""
    by_model: int
    model_share: float
    """Of the duties done, 0 to 1."""
    model_line: str
    """Who did the duties, and why not the model, in one plain line; empty where no model was asked."""
    spent: Spent
    """On models: calls, tool calls that were done for them, tokens, money in the currency of the prices, seconds.

    Tokens are estimated where the endpoint says nothing of them that can be believed; `tokens_estimated` is how many.
    """
    tokens_in: int
    tokens_out: int
    degraded: int
    """How often something could not be done as planned, such as a duty by the model."""
    minute_seconds: float
    """How long a minute of the runbook lasts in this run."""
    as_of: datetime
    """The server's time at which it stood so: ages and countdowns are counted from here, also in a simulation."""


SAME = set(RunView.model_fields) & set(Facts.model_fields)


def view_of(facts: Facts, catalogue: Catalogue, now: datetime) -> RunView:
    """Show a run as it stands."""
    return RunView.model_validate(
        {
            **facts.model_dump(include=SAME),
            **_conclusion(facts),
            **_shares(facts),
            **_ahead(facts, catalogue, now),
            "title": facts.alert.title if facts.alert else "",
            "headline": headline(facts),
            "status": facts.status,
            "spent": facts.spent + facts.spent_answering,
            "step_name": STEPS[facts.step - 1],
            "questions": [_asked(question, facts) for question in facts.open_questions],
            "notify_by": facts.awareness_at and facts.awareness_at + timedelta(minutes=BREACH_NOTIFICATION_WITHIN),
            "status_page": facts.public_status,
            "escalations": facts.escalated,
            "mitigations_failed": sum(attempt.outcome in ("failed", "did not help") for attempt in facts.attempts),
            "users_affected": facts.scope.users_affected if facts.scope else None,
            "services": facts.scope.services if facts.scope else [],
            "revenue_lost": revenue_lost(facts, catalogue, now),
            "events": facts.seen,
            "as_of": now,
        }
    )


def _asked(question: Question, facts: Facts) -> OpenQuestion:
    proposal = question.proposal or {}
    return OpenQuestion(
        **question.model_dump(),
        asked_at=facts.asked_at.get(question.id),
        since_asked=since_asked(facts, question),
        risk=proposal.get("risk"),
        undo=proposal.get("undo"),
    )


def _conclusion(facts: Facts) -> dict[str, Any]:
    found = facts.conclusion
    if found is None:
        return dict.fromkeys(("verdict", "cause", "component", "confidence", "conclusion"))
    fields = found.model_dump(include={"verdict", "cause", "component", "confidence"})
    return {**fields, "conclusion": found.summary}


def _shares(facts: Facts) -> dict[str, Any]:
    book, model = facts.duties_by.get("book", 0), facts.duties_by.get("model", 0)
    share = round(model / max(1, book + model), 3)
    return {"by_book": book, "by_model": model, "model_share": share, "model_line": _model_line(facts, book, model)}


def _model_line(facts: Facts, by_book: int, by_model: int) -> str:
    if not (by_model or facts.model_fault or facts.spent.model_calls):
        return ""
    done = by_book + by_model
    duties = "1 duty was" if done == 1 else f"{done} duties were"
    line = f"{duties} done so far, {by_model} by the model and {by_book} by the rules."
    return f"{line} The model's last call failed: {facts.model_fault}" if facts.model_fault else line


def _ahead(facts: Facts, catalogue: Catalogue, now: datetime) -> dict[str, Any]:
    over = communication.over(facts)
    return {
        "commander": _commander(facts.severity),
        "next_update_at": None if over else communication.next_due(facts, now, catalogue),
        "escalates_at": {} if over else escalation.countdowns(facts, catalogue),
    }


def _commander(severity: Severity | None) -> str | None:
    members = TEAMS[severity].members if severity else {}
    return next((role for role, part in members.items() if part.startswith("incident commander")), None)


def shown(event: Event) -> dict[str, Any]:
    """An event as plain JSON values."""
    return event.model_dump(mode="json")
