"""Grafana: a group like Alertmanager's since version 9, one rule with its state before."""

from api.intake.adapters import generic
from api.intake.parsing import group, reading
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Inbox, each
from api.intake.parsing.table import FieldTable

LEGACY = FieldTable(
    source="grafana",
    title=("ruleName", "title"),
    status=("state",),
    words={"paused": "control", "pending": "control"},
    severity=("tags.severity",),
    description=("message",),
    key=("ruleId",),
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
