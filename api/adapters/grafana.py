"""Grafana: a group like Alertmanager's since version 9, one rule with its state before."""

from api.adapters import generic, group, reading
from api.adapters.delivery import Delivery
from api.adapters.inbox import Inbox, each
from api.adapters.table import Table

LEGACY = Table(
    source="grafana",
    title=("title", "ruleName"),
    status=("state",),
    words={"paused": "control", "pending": "control"},
    severity=("tags.severity",),
    description=("message",),
    key=("ruleId",),
    group_key=("dashboardId",),
    value=("evalMatches",),
    links=("ruleUrl",),
    labels=("tags",),
)
_legacy = each(LEGACY.read)


def read(delivery: Delivery) -> Inbox:
    """Read a group, a rule of version 8 and before, or a body from a template of the customer's own."""
    if group.is_group(delivery.told):
        return group.read(delivery, "grafana")
    if reading.at(delivery.told, "ruleId") is not None or reading.at(delivery.told, "ruleName") is not None:
        return _legacy(delivery)
    return generic.of("grafana")(delivery)
