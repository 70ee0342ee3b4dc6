"""PagerDuty: an event of a webhook version 3, the messages of versions 1 and 2, and bodies of its Events API v2."""

from collections.abc import Mapping
from typing import Any, cast

from agents.runtime.briefing import Alert, AlertStatus
from api.intake.parsing import reading
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Inbox, each, entries, gather
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
OLD = FieldTable(
    source="pagerduty",
    title=tuple(
        f"{here}incident.{name}"
        for here in ("", "data.")
        for name in (
            "title",
            "trigger_summary_data.subject",
            "trigger_summary_data.description",
            "summary",
            "description",
        )
    ),
    status=("event", "type"),
    words={
        **EVENTS,
        **dict.fromkeys(("incidentassign", "incidentdelegate", "incidentannotate"), "control"),
        **dict.fromkeys(("incidentescalate", "incidentunacknowledge"), "firing"),
    },
    severity=("incident.priority.summary", "incident.priority.name", "incident.urgency", "data.incident.urgency"),
    description=("incident.description", "data.incident.trigger_summary_data.description"),
    service=("incident.service.name", "incident.service.summary", "data.incident.service.name"),
    key=("incident.id", "data.incident.id"),
    delivery=("id",),
    starts_at=("incident.created_at", "data.incident.created_on", "created_on"),
    links=("incident.html_url", "data.incident.html_url"),
)
"""Versions 1 and 2, whose body is a list of messages."""
EVENTS_API = FieldTable(
    source="pagerduty_events",
    title=("payload.summary",),
    status=("event_action",),
    severity=("payload.severity",),
    description=("payload.custom_details",),
    service=("payload.custom_details.service", "payload.component", "payload.source"),
    environment=("payload.custom_details.environment",),
    key=("dedup_key",),
    unique_key=True,
    group_key=("payload.group",),
    starts_at=("payload.timestamp",),
    links=("links", "client_url"),
    labels=("payload.custom_details",),
)
"""What is sent to PagerDuty itself: trigger, acknowledge and resolve."""
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


def read(delivery: Delivery) -> Inbox:
    """Read an event, or every message of an older body."""
    listed = reading.at(delivery.told, "messages")
    if isinstance(listed, list):
        return gather(cast(list[Any], listed), OLD.read)
    return gather(entries(delivery.told), _read)


read_events_api = each(EVENTS_API.read)
