"""Honeycomb: triggers and burn alerts."""

from collections.abc import Mapping
from typing import Any

from agents.runtime.briefing import Alert
from api.intake.parsing import reading
from api.intake.parsing.inbox import each
from api.intake.parsing.table import FieldTable

TABLE = FieldTable(
    source="honeycomb",
    title=("name", "alert.name", "summary"),
    status=("status", "alert.status"),
    severity=("severity",),
    description=("summary", "trigger_description", "description", "alert.description"),
    service=("service", "result_groups_triggered.0.Group.service.name", "result_groups.0.Group.service.name"),
    environment=("environment.slug", "environment"),
    key=("id", "trigger_id", "alert.id"),
    starts_at=("timestamp", "alert.timestamp"),
    value=("result_groups_triggered.0.Result", "result_groups.0.Result", "budget_rate"),
    links=("trigger_url", "result_url", "url", "alert.url"),
    labels=("result_groups_triggered.0.Group", "result_groups.0.Group"),
)


def _read(told: Mapping[str, Any]) -> Alert:
    alert = TABLE.read(told)
    return alert.model_copy(update={"status": "control"}) if reading.at(told, "isTest") is True else alert


read = each(_read)
