"""PagerDuty's Events API v2, as its receiver: trigger, acknowledge and resolve."""

from api.intake.parsing.inbox import each
from api.intake.parsing.table import FieldTable

TABLE = FieldTable(
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
read = each(TABLE.read)
