"""Google Cloud Monitoring, webhook 1.1 and 1.2; also as Pub/Sub pushes it."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from agents.io.outside_text import NotJson
from agents.runtime.briefing import Alert
from api.intake.parsing import reading
from api.intake.parsing.inbox import each
from api.intake.parsing.table import FieldTable

TABLE = FieldTable(
    source="google_cloud",
    title=("incident.policy_name", "incident.condition_name", "incident.summary"),
    status=("incident.state",),
    severity=("incident.severity", "incident.policy_user_labels.severity"),
    description=("incident.summary", "incident.documentation.content"),
    service=("incident.policy_user_labels.service", "incident.resource.labels.service_name", "incident.resource_name"),
    environment=("incident.policy_user_labels.environment", "incident.policy_user_labels.env"),
    region=("incident.resource.labels.location", "incident.resource.labels.zone"),
    key=("incident.incident_id",),
    starts_at=("incident.started_at",),
    ends_at=("incident.ended_at",),
    value=("incident.observed_value",),
    links=("incident.url",),
    labels=("incident.policy_user_labels", "incident.resource.labels", "incident.metric.labels"),
)


REPORTED = FieldTable(
    source="google_cloud",
    title=("exception_info.type", "subject"),
    description=("exception_info.message",),
    service=("event_info.service", "group_info.project_id"),
    key_parts=("group_info.project_id", "event_info.service", "exception_info.type", "exception_info.message"),
    links=("group_info.detail_link", "event_info.request_url"),
    known_by=("group_info", "subject"),
)
"""Error Reporting, which speaks of new errors only."""


def _read(told: Mapping[str, Any]) -> Alert:
    if REPORTED.fits(told):
        return REPORTED.read(told)
    pushed = reading.text(reading.at(told, "message.data"))
    if "incident" in told or not pushed:
        return TABLE.read(told)
    try:
        inner = reading.json_in(base64.b64decode(pushed))
    except (NotJson, binascii.Error, ValueError):
        return TABLE.read(told)
    alert = TABLE.read(inner if isinstance(inner, dict) else told)
    return alert.model_copy(update={"delivery_id": reading.first(told, ("message.messageId",))})


read = each(_read)
