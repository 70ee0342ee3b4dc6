"""Azure Monitor: the common schema, and the classic ones of metric alerts and the activity log."""

from collections.abc import Mapping
from typing import Any

from agents.runtime.briefing import Alert
from api.intake.parsing import reading
from api.intake.parsing.inbox import each
from api.intake.parsing.severities import Hint
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
CLASSIC = FieldTable(
    source="azure",
    title=("context.name", "data.context.name", "data.context.activityLog.operationName"),
    status=("status", "data.status", "data.context.activityLog.status"),
    severity=("context.severity", "data.context.severity", "data.context.activityLog.level"),
    levels=LEVELS,
    description=("context.description", "data.context.description", "data.context.activityLog.description"),
    service=("properties.service", "context.resourceName", "data.context.resourceName"),
    region=("context.resourceRegion", "data.context.resourceRegion"),
    key=("context.id", "data.context.id", "data.context.activityLog.resourceId"),
    starts_at=("context.timestamp", "data.context.timestamp", "data.context.activityLog.eventTimestamp"),
    value=("context.condition.metricValue", "data.context.condition.allOf.0.metricValue"),
    links=("context.portalLink", "data.context.portalLink"),
    labels=("properties", "data.properties"),
)


def _read(told: Mapping[str, Any]) -> Alert:
    return (COMMON if isinstance(reading.at(told, "data.essentials"), dict) else CLASSIC).read(told)


read = each(_read)
