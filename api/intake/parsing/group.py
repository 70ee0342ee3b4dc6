"""A group of alerts as Alertmanager sends it, and Grafana after it: each alert fires or is resolved by itself."""

from collections.abc import Mapping
from typing import Any, cast

from agents.runtime.briefing import Alert
from api.intake.parsing import reading
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Inbox, UnusableAlert, gather
from api.intake.parsing.table import FieldTable

MEMBER = FieldTable(
    source="alertmanager",
    title=("annotations.summary", "annotations.title", "annotations.message", "labels.alertname"),
    status=("status",),
    severity=("labels.severity",),
    description=("annotations.description",),
    service=("labels.service", "labels.service_name", "labels.app", "labels.job"),
    key=("fingerprint",),
    starts_at=("startsAt",),
    ends_at=("endsAt",),
    value=("valueString", "values"),
    links=("annotations.runbook_url", "dashboardURL", "panelURL", "silenceURL", "generatorURL"),
    labels=("labels",),
)


def is_group(told: Any) -> bool:
    """Whether a body holds a list of alerts."""
    return isinstance(reading.at(told, "alerts"), list)


def read(delivery: Delivery, source: str) -> Inbox:
    """Read every alert of the group. Raises UnusableAlert where there is no list of them."""
    if not is_group(delivery.told):
        raise UnusableAlert("alerts: expected a list with at least one alert, as Alertmanager's webhook sends it")
    group_key = reading.text(reading.at(delivery.told, "groupKey"))
    return gather(cast(list[Any], reading.at(delivery.told, "alerts")), lambda entry: _member(entry, source, group_key))


def _member(entry: Mapping[str, Any], source: str, group_key: str) -> Alert:
    alert = MEMBER.read(entry)
    key = alert.dedup_key or ",".join(f"{name}={value}" for name, value in sorted(alert.labels.items()))
    return alert.model_copy(update={"source": source, "group_key": group_key, "dedup_key": key})
