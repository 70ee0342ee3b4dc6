"""CDEvents: incidents detected, reported and resolved; other events of delivery are no alerts."""

from collections.abc import Mapping
from typing import Any

from agents.runtime.briefing import Alert
from api.intake.parsing import reading
from api.intake.parsing.inbox import each
from api.intake.parsing.table import FieldTable

TABLE = FieldTable(
    source="cdevents",
    title=("subject.content.description", "customData.title", "customData.summary"),
    severity=("customData.severity",),
    description=("subject.content.description",),
    service=("subject.content.service.id", "subject.content.service.source"),
    environment=("subject.content.environment.id",),
    key=("subject.id",),
    delivery=("context.id",),
    starts_at=("context.timestamp",),
    links=("subject.content.ticketURI", "subject.content.uri", "context.source"),
    labels=("customData",),
)
STATES = {"detected": "firing", "reported": "firing", "resolved": "resolved"}


def is_one(told: Any) -> bool:
    """Whether this is a CDEvent."""
    return reading.first(told, ("context.type",)).startswith("dev.cdevents.")


def read_one(told: Mapping[str, Any]) -> Alert:
    """Read one event."""
    alert = TABLE.read(told)
    words = reading.first(told, ("context.type",)).split(".")
    state = next((STATES[word] for word in words if word in STATES), "unknown") if "incident" in words else "control"
    title = alert.title or " ".join([*words[2:4], alert.dedup_key]).strip()
    unread = [] if state != "unknown" else ["status"]
    return alert.model_copy(update={"title": title, "status": state, "unread": unread})


read = each(read_one)
