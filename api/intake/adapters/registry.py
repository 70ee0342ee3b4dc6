"""Adapters: an alert sender's delivery -> our own alerts. A file per sender, or for small ones of a kind."""

from api.intake.adapters import (
    alertmanager,
    azure,
    cdevents,
    cloudevents,
    cloudwatch,
    datadog,
    elastic,
    generic,
    google_cloud,
    incident_tools,
    observability,
    opsgenie,
    outside_checks,
    pagerduty,
    pipelines,
    recognised,
    sentry,
    splunk,
    trackers,
    watchers,
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
    "cloudevents": cloudevents.read,
    "cloudwatch": cloudwatch.read,
    "datadog": datadog.read,
    "elastic": elastic.read,
    "generic": recognised.of("generic"),
    "google_cloud": google_cloud.read,
    "grafana": alertmanager.read_grafana,
    "jsm": opsgenie.read,
    "opsgenie": opsgenie.read,
    "pagerduty": pagerduty.read,
    "pagerduty_events": pagerduty.read_events_api,
    "sentry": sentry.read,
    "splunk": splunk.read,
    "warroom": generic.read_our_own_shape,
    **outside_checks.ADAPTERS,
    **observability.ADAPTERS,
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
