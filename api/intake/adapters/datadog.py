"""Datadog, webhook: our template (templates/datadog.json), or the default body, whose title says the status."""

import re
from collections.abc import Mapping
from typing import Any

from agents.runtime.briefing import Alert
from api.intake.parsing.inbox import each
from api.intake.parsing.table import STATUS_WORDS, FieldTable, plain

TABLE = FieldTable(
    source="datadog",
    title=("event_title", "title", "alert_title", "monitor_name"),
    status=("alert_transition", "transition", "alert_status"),
    words={"rewarn": "firing", "snapshot": "control"},
    severity=("alert_priority", "priority", "alert_type"),
    levels={"success": "", "normal": ""},
    description=("event_msg", "text_only_msg", "body", "message"),
    service=("service",),
    key=("aggreg_key", "alert_cycle_key", "alert_id", "aggregation_key", "id"),
    delivery=("event_id", "id"),
    starts_at=("date_posix", "date", "last_updated"),
    value=("alert_metric", "value"),
    links=("link", "url", "runbook_url"),
    labels=("tags", "alert_scope"),
)
IN_TITLE = re.compile(r"\[(?P<status>[\w -]+?)(?: on \{[^}]*\})?\]\s*")


def _read(told: Mapping[str, Any]) -> Alert:
    alert = TABLE.read(told)
    found = IN_TITLE.search(alert.title)
    word = plain(found["status"]) if found else ""
    status = TABLE.words.get(word) or STATUS_WORDS.get(word)
    if not found or not status:
        return alert
    title = alert.title.replace(found.group(), "", 1).strip() or alert.title
    if alert.status != "unknown":
        return alert.model_copy(update={"title": title})
    return alert.model_copy(update={"title": title, "status": status, "unread": []})


read = each(_read)
