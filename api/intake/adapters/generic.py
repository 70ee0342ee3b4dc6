"""Any JSON object: what its fields are called says what they are."""

from dataclasses import replace
from typing import Any

from agents.runtime.briefing import Alert
from api.intake.parsing.guess import TITLES
from api.intake.parsing.inbox import Adapter, each
from api.intake.parsing.table import FieldTable

TABLE = FieldTable(
    source="generic",
    title=TITLES,
    status=("status", "state", "event_action", "event_type", "action", "alert_type", "current_state", "type"),
    severity=("severity", "priority", "level", "urgency", "criticality", "importance"),
    description=("description", "details", "detail", "body", "message", "text", "reason", "output"),
    service=("service", "service_name", "service.name", "application", "app", "component", "resource", "host"),
    environment=("environment", "env", "stage"),
    region=("region", "location", "zone", "datacenter"),
    key=("dedup_key", "fingerprint", "alias", "incident_key", "incident_id", "alert_id", "check_id", "id"),
    delivery=("delivery_id", "event_id", "message_id"),
    starts_at=("starts_at", "started_at", "startsAt", "timestamp", "time", "date", "created_at", "occurred_at"),
    ends_at=("ends_at", "ended_at", "resolved_at", "closed_at"),
    value=("value", "current_value", "measured"),
    links=("link", "links", "url", "html_url", "runbook_url", "runbook", "dashboard_url", "alert_url"),
    labels=("labels", "tags", "attributes", "dimensions", "metadata"),
)


def of(source: str) -> Adapter:
    """Read any JSON in the name of a sender."""
    table = replace(TABLE, source=source)
    return each(lambda told: read_one(table, told))


def read_one(table: FieldTable, told: Any) -> Alert:
    """Read one alert. What says nothing that we know of its status is taken as firing."""
    alert = table.read(told)
    if alert.status != "unknown":
        return alert
    return alert.model_copy(update={"status": "firing", "unread": [what for what in alert.unread if what != "status"]})


read = of("generic")
