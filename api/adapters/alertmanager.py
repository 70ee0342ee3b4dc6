"""Prometheus Alertmanager, webhook version 4: a group of alerts."""

from api.adapters import generic, group
from api.adapters.delivery import Delivery
from api.adapters.inbox import Inbox


def read(delivery: Delivery) -> Inbox:
    """Read the group; a body from a template of the customer's own as any JSON."""
    if group.is_group(delivery.told):
        return group.read(delivery, "alertmanager")
    return generic.of("alertmanager")(delivery)
