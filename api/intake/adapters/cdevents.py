"""CDEvents: incidents detected, reported and resolved; services deployed and other changes. The rest is no alert."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from agents.readings.history import ChangeKind
from agents.runtime.briefing import Alert, AlertStatus
from api.intake.parsing import reading
from api.intake.parsing.inbox import each
from api.intake.parsing.table import FieldTable
from graphs.intake import changes_of_alerts as change

TABLE = FieldTable(
    source="cdevents",
    title=("subject.content.description", "customData.title", "customData.summary"),
    severity=("customData.severity",),
    description=("subject.content.description",),
    service=("subject.content.service.id", "subject.content.service.source", "customData.service"),
    environment=("subject.content.environment.id",),
    key=("subject.id",),
    delivery=("context.id",),
    starts_at=("context.timestamp",),
    links=("subject.content.ticketURI", "subject.content.uri", "subject.content.url", "context.source"),
    labels=("customData",),
)
STATES = {"detected": "firing", "reported": "firing", "resolved": "resolved"}
CHANGES: dict[tuple[str, str], ChangeKind] = {
    ("service", "deployed"): "release",
    ("service", "upgraded"): "release",
    ("service", "rolledback"): "release",
    ("service", "removed"): "other",
    ("service", "published"): "other",
    ("deployment", "finished"): "release",
    ("migration", "finished"): "migration",
    ("pipelinerun", "finished"): "pipeline",
}
"""Subject and predicate -> the kind of change."""
BY = ("customData.by", "customData.user", "customData.author")
"""The specification has no place for who did it."""


def is_one(told: Any) -> bool:
    """Whether this is a CDEvent."""
    return reading.first(told, ("context.type",)).startswith("dev.cdevents.")


def read_one(told: Mapping[str, Any]) -> Alert:
    """Read one event."""
    alert = TABLE.read(told)
    words = reading.first(told, ("context.type",)).split(".")
    if kind := CHANGES.get((words[2], words[3])) if len(words) > 3 else None:
        return _read_change(told, alert, kind, " ".join(words[2:4]))
    state = next((STATES[word] for word in words if word in STATES), "unknown") if "incident" in words else "control"
    title = alert.title or " ".join([*words[2:4], alert.dedup_key]).strip()
    unread = [] if state != "unknown" else ["status"]
    return alert.model_copy(update={"title": title, "status": state, "unread": unread})


def _read_change(told: Mapping[str, Any], alert: Alert, kind: ChangeKind, what: str) -> Alert:
    """Read an event that tells of a change: it starts nothing, and is recorded for its service."""
    status = _outcome(told)
    artifact, version = _artifact(reading.first(told, ("subject.content.artifactId",)))
    service = alert.service or _service(told, kind) or artifact
    labels = {
        change.KIND: kind,
        change.AT: alert.starts_at.isoformat() if alert.starts_at else "",
        change.BY: reading.first(told, BY),
        change.OLD: reading.first(told, ("subject.content.fromVersion",)),
        change.NEW: version or reading.first(told, ("subject.content.toVersion",)),
        change.ARTIFACT: artifact,
    }
    update: dict[str, Any] = {
        "title": " ".join(part for part in (what, service, labels[change.NEW]) if part),
        "status": status,
        "service": service,
        "is_change": True,
        "labels": {**alert.labels, **{label: said for label, said in labels.items() if said}},
        "unread": [],
    }
    return alert.model_copy(update=update)


def _outcome(told: Mapping[str, Any]) -> AlertStatus:
    """How it ended; an event of a service tells of what has been done."""
    said = reading.first(told, ("subject.content.outcome",))
    return {"success": "resolved", "failure": "firing", "error": "firing"}.get(said, "control") if said else "resolved"  # type: ignore[return-value]


def _service(told: Mapping[str, Any], kind: ChangeKind) -> str:
    """What was changed: a migration's target; of a service the last part of its id, which may be service/myapp.

    The subject of a deployment or of a pipeline is one run of it, and no service.
    """
    if kind == "migration":
        return reading.first(told, ("subject.content.target.id",))
    is_service = reading.first(told, ("context.type",)).startswith("dev.cdevents.service.")
    return reading.first(told, ("subject.id",)).rpartition("/")[2] if is_service else ""


def _artifact(purl: str) -> tuple[str, str]:
    """The name and the version in a package URL, such as pkg:oci/myapp@sha256%3A0b31; the tag where it names one."""
    path, _, qualifiers = purl.partition("?")
    name, _, version = path.partition("@")
    tag = next((part.removeprefix("tag=") for part in qualifiers.split("&") if part.startswith("tag=")), "")
    return unquote(name.rpartition("/")[2]), unquote(tag or version.partition("#")[0])


read = each(read_one)
