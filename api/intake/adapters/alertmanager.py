"""Prometheus Alertmanager, webhook version 4: a group of alerts."""

from api.intake.adapters import generic
from api.intake.parsing import group
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Inbox


def read(delivery: Delivery) -> Inbox:
    """Read the group; a body from a template of the customer's own as any JSON."""
    if group.is_group(delivery.told):
        return group.read(delivery, "alertmanager")
    return generic.of("alertmanager")(delivery)
