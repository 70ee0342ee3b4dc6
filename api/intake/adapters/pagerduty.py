"""PagerDuty, webhooks version 3: an event of an incident."""

from collections.abc import Mapping
from typing import Any

from agents.runtime.briefing import Alert, AlertStatus
from api.intake.parsing import reading
from api.intake.parsing.inbox import each
from api.intake.parsing.table import FieldTable

EVENTS: dict[str, AlertStatus] = {
    "incidenttriggered": "firing",
    "incidentreopened": "firing",
    "incidentunacknowledged": "firing",
    "incidentescalated": "firing",
    "incidentacknowledged": "acknowledged",
    "incidentresolved": "resolved",
    "pageyping": "control",
}
TABLE = FieldTable(
    source="pagerduty",
    title=("event.data.title", "event.data.summary", "event.data.incident.summary", "event.data.message"),
    status=("event.event_type",),
    words=EVENTS,
    severity=("event.data.priority.summary", "event.data.urgency"),
    description=("event.data.description", "event.data.body.details"),
    service=("event.data.service.summary", "event.data.service.id"),
    key=("event.data.incident.id", "event.data.id"),
    delivery=("event.id",),
    starts_at=("event.data.created_at", "event.occurred_at"),
    ends_at=("event.data.resolved_at",),
    links=("event.data.html_url", "event.data.incident.html_url", "event.client.url"),
    labels=("event.data.custom_fields",),
)
BY_STATE: dict[str, AlertStatus] = {"triggered": "firing", "acknowledged": "acknowledged", "resolved": "resolved"}


def _read(told: Mapping[str, Any]) -> Alert:
    """Read an event. One that is not of the incident's state, such as a note, says the state that it stands in."""
    alert = TABLE.read(told)
    if alert.status != "unknown":
        return alert
    state = BY_STATE.get(reading.first(told, ("event.data.status",)))
    if state is None and reading.first(told, ("event.event_type",)):
        state = "control"
    return alert.model_copy(update={"status": state or "unknown", "unread": [] if state else alert.unread})


read = each(_read)
