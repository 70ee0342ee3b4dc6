"""Error trackers and security sensors: Rollbar, Bugsnag, Honeybadger, Falco, Wazuh, Kubernetes events."""

from collections.abc import Mapping
from typing import Any

from agents.runtime.briefing import Alert, AlertStatus
from api.intake.parsing import reading
from api.intake.parsing.inbox import each
from api.intake.parsing.severities import Hint
from api.intake.parsing.table import FieldTable

ROLLBAR_LEVELS: dict[str, Hint] = {"50": "P1", "40": "P2", "30": "P2", "20": "P3", "10": "P3"}
ROLLBAR = FieldTable(
    source="rollbar",
    title=("data.item.title", "data.item.last_occurrence.body.message.body", "data.trigger.description"),
    status=("event_name",),
    words={"deploy": "control", "test": "control", "expiredtoken": "control"},
    severity=("data.item.last_occurrence.level", "data.occurrence.level", "data.item.level"),
    levels=ROLLBAR_LEVELS,
    service=("data.item.last_occurrence.server.host", "data.item.project_name", "data.item.framework_name"),
    environment=("data.item.environment", "data.item.last_occurrence.environment"),
    key=("data.item.id", "data.item.counter"),
    unique_key=True,
    starts_at=("data.item.last_activated_timestamp", "data.item.first_occurrence_timestamp"),
    links=("data.url", "data.item.url"),
    known_by=("event_name", "data.item"),
)
BUGSNAG = FieldTable(
    source="bugsnag",
    title=("error.exceptionClass", "trigger.message"),
    status=("trigger.stateChange", "error.status", "trigger.type"),
    words={
        **dict.fromkeys(("exception", "firstexception", "powerten", "projectspiking", "errorspiking"), "firing"),
        **dict.fromkeys(("ignored", "discarded", "collaboratorfixed"), "resolved"),
        **dict.fromkeys(("comment", "release"), "control"),
    },
    severity=("error.severity",),
    description=("error.message", "trigger.message"),
    service=("project.name",),
    environment=("error.releaseStage", "error.app.releaseStage"),
    key=("error.errorId", "error.id"),
    unique_key=True,
    starts_at=("error.receivedAt", "error.firstReceived"),
    links=("error.url", "project.url"),
    known_by=("trigger.type", "project", "error"),
)
HONEYBADGER_WORDS: dict[str, AlertStatus] = {
    **dict.fromkeys(("occurred", "rateexceeded", "down", "checkinmissing", "unresolved"), "firing"),
    **dict.fromkeys(("resolved", "up", "checkinreporting"), "resolved"),
    **dict.fromkeys(("commented", "deployed", "assigned", "unassigned", "certexpiration"), "control"),
}
HONEYBADGER = FieldTable(
    source="honeybadger",
    title=("fault.klass", "site.name", "check_in.name", "message"),
    status=("event",),
    words={**HONEYBADGER_WORDS, "certwillexpire": "firing"},
    description=("fault.message", "message"),
    service=("project.name", "site.name"),
    environment=("fault.environment",),
    key=("fault.id", "site.id", "check_in.id"),
    starts_at=("fault.created_at", "outage.down_at"),
    links=("fault.url", "site.url", "check_in.url"),
    known_by=("event", "project", "fault"),
)
FALCO = FieldTable(
    source="falco",
    title=("rule",),
    severity=("priority",),
    description=("output",),
    service=(
        "output_fields.k8s.deployment.name",
        "output_fields.k8s.pod.name",
        "output_fields.container.name",
        "hostname",
    ),
    key_parts=("rule", "hostname", "output_fields.k8s.pod.name", "output_fields.container.id"),
    starts_at=("time",),
    labels=("output_fields",),
    known_by=("rule", "output_fields"),
)
WAZUH_LEVELS: dict[str, Hint] = {
    **dict.fromkeys(map(str, range(7)), "P3"),
    **dict.fromkeys(map(str, range(7, 12)), "P2"),
    **dict.fromkeys(map(str, range(12, 17)), "P1"),
}
WAZUH = FieldTable(
    source="wazuh",
    title=("rule.description",),
    severity=("rule.level",),
    levels=WAZUH_LEVELS,
    description=("full_log",),
    service=("agent.name", "manager.name"),
    key_parts=("rule.id", "agent.id", "agent.name"),
    delivery=("id",),
    starts_at=("timestamp",),
    known_by=("rule.level", "agent"),
)
OBJECTS = ("involvedObject", "regarding", "data", "eventmeta")
BOTKUBE = ("data.Reason", "data.Name")


def kubernetes(told: Mapping[str, Any]) -> Alert:
    """Read an event of Kubernetes or of Flux: what is said of which object."""
    of = next((name for name in OBJECTS if isinstance(reading.at(told, name), dict)), "")
    named = [reading.first(told, (f"{of}.{name}",)) for name in ("namespace", "kind", "name")]
    reason = reading.first(told, ("reason", f"{of}.reason"))
    message = reading.first(told, ("message", "note", "text", f"{of}.message", f"{of}.messages.0"))
    severity = reading.first(told, ("severity", "type", f"{of}.level"))
    about = "/".join(part for part in named if part)
    return Alert(
        source="kubernetes",
        title=": ".join(part for part in (reason, about) if part) or message,
        description=message,
        service=named[2],
        severity=severity,
        hint="P2" if severity.lower() in ("warning", "error") else "P3",
        status=_object_status(severity, reason),
        dedup_key=about if of == "involvedObject" and _is_flux(told) else f"{about}/{reason}",
        starts_at=reading.moment(reading.at(told, "firstTimestamp")) or reading.moment(reading.at(told, "timestamp")),
        labels=reading.labels(reading.at(told, "metadata.labels")),
    )


def _object_status(severity: str, reason: str) -> AlertStatus:
    """An event of trouble fires; one that all is well ends what Flux said of the same object; others are passed by."""
    if severity.lower() in ("warning", "error", "critical"):
        return "firing"
    return "resolved" if reason.lower().endswith(("succeeded", "passed", "recovered", "healthy")) else "control"


def _is_flux(told: Mapping[str, Any]) -> bool:
    """Flux speaks of an object as a whole: whatever succeeds ends whatever failed."""
    return "flux" in reading.first(told, ("reportingController", "involvedObject.apiVersion")) or "severity" in told


TABLES = (ROLLBAR, BUGSNAG, HONEYBADGER, FALCO, WAZUH)
ADAPTERS = {
    **{table.source: each(table.read) for table in TABLES},
    **{name: each(kubernetes) for name in ("kubernetes", "flux", "botkube")},
}
