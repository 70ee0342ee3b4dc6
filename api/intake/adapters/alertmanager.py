"""Groups of alerts: from Prometheus Alertmanager, webhook version 4, and from Grafana since its version 9."""

from api.intake.adapters import generic
from api.intake.parsing import group, reading
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Inbox, each
from api.intake.parsing.table import FieldTable

GRAFANA_RULE = FieldTable(
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
"""One rule with its state, as Grafana sent it up to version 8."""
_grafana_rule = each(GRAFANA_RULE.read)


def read(delivery: Delivery) -> Inbox:
    """Read the group; a body from a template of the customer's own as any JSON."""
    if group.is_group(delivery.told):
        return group.read(delivery, "alertmanager")
    return generic.of("alertmanager")(delivery)


def read_grafana(delivery: Delivery) -> Inbox:
    """Read a group, a rule of version 8 and before, or a body from a template of the customer's own."""
    if group.is_group(delivery.told):
        return group.read(delivery, "grafana")
    if reading.at(delivery.told, "ruleId") is not None or reading.at(delivery.told, "ruleName") is not None:
        return _grafana_rule(delivery)
    return generic.of("grafana")(delivery)
