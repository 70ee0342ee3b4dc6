"""Observability platforms: Dynatrace, New Relic, Honeycomb."""

from collections.abc import Mapping
from typing import Any

from agents.runtime.briefing import Alert
from api.intake.parsing import reading
from api.intake.parsing.inbox import each
from api.intake.parsing.table import FieldTable

DYNATRACE = FieldTable(
    source="dynatrace",
    title=("ProblemTitle", "event.name", "title"),
    status=("State", "event.status"),
    words={"merged": "acknowledged"},
    severity=("ProblemSeverity", "event.category"),
    description=("ProblemDetailsText", "ProblemDetailsJSON", "ProblemImpact"),
    service=("ImpactedEntities.0.name", "ImpactedEntityNames", "ImpactedEntity"),
    key=("PID", "ProblemID", "event.id"),
    starts_at=("StartTime", "event.start"),
    links=("ProblemURL",),
    labels=("Tags",),
)
"""The default keys of a problem notification, or our template (templates/dynatrace.json).

MERGED: the problem goes on as part of another, which has an alert of its own.
"""
NEW_RELIC = FieldTable(
    source="new_relic",
    title=("title", "annotations.title.0", "condition_name", "alertConditionNames.0", "details"),
    status=("state", "current_state"),
    words={"activated": "firing", "created": "firing", "deactivated": "resolved"},
    severity=("priority", "severity"),
    description=("annotations.description.0", "details", "trigger", "condition_metric_name"),
    service=("impactedEntities.0", "targets.0.name"),
    key=("id", "issueId", "incident_id"),
    starts_at=("createdAt", "activatedAt", "timestamp"),
    ends_at=("closedAt",),
    links=("issueUrl", "issuePageUrl", "incident_url", "runbook_url", "violationChartUrl"),
    labels=("targets.0.labels", "accumulations.tag"),
)
"""The workflow template as it comes, and the legacy channel's body."""
HONEYCOMB = FieldTable(
    source="honeycomb",
    title=("name", "alert.name", "summary"),
    status=("status", "alert.status"),
    severity=("severity",),
    description=("summary", "trigger_description", "description", "alert.description"),
    service=("service", "result_groups_triggered.0.Group.service.name", "result_groups.0.Group.service.name"),
    environment=("environment.slug", "environment"),
    key=("id", "trigger_id", "alert.id"),
    starts_at=("timestamp", "alert.timestamp"),
    value=("result_groups_triggered.0.Result", "result_groups.0.Result", "budget_rate"),
    links=("trigger_url", "result_url", "url", "alert.url"),
    labels=("result_groups_triggered.0.Group", "result_groups.0.Group"),
)


def honeycomb(told: Mapping[str, Any]) -> Alert:
    """Read a trigger or a burn alert; a test of it touches no run."""
    alert = HONEYCOMB.read(told)
    return alert.model_copy(update={"status": "control"}) if reading.at(told, "isTest") is True else alert


ADAPTERS = {
    "dynatrace": each(DYNATRACE.read),
    "new_relic": each(NEW_RELIC.read),
    "honeycomb": each(honeycomb),
}
