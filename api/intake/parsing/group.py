"""A group of alerts as Alertmanager sends it, and Grafana after it: each alert fires or is resolved by itself."""

import re
from collections.abc import Mapping
from typing import Any, cast

from agents.runtime.briefing import Alert
from api.intake.parsing import reading
from api.intake.parsing.any_json import is_exporter
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Inbox, UnusableAlert, gather
from api.intake.parsing.stable_key import labels_key
from api.intake.parsing.status_words import plain
from api.intake.parsing.table import FieldTable

SERVICES = (
    *("service", "service_name", "app", "app_kubernetes_io_name", "application", "component", "deployment"),
    *("statefulset", "daemonset", "container"),
)
"""Labels that name the service; `job`, `pod` and `instance` only where none of them is there."""
UNGROUPED = re.compile(r".*:\s*\{\}")
"""The key of a group without any label to group by: everything is in it."""
HEARTBEATS = frozenset({"watchdog", "deadmansswitch", "deadmanssnitch", "heartbeat", "alwaysfiring"})
"""Names of alerts that always fire, to show that alerting works."""
TEST_BUTTON = {"alertname": "TestAlert", "instance": "Grafana"}
"""The labels of Grafana's test notification."""
MEMBER = FieldTable(
    source="alertmanager",
    title=("annotations.summary", "annotations.title", "annotations.message", "labels.alertname"),
    status=("status",),
    severity=("labels.severity",),
    description=("annotations.description",),
    service=tuple(f"labels.{name}" for name in SERVICES),
    environment=("labels.environment", "labels.env", "labels.deployment_environment"),
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
    listed = cast(list[Any], reading.at(delivery.told, "alerts"))
    return gather(listed, lambda entry: member(entry, source, group_key))


def member(entry: Mapping[str, Any], source: str, group_key: str) -> Alert:
    """Read one alert of a group; it has no group where the sender groups by nothing."""
    alert = MEMBER.read(entry)
    labels = alert.labels
    is_heartbeat = plain(labels.get("alertname", "")) in HEARTBEATS or labels == TEST_BUTTON
    update = {
        "source": source,
        "group_key": "" if UNGROUPED.fullmatch(group_key) else group_key,
        "dedup_key": alert.dedup_key or labels_key(labels),
        "service": alert.service or _place(labels),
        "status": "control" if is_heartbeat and alert.status == "firing" else alert.status,
    }
    return alert.model_copy(update=update)


def _place(labels: Mapping[str, str]) -> str:
    """What stands for a service where no label names one."""
    job, instance = labels.get("job", ""), labels.get("instance", "")
    if job and not is_exporter(job) and not instance.startswith("http"):
        return job
    return labels.get("pod") or instance or labels.get("host") or labels.get("namespace") or job
