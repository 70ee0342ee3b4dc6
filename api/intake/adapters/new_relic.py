"""New Relic: the workflow template as it comes, and the legacy channel's body."""

from api.intake.parsing.inbox import each
from api.intake.parsing.table import FieldTable

TABLE = FieldTable(
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
read = each(TABLE.read)
