"""Elastic and Kibana: our template (templates/elastic.mustache)."""

from collections.abc import Mapping
from typing import Any

from agents.runtime.briefing import Alert
from api.intake.parsing import reading
from api.intake.parsing.inbox import each
from api.intake.parsing.table import FieldTable

TABLE = FieldTable(
    source="elastic",
    title=("rule.name", "ruleName", "rule_name", "kibana.alert.rule.name", "context.title"),
    status=("alert.actionGroup", "alert.actionGroupName", "actionGroup", "alertActionGroup", "action_group"),
    words={"untracked": "resolved", "notfired": "resolved"},
    severity=("severity", "rule.params.severity"),
    description=("context.reason", "context.message", "message"),
    service=("service", "context.serviceName", "context.service.name"),
    environment=("environment", "context.environment"),
    delivery=("alert.uuid",),
    starts_at=("date", "context.timestamp"),
    value=("context.value", "context.hits"),
    links=("rule.url", "context.alertDetailsUrl", "context.viewInAppUrl", "kibanaBaseUrl"),
    labels=("rule.tags", "context.tags"),
)


IDS = (
    ("rule.id", "ruleId", "rule_id", "kibana.alert.rule.uuid", "watch_id"),
    ("alert.id", "alertId", "alert_id", "alertInstanceId", "kibana.alert.instance.id"),
)
"""The rule, and for which host or group it fires."""


def _read(told: Mapping[str, Any]) -> Alert:
    """Read one alert of a rule. Rules name their action groups as they like: all but `recovered` fire."""
    alert = TABLE.read(told)
    key = "/".join(said for paths in IDS if (said := reading.first(told, paths)) and said != "*")
    status = "firing" if reading.first(told, TABLE.status) and alert.status == "unknown" else alert.status
    unread = [] if status != "unknown" else alert.unread
    return alert.model_copy(update={"dedup_key": key, "status": status, "unread": unread})


read = each(_read)
