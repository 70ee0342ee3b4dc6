"""Splunk Observability Cloud: the default body of a detector's webhook."""

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
    group_key=("detectorId",),
    starts_at=("timestampISO8601", "timestamp"),
    value=("inputs",),
    links=("detectorUrl", "runbookUrl", "imageUrl"),
    labels=("dimensions",),
)
read = each(TABLE.read)
