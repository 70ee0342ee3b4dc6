"""Adapters: an alert sender's delivery -> our own alerts. One file per sender; a new one is a file and a line here."""

from api.intake.adapters import (
    alertmanager,
    azure,
    cdevents,
    checkly,
    cloudevents,
    cloudwatch,
    datadog,
    dynatrace,
    elastic,
    generic,
    google_cloud,
    grafana,
    honeycomb,
    new_relic,
    opsgenie,
    pagerduty,
    pagerduty_events,
    pingdom,
    sentry,
    site24x7,
    splunk,
    uptimerobot,
    warroom,
    zabbix,
)
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Adapter, Inbox
from graphs.model.identity import spelled

ADAPTERS: dict[str, Adapter] = {
    "alertmanager": alertmanager.read,
    "azure": azure.read,
    "cdevents": cdevents.read,
    "checkly": checkly.read,
    "cloudevents": cloudevents.read,
    "cloudwatch": cloudwatch.read,
    "datadog": datadog.read,
    "dynatrace": dynatrace.read,
    "elastic": elastic.read,
    "generic": generic.read,
    "google_cloud": google_cloud.read,
    "grafana": grafana.read,
    "honeycomb": honeycomb.read,
    "jsm": opsgenie.read,
    "new_relic": new_relic.read,
    "opsgenie": opsgenie.read,
    "pagerduty": pagerduty.read,
    "pagerduty_events": pagerduty_events.read,
    "pingdom": pingdom.read,
    "sentry": sentry.read,
    "site24x7": site24x7.read,
    "splunk": splunk.read,
    "uptimerobot": uptimerobot.read,
    "warroom": warroom.read,
    "zabbix": zabbix.read,
}
"""The last part of `/v1/alerts/{source}`, a dash as good as an underscore -> who reads it."""


class UnknownSource(LookupError):
    """Nobody here reads alerts of that sender."""


def named(source: str) -> str:
    """A sender's name as it stands in the list. Raises UnknownSource."""
    name = spelled(source)
    if name not in ADAPTERS:
        raise UnknownSource(source)
    return name


def read(source: str, delivery: Delivery) -> Inbox:
    """Read what a sender delivered. Raises UnknownSource, NotJson and UnusableAlert."""
    return ADAPTERS[named(source)](delivery)
