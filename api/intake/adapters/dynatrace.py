"""Dynatrace, problem notification: the default keys, or our template (templates/dynatrace.json)."""

from api.intake.parsing.inbox import each
from api.intake.parsing.table import FieldTable

TABLE = FieldTable(
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
"""MERGED: the problem goes on as part of another, which has an alert of its own."""
read = each(TABLE.read)
