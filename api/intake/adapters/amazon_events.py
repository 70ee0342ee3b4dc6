"""Amazon EventBridge: events that are no CloudWatch alarms: of AWS Health, GuardDuty, RDS, pipelines and others."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from agents.runtime.briefing import Alert, AlertStatus
from api.intake.parsing import reading
from api.intake.parsing.inbox import entries
from api.intake.parsing.severities import Hint
from api.intake.parsing.status_words import plain, status_in
from api.intake.parsing.table import FieldTable

BASE = FieldTable(
    source="cloudwatch",
    title=(
        "detail.title",
        "detail.eventDescription.0.latestDescription",
        "detail.Message",
        "detail.message",
        "detail-type",
    ),
    status=("detail.statusCode", "detail.state", "detail.status", "detail.State"),
    severity=("detail.severity", "detail.Severity"),
    description=("detail.description", "detail.eventDescription.0.latestDescription", "detail.Message", "detail"),
    service=("detail.service", "detail.pipeline", "detail.project-name", "detail.application", "source"),
    region=("region",),
    key=("detail.eventArn", "detail.id", "detail.arn"),
    delivery=("id",),
    starts_at=("detail.startTime", "detail.updatedAt", "time"),
    ends_at=("detail.endTime",),
)
RESTARTED = re.compile(r"\b(restarted|completed|recovered|is back|available again)\b", re.IGNORECASE)
RDS_TROUBLE = frozenset({"failure", "failover", "lowstorage", "availability"})
PIPELINE_STATES: dict[str, AlertStatus] = {
    **dict.fromkeys(("failed", "failure", "fault", "timedout"), "firing"),
    **dict.fromkeys(("succeeded", "success", "completed"), "resolved"),
    **dict.fromkeys(("started", "inprogress", "stopped", "canceled", "cancelled", "superseded", "stopping"), "control"),
}


def read(told: Mapping[str, Any]) -> Alert:
    """Read an event of Amazon's services."""
    source = reading.first(told, ("source",))
    return OF_SOURCE.get(source, _other)(told)


def _health(told: Mapping[str, Any]) -> Alert:
    """A service of Amazon's that has an issue; changes that are planned and notes for the account are passed by."""
    alert = BASE.read(told)
    code = reading.first(told, ("detail.eventTypeCode",))
    is_issue = reading.first(told, ("detail.eventTypeCategory",)) in ("issue", "investigation", "")
    entities = reading.first(told, ("detail.affectedEntities.0.entityValue",))
    update: dict[str, Any] = {
        "title": f"{alert.service}: {code}" if code else alert.title,
        "status": ("resolved" if alert.status == "resolved" else "firing") if is_issue else "control",
        "dedup_key": alert.dedup_key or "/".join(part for part in (code, alert.region, entities) if part),
        "unread": [],
    }
    return alert.model_copy(update=update)


def _finding(told: Mapping[str, Any]) -> Alert:
    """What GuardDuty found, of 0 to 10: from 7 on it is high."""
    alert = BASE.read(told)
    resource = reading.first(told, ("detail.resource.instanceDetails.instanceId", "detail.resource.resourceType"))
    kind = reading.first(told, ("detail.type",))
    account = reading.first(told, ("detail.accountId", "account"))
    severity, level = _of_ten(alert.severity)
    key = alert.dedup_key or "/".join(part for part in (account, kind, resource, alert.title) if part)
    is_over = reading.at(told, "detail.service.archived") is True
    update: dict[str, Any] = {
        "severity": severity,
        "hint": level,
        "status": "resolved" if is_over else "firing",
        "service": resource or "guardduty",
        "dedup_key": key,
        "unread": [],
    }
    return alert.model_copy(update=update)


def _of_ten(native: str) -> tuple[str, Hint]:
    try:
        number = float(native)
    except ValueError:
        return native, ""
    if number >= 7:
        return "critical" if number >= 9 else "high", "P1"
    return ("medium", "P2") if number >= 4 else ("low", "P3")


def _security_hub(told: Mapping[str, Any]) -> Alert:
    here = "detail.findings.0"
    alert = BASE.read(told)
    is_over = reading.first(told, (f"{here}.RecordState",)) == "ARCHIVED"
    is_over = is_over or reading.first(told, (f"{here}.Workflow.Status",)) in ("RESOLVED", "SUPPRESSED")
    update: dict[str, Any] = {
        "title": reading.first(told, (f"{here}.Title",)) or alert.title,
        "severity": reading.first(told, (f"{here}.Severity.Label",)),
        "status": "resolved" if is_over else "firing",
        "service": reading.first(told, (f"{here}.Resources.0.Id", f"{here}.ProductName")),
        "dedup_key": reading.first(told, (f"{here}.Id",)) or alert.dedup_key,
        "unread": [],
    }
    return alert.model_copy(update=update)


def _database(told: Mapping[str, Any]) -> Alert:
    """A database's event: trouble fires, its recovery ends it, and all else is passed by."""
    alert = BASE.read(told)
    name = reading.first(told, ("detail.SourceIdentifier", "detail.SourceArn", "resources.0"))
    listed = reading.at(told, "detail.EventCategories")
    categories = {plain(str(each)) for each in entries(listed)}
    message = reading.first(told, ("detail.Message",))
    fires = not categories.isdisjoint(RDS_TROUBLE)
    is_over = not categories.isdisjoint({"recovery", "restoration"}) or (fires and bool(RESTARTED.search(message)))
    over: AlertStatus = "resolved" if is_over else "firing" if fires else "control"
    update: dict[str, Any] = {
        "title": message or f"{name}: {', '.join(sorted(categories))}",
        "service": name,
        "status": over,
        "severity": "critical" if "failure" in categories else alert.severity,
        "hint": "P1" if "failure" in categories else alert.hint,
        "dedup_key": name,
        "unread": [],
    }
    return alert.model_copy(update=update)


def _pipeline(told: Mapping[str, Any]) -> Alert:
    """A pipeline, build or deployment: a change, whose failure is never taken for the end of an alert."""
    alert = BASE.read(told)
    name = reading.first(told, ("detail.pipeline", "detail.project-name", "detail.application", "resources.0"))
    stage = reading.first(told, ("detail.stage", "detail.deploymentGroup"))
    said = reading.first(told, ("detail.state", "detail.build-status", "detail.eventName"))
    kind = reading.first(told, ("detail-type",))
    update: dict[str, Any] = {
        "title": f"{kind} of {name}: {said}" if name else f"{kind}: {said}",
        "service": name or alert.service,
        "status": status_in(said, PIPELINE_STATES) or "control",
        "is_change": True,
        "dedup_key": "/".join(part for part in (kind, name, stage) if part),
        "unread": [],
    }
    return alert.model_copy(update=update)


def _other(told: Mapping[str, Any]) -> Alert:
    """An event of which nothing is known but its words: what says nothing of trouble is a control message."""
    alert = BASE.read(told)
    kind = reading.first(told, ("detail-type",))
    trouble = any(word in kind.lower() for word in TROUBLE)
    status = alert.status if alert.status != "unknown" else "firing" if trouble else "control"
    resource = reading.first(told, ("resources.0", "detail.EC2InstanceId", "detail.instance-id"))
    key = alert.dedup_key or "/".join(part for part in (kind, resource) if part)
    update: dict[str, Any] = {"title": alert.title or kind, "status": status, "dedup_key": key, "unread": []}
    return alert.model_copy(update=update)


TROUBLE = ("fail", "unsuccessful", "error", "interruption", "unhealthy", "finding", "alarm", "issue", "impaired")
Reader = Callable[[Mapping[str, Any]], Alert]
OF_SOURCE: dict[str, Reader] = {
    "aws.health": _health,
    "aws.guardduty": _finding,
    "aws.securityhub": _security_hub,
    "aws.rds": _database,
    **dict.fromkeys(("aws.codepipeline", "aws.codebuild", "aws.codedeploy"), _pipeline),
}
