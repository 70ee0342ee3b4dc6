"""Splunk: the default body of a detector's webhook, and saved searches."""

from collections.abc import Mapping
from typing import Any

from agents.runtime.briefing import Alert
from api.intake.parsing.inbox import each
from api.intake.parsing.table import FieldTable

TABLE = FieldTable(
    source="splunk",
    title=("messageTitle", "rule", "detector"),
    status=("statusExtended", "status"),
    words={
        **dict.fromkeys(("anomalous", "toohigh", "toolow"), "firing"),
        **dict.fromkeys(("manuallyresolved", "autoresolved", "stopped"), "resolved"),
    },
    severity=("severity",),
    description=("messageBody", "description", "tip"),
    service=("dimensions.service", "dimensions.sf_service", "dimensions.service.name", "originatingMetric"),
    environment=("dimensions.sf_environment", "dimensions.deployment.environment"),
    key=("incidentId",),
    starts_at=("timestampISO8601", "timestamp"),
    value=("inputs",),
    links=("detectorUrl", "runbookUrl", "imageUrl"),
    labels=("dimensions",),
)
SEARCH = FieldTable(
    source="splunk",
    title=("search_name", "result.alert_name", "result.title"),
    status=("result.status", "result.state", "status"),
    severity=("result.severity", "severity", "result.urgency", "result.priority"),
    description=("result.message", "result._raw", "result.description", "result"),
    service=("result.service", "result.app", "result.host", "app"),
    environment=("result.environment", "result.env"),
    key_parts=("app", "search_name", "result.service", "result.host", "result.source"),
    delivery=("sid",),
    starts_at=("result._time",),
    links=("results_link",),
    known_by=("search_name",),
)
"""A saved search of Splunk Enterprise: it speaks when it finds something, with the first result."""


def _read(told: Mapping[str, Any]) -> Alert:
    alert = (SEARCH if SEARCH.fits(told) else TABLE).read(told)
    return alert.model_copy(update={"status": "firing", "unread": []}) if alert.status == "unknown" else alert


read = each(_read)
