"""Tools in which people handle incidents, and the status pages of suppliers: what they say of an incident."""

from collections.abc import Mapping
from typing import Any

from agents.runtime.briefing import Alert, AlertStatus
from api.intake.parsing import reading
from api.intake.parsing.inbox import each
from api.intake.parsing.severities import Hint
from api.intake.parsing.table import FieldTable

IMPACTS: dict[str, Hint] = {"none": "P3", "majoroutage": "P1", "partialoutage": "P2", "degradedperformance": "P2"}
STATUSPAGE = FieldTable(
    source="statuspage",
    title=("incident.name", "component.name", "maintenance.name"),
    status=("incident.status", "component_update.new_status", "component.status", "maintenance.status"),
    severity=("incident.impact", "incident.impact_override", "component_update.new_status", "component.status"),
    levels=IMPACTS,
    description=("incident.incident_updates.0.body", "incident.incident_updates.0.markdown", "page.status_description"),
    service=("page.name", "incident.components.0.name", "component.name"),
    key=("incident.id", "component.id", "component_update.component_id", "maintenance.id"),
    starts_at=("incident.started_at", "incident.created_at", "component_update.created_at"),
    ends_at=("incident.resolved_at",),
    links=("incident.shortlink", "incident.url", "page.url"),
    known_by=("page", "incident"),
)
"""Statuspage.io, and with the same body Instatus and most other status pages."""


def _page(told: Mapping[str, Any]) -> Alert:
    """Read what a supplier's page says; planned maintenance is no outage."""
    alert = STATUSPAGE.read(told)
    is_planned = reading.first(told, ("incident.impact",)) == "maintenance" or "maintenance" in told
    return alert.model_copy(update={"status": "control"}) if is_planned else alert


ROOTLY_WORDS: dict[str, AlertStatus] = {"started": "firing", "intriage": "firing", "mitigated": "resolved"}
ROOTLY = FieldTable(
    source="rootly",
    title=("data.title", "data.summary", "data.name"),
    status=("data.status", "event.type"),
    words=ROOTLY_WORDS,
    severity=("data.severity.data.attributes.name", "data.severity.name", "data.severity", "data.urgency"),
    description=("data.summary", "data.description"),
    service=("data.services.0.name", "data.services.0", "data.service.name"),
    environment=("data.environments.0.name", "data.environments.0"),
    key=("data.id",),
    unique_key=True,
    delivery=("event.id",),
    starts_at=("data.started_at", "data.created_at", "event.issued_at"),
    ends_at=("data.resolved_at",),
    links=("data.url", "data.short_url"),
    known_by=("event.issued_at", "data.title"),
)
FIREHYDRANT = FieldTable(
    source="firehydrant",
    title=("data.incident.name",),
    status=("data.incident.current_milestone", "data.incident.status", "event.operation"),
    words={"mitigated": "resolved", "postmortemstarted": "resolved", "postmortemcompleted": "resolved"},
    severity=("data.incident.severity", "data.incident.severity.slug", "data.incident.priority"),
    description=("data.incident.summary", "data.incident.description"),
    service=("data.incident.services.0.name", "data.incident.impacts.0.impact.name"),
    environment=("data.incident.environments.0.name",),
    key=("data.incident.id",),
    starts_at=("data.incident.started_at", "data.incident.created_at"),
    links=("data.incident.incident_url", "data.incident.private_status_page_url"),
    labels=("data.incident.labels",),
    known_by=("data.incident", "event.resource_type"),
)
VICTOROPS = FieldTable(
    source="victorops",
    title=("entity_display_name", "STATE.INCIDENT_NAME", "ALERT.entity_display_name", "state_message", "entity_id"),
    status=("message_type", "STATE.CURRENT_ALERT_PHASE", "ALERT.message_type", "INCIDENT.CURRENT_PHASE"),
    words={"info": "control", "unacked": "firing"},
    severity=("severity", "message_type", "ALERT.message_type"),
    levels={"recovery": "", "acknowledgement": ""},
    description=("state_message", "ALERT.state_message"),
    service=("service", "service_name", "STATE.SERVICE", "ALERT.SERVICE", "host_name", "hostname", "STATE.HOST"),
    key=("entity_id", "STATE.ENTITY_ID", "ALERT.entity_id", "INCIDENT.ENTITY_ID"),
    starts_at=("state_start_time", "timestamp", "STATE.INCIDENT_TIMESTAMP"),
    links=("alert_url", "ALERT.alert_url"),
    known_by=("message_type", "entity_id"),
)
SERVICENOW_WORDS: dict[str, AlertStatus] = {
    **dict.fromkeys(("1", "2", "3", "inprogress", "onhold"), "firing"),
    **dict.fromkeys(("6", "7", "8"), "resolved"),
}
SERVICENOW = FieldTable(
    source="servicenow",
    title=("short_description", "description"),
    status=("incident_state", "state"),
    words=SERVICENOW_WORDS,
    severity=("priority", "severity", "impact"),
    levels={"1": "P1", "2": "P2", "3": "P2", "4": "P3", "5": "P3"},
    description=("description", "comments"),
    service=("business_service", "cmdb_ci.name", "cmdb_ci.display_value", "cmdb_ci", "service_offering"),
    key=("number", "sys_id"),
    unique_key=True,
    starts_at=("opened_at", "sys_created_on"),
    ends_at=("resolved_at", "closed_at"),
    links=("url", "link"),
    known_by=("short_description", "sys_id"),
)
TABLES = (STATUSPAGE, ROOTLY, FIREHYDRANT, VICTOROPS, SERVICENOW)
READERS = {STATUSPAGE.source: _page}
ADAPTERS = {
    **{name: each(_page) for name in ("statuspage", "instatus", "statusio", "sorry", "cachet")},
    **{name: each(VICTOROPS.read) for name in ("victorops", "splunk_on_call", "splunk_oncall")},
    "rootly": each(ROOTLY.read),
    "firehydrant": each(FIREHYDRANT.read),
    "servicenow": each(SERVICENOW.read),
}
