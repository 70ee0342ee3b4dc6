"""Azure Monitor: the common schema, and the classic ones of metric alerts and the activity log."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agents.runtime.briefing import Alert, AlertStatus
from api.intake.parsing import reading
from api.intake.parsing.inbox import each
from api.intake.parsing.severities import Hint
from api.intake.parsing.status_words import plain
from api.intake.parsing.table import FieldTable

LEVELS: dict[str, Hint] = {"sev0": "P1", "0": "P1", "sev1": "P1", "1": "P1", "sev2": "P2", "2": "P2", "3": "P3"}
COMMON = FieldTable(
    source="azure",
    title=("data.essentials.alertRule",),
    status=("data.essentials.monitorCondition",),
    severity=("data.essentials.severity",),
    levels=LEVELS,
    description=("data.essentials.description", "data.alertContext"),
    service=("data.customProperties.service", "data.essentials.configurationItems.0"),
    environment=("data.customProperties.environment",),
    region=("data.essentials.targetResourceRegion",),
    key=("data.essentials.originAlertId", "data.essentials.alertId"),
    delivery=("data.essentials.alertId",),
    starts_at=("data.essentials.firedDateTime",),
    ends_at=("data.essentials.resolvedDateTime",),
    value=("data.alertContext.condition.allOf.0.metricValue",),
    links=("data.essentials.investigationLink", "data.alertContext.linkToFilteredSearchResultsUI"),
    labels=("data.customProperties", "data.alertContext.condition.allOf.0.dimensions"),
)
STATES: dict[str, AlertStatus] = {
    **dict.fromkeys(("unavailable", "degraded", "inprogress"), "firing"),
    **dict.fromkeys(("rca", "complete", "succeeded"), "resolved"),
    **dict.fromkeys(("planned", "accepted"), "control"),
}
ACTIVITY = "data.context.activityLog"
ACTIVITY_STATES = tuple(
    f"{ACTIVITY}.{name}" for name in ("properties.currentHealthStatus", "properties.stage", "status", "subStatus")
)
"""What an activity log says inside; outside it says `Activated` whatever happened."""
CLASSIC = FieldTable(
    source="azure",
    title=("context.name", "data.context.name", f"{ACTIVITY}.properties.title", f"{ACTIVITY}.operationName"),
    status=(*ACTIVITY_STATES, "status", "data.status"),
    words=STATES,
    severity=("context.severity", "data.context.severity", "data.context.activityLog.level"),
    levels=LEVELS,
    description=("context.description", "data.context.description", "data.context.activityLog.description"),
    service=(
        *("properties.service", f"{ACTIVITY}.properties.service", "context.resourceName", "data.context.resourceName"),
        f"{ACTIVITY}.resourceId",
    ),
    region=("context.resourceRegion", "data.context.resourceRegion"),
    key=(f"{ACTIVITY}.properties.trackingId", "context.id", "data.context.id"),
    key_parts=(f"{ACTIVITY}.resourceId", f"{ACTIVITY}.operationName"),
    starts_at=("context.timestamp", "data.context.timestamp", "data.context.activityLog.eventTimestamp"),
    value=("context.condition.metricValue", "data.context.condition.allOf.0.metricValue"),
    links=("context.portalLink", "data.context.portalLink"),
    labels=("properties", "data.properties"),
)


INNER = "data.alertContext"
ACTIVITY_COMMON = replace(
    COMMON,
    title=(f"{INNER}.properties.title", "data.essentials.alertRule"),
    status=(
        *tuple(f"{INNER}.{name}" for name in ("properties.currentHealthStatus", "properties.stage", "status")),
        "data.essentials.monitorCondition",
    ),
    words=STATES,
    service=("data.customProperties.service", f"{INNER}.properties.service", "data.essentials.configurationItems.0"),
    key=(f"{INNER}.properties.trackingId",),
    key_parts=("data.essentials.alertRule", "data.essentials.alertTargetIDs.0", f"{INNER}.operationName"),
)
"""Alerts on the activity log: each is a new one to Azure, so the thing itself is the key and says how it is."""


def _read(told: Mapping[str, Any]) -> Alert:
    if not isinstance(reading.at(told, "data.essentials"), dict):
        is_scaling = reading.first(told, ("operation",)).lower().startswith("scale")
        return CLASSIC.read(told).model_copy(update={"is_change": is_scaling})
    kind = plain(reading.first(told, ("data.essentials.signalType",)))
    return (ACTIVITY_COMMON if kind == "activitylog" else COMMON).read(told)


read = each(_read)
