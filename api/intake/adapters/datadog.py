"""Datadog, webhook: our template (templates/datadog.json), or the default body, whose title says the status."""

import re
from collections.abc import Mapping
from typing import Any

from agents.runtime.briefing import Alert, AlertStatus
from api.intake.parsing import reading
from api.intake.parsing.inbox import each
from api.intake.parsing.severities import hint
from api.intake.parsing.status_words import status_in
from api.intake.parsing.table import FieldTable

TABLE = FieldTable(
    source="datadog",
    title=("event_title", "title", "alert_title", "monitor_name"),
    status=("alert_transition", "transition", "alert_status"),
    words={"rewarn": "firing", "snapshot": "control"},
    severity=("alert_priority", "priority", "alert_type"),
    levels={"success": "", "normal": ""},
    description=("event_msg", "text_only_msg", "body", "message"),
    service=("service",),
    key=("aggreg_key", "alert_cycle_key", "aggregation_key", "dedup_key"),
    key_parts=("alert_id", "monitor_id", "alert_scope", "scope", "hostname", "host"),
    delivery=("event_id", "id"),
    starts_at=("date_posix", "date", "last_updated"),
    value=("alert_metric", "value"),
    links=("link", "url", "runbook_url"),
    labels=("tags", "alert_scope"),
    known_by=("event_type", "last_updated", "org"),
)
IDS = ("alert_id", "monitor_id")
"""Of a monitor: what it watches makes several alerts of it."""
IN_TITLE = re.compile(r"\[(?P<status>[\w -]+?)(?:\s+on\s+(?P<group>\{[^}]*\}))?\]\s*")
IN_GROUP = re.compile(r"\[[\w -]+ on \{[^}]*\}\]")
PRIORITY = re.compile(r"\[(P[1-5])\]\s*")


def read_one(told: Mapping[str, Any]) -> Alert:
    """Read one event: what its title says besides the name of the monitor counts where no field says it."""
    alert = TABLE.read(told)
    priority = PRIORITY.search(alert.title)
    title, group, status = _taken_apart(alert.title)
    if priority and not alert.severity:
        alert = alert.model_copy(update={"severity": priority[1], "hint": hint(priority[1], TABLE.levels)})
    if status and alert.status == "unknown":
        alert = alert.model_copy(update={"status": status, "unread": []})
    labels = {**reading.labels(group.strip("{}")), **alert.labels}
    has_key = reading.first(told, (*TABLE.key, *IDS))
    update = {
        "title": title or alert.title,
        "labels": labels,
        "service": alert.service or labels.get("service", "") or labels.get("host", ""),
        "dedup_key": alert.dedup_key if has_key else "/".join(part for part in (title, group) if part),
    }
    return alert.model_copy(update=update)


def is_one(told: Mapping[str, Any]) -> bool:
    """Whether a body is Datadog's: its default one, or one whose title names the monitor's group."""
    return TABLE.fits(told) or bool(IN_GROUP.search(reading.first(told, TABLE.title)))


def _taken_apart(title: str) -> tuple[str, str, AlertStatus | None]:
    """A title without its prefixes, the group of the monitor that it names, and the status."""
    for found in IN_TITLE.finditer(title):
        status = status_in(found["status"], TABLE.words)
        if status:
            rest = PRIORITY.sub("", title.replace(found.group(), "", 1)).strip()
            return rest, found["group"] or "", status
    return PRIORITY.sub("", title).strip(), "", None


read = each(read_one)
