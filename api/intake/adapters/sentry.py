"""Sentry, integration webhooks: issues, event alerts, metric alerts and errors, named by a header."""

from collections.abc import Mapping
from typing import Any

from agents.runtime.briefing import Alert
from api.intake.parsing import reading
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Inbox, entries, gather
from api.intake.parsing.table import FieldTable

ISSUE = FieldTable(
    source="sentry",
    title=("data.issue.title", "data.issue.metadata.title"),
    status=("action",),
    words={"archived": "control", "ignored": "control", "assigned": "acknowledged", "unresolved": "firing"},
    severity=("data.issue.level",),
    description=("data.issue.culprit", "data.issue.metadata.value"),
    service=("data.issue.project.slug", "data.issue.project.name"),
    key=("data.issue.id",),
    unique_key=True,
    starts_at=("data.issue.firstSeen",),
    links=("data.issue.permalink", "data.issue.web_url"),
)
METRIC = FieldTable(
    source="sentry",
    title=("data.metric_alert.alert_rule.name", "data.description_title", "data.metric_alert.title"),
    status=("action",),
    severity=("action",),
    description=("data.description_text",),
    service=("data.metric_alert.projects.0",),
    environment=("data.metric_alert.alert_rule.environment",),
    key=("data.metric_alert.id", "data.metric_alert.identifier"),
    unique_key=True,
    starts_at=("data.metric_alert.date_started",),
    ends_at=("data.metric_alert.date_closed",),
    links=("data.web_url",),
)


def _event(kind: str) -> FieldTable:
    """An event, which a rule or the integration itself sends under its own name."""
    here = f"data.{kind}"
    return FieldTable(
        source="sentry",
        title=(f"{here}.title", f"{here}.message", "data.triggered_rule"),
        status=("action",),
        severity=(f"{here}.level",),
        description=(f"{here}.culprit", f"{here}.metadata.value", f"{here}.message"),
        service=(f"{here}.project_slug", f"{here}.project"),
        environment=(f"{here}.environment",),
        key=(f"{here}.issue_id", f"{here}.event_id"),
        unique_key=True,
        delivery=(f"{here}.event_id",),
        starts_at=(f"{here}.datetime", f"{here}.timestamp"),
        links=(f"{here}.web_url", f"{here}.issue_url", f"{here}.url"),
        labels=(f"{here}.tags",),
    )


LEGACY = FieldTable(
    source="sentry",
    title=("event.title", "message", "event.metadata.title", "culprit"),
    severity=("level", "event.level"),
    description=("culprit", "message"),
    service=("project_slug", "project", "project_name"),
    environment=("event.environment",),
    key=("id", "event.issue_id"),
    delivery=("event.event_id",),
    starts_at=("event.datetime", "event.timestamp"),
    links=("url",),
    labels=("event.tags",),
    known_by=("culprit", "event"),
)
"""The body of the old WebHooks plugin, which speaks of new and returning issues only."""
OF_RESOURCE = {
    "issue": ISSUE,
    "event": _event("event"),
    "event_alert": _event("event"),
    "metric_alert": METRIC,
    "error": _event("error"),
}
"""The header Sentry-Hook-Resource, or the field below `data` -> who reads it."""


def read(delivery: Delivery) -> Inbox:
    """Read one event; one of the integration itself, or a comment, touches no run."""
    named = delivery.headers.get("sentry-hook-resource", "")
    request = delivery.headers.get("request-id", "")
    inbox = gather(entries(delivery.told), lambda told: _read(told, named))
    return inbox._replace(
        alerts=[alert.model_copy(update={"delivery_id": request or alert.delivery_id}) for alert in inbox.alerts]
    )


def _read(told: Mapping[str, Any], named: str) -> Alert:
    if "data" not in told and LEGACY.fits(told):
        return LEGACY.read(told)
    here = next((name for name in OF_RESOURCE if isinstance(reading.at(told, f"data.{name}"), dict)), "")
    alert = OF_RESOURCE.get(here or named, ISSUE).read(told)
    about_itself = named and named not in OF_RESOURCE
    return alert.model_copy(update={"status": "control"}) if about_itself else alert
