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
    google_cloud,
    grafana,
    honeycomb,
    incident_tools,
    new_relic,
    opsgenie,
    pagerduty,
    pagerduty_events,
    pingdom,
    pipelines,
    recognised,
    sentry,
    site24x7,
    splunk,
    trackers,
    uptimerobot,
    warroom,
    watchers,
    zabbix,
)
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Adapter, Inbox
from graphs.model.identity import spelled

BY_SHAPE = (
    *("airbrake", "appdynamics", "cloudflare", "circleci", "cronitor", "eventbridge", "fastly", "flagger", "freshping"),
    *("github", "gitlab", "grafana_oncall", "healthchecks", "incident_io", "instana", "jenkins", "jira", "kubewatch"),
    *("lightstep", "logicmonitor", "loki", "openobserve", "opensearch", "prometheus", "raygun", "sensu", "signoz"),
    *("solarwinds", "spike", "squadcast", "sumo_logic", "teamcity", "thousandeyes", "updown", "victoriametrics"),
    *("vmware", "xmatters", "webhook", "ilert", "pagertree", "zenduty", "mezmo", "papertrail", "loggly", "graylog"),
    *("aws", "azure_devops", "bitbucket", "betterstack_logs", "observium", "librenms", "monit", "gatus", "hetrixtools"),
)
"""Senders whose bodies say in the names of their fields, or by their shape, what is in them."""
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
    "generic": recognised.of("generic"),
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
    **watchers.ADAPTERS,
    **incident_tools.ADAPTERS,
    **trackers.ADAPTERS,
    **pipelines.ADAPTERS,
    **{name: recognised.of(name) for name in BY_SHAPE},
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
