"""Webhook events: what outgoing webhooks are told of a run. The shape is promised; a change of it is a new version."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from agents.reports.basis import Severity, Status
from graphs.transcript.event import Event
from graphs.transcript.facts import Facts

TYPES: dict[str, str] = {
    "alert": "run.alerted",
    "classification": "run.classified",
    "activation": "run.team_activated",
    "status": "run.status_changed",
    "conclusion": "run.concluded",
    "proposal": "run.change_proposed",
    "decision": "run.change_decided",
    "result": "run.change_made",
    "question": "run.question_asked",
    "answer": "run.question_answered",
    "withdrawn": "run.question_withdrawn",
    "escalation": "run.escalated",
    "resolved": "run.resolved",
    "post_mortem": "run.post_mortem_written",
    "closed": "run.closed",
    "cancelled": "run.cancelled",
}
"""Kind of event in the transcript -> type of event outside. What is not here is told to nobody."""
Type = Literal[
    "run.alerted",
    "run.classified",
    "run.team_activated",
    "run.status_changed",
    "run.concluded",
    "run.change_proposed",
    "run.change_decided",
    "run.change_made",
    "run.question_asked",
    "run.question_answered",
    "run.question_withdrawn",
    "run.escalated",
    "run.resolved",
    "run.post_mortem_written",
    "run.closed",
    "run.cancelled",
]


class RunAtThatTime(BaseModel):
    """The run as it stood when the event happened."""

    version: Literal[1] = 1
    """Of this shape. Fields may be added; none is taken away or changed in meaning without another number."""
    run: str
    url: str
    """The run's page."""
    seq: int
    """The event's number in the run's transcript."""
    ref: str
    """What claims cite it by."""
    text: str
    """What happened, in one line; from what senders, tools and people said: untrusted."""
    title: str
    """Of the alert that started the run."""
    service: str
    severity: Severity | None
    status: Literal["running", "waiting", "resolved", "closed", "cancelled"]
    public_status: Status
    question: str | None = None
    """Of the events about questions: POST /v1/runs/{run}/answers/{question} answers it."""


class RunEvent(BaseModel):
    """One delivery, as Standard Webhooks lays it out."""

    type: Type
    timestamp: datetime = Field(description="When it happened, not when it is delivered.")
    data: RunAtThatTime


def told(event: Event, facts: Facts, public_url: str) -> RunEvent:
    """Put an event into the promised shape; the facts reach up to it."""
    line = next((entry.what for entry in reversed(facts.history) if entry.cites == [event.ref]), "")
    asked: dict[str, str] | str | None = event.payload.get("question")
    data = RunAtThatTime(
        run=facts.id,
        url=f"{public_url}/runs/{facts.id}",
        seq=event.seq,
        ref=event.ref,
        text=line or event.kind.replace("_", " "),
        title=facts.alert.title if facts.alert else "",
        service=facts.service,
        severity=facts.severity,
        status=facts.status,
        public_status=facts.public_status,
        question=asked["id"] if isinstance(asked, dict) else asked,
    )
    kind = event.kind if event.is_readable else event.payload["was"]
    return RunEvent.model_validate({"type": TYPES[kind], "timestamp": event.at, "data": data})


def schema() -> dict[str, Any]:
    """The promised shape as JSON Schema."""
    return RunEvent.model_json_schema()
