"""Recognised shapes: whose body it is that came to the address for any JSON, and who reads it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

from agents.runtime.briefing import Alert
from api.intake.adapters import (
    alertmanager,
    azure,
    cloudevents,
    cloudwatch,
    datadog,
    generic,
    google_cloud,
    incident_tools,
    observability,
    outside_checks,
    pagerduty,
    pipelines,
    sentry,
    splunk,
    trackers,
    watchers,
)
from api.intake.parsing import reading
from api.intake.parsing.completion import read_any
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.group import is_group
from api.intake.parsing.inbox import Adapter, Inbox, gather
from api.intake.parsing.table import FieldTable

TABLES: tuple[FieldTable, ...] = (*watchers.TABLES, *incident_tools.TABLES, *trackers.TABLES)
READERS: dict[str, Callable[[Mapping[str, Any]], Alert]] = {
    **incident_tools.READERS,
    **watchers.READERS,
}
"""Of those of which a table alone does not read everything."""


def of(source: str) -> Adapter:
    """Read a body by its shape, and any other JSON by the names of its fields, in the name of a sender."""
    return partial(_read, source)


def _read(source: str, delivery: Delivery) -> Inbox:
    told = delivery.told
    adapter = next((read for fits, read in WHOLE if fits(told)), None)
    inbox = adapter(delivery) if adapter else gather(generic.alerts_in(told), partial(_one, source))
    return inbox._replace(alerts=[alert.model_copy(update={"source": source}) for alert in inbox.alerts])


def _has(*paths: str) -> Callable[[Any], bool]:
    return lambda told: all(reading.at(told, path) is not None for path in paths)


def _is_alertmanagers(told: Any) -> bool:
    return is_group(told) and isinstance(reading.at(told, "alerts.0.labels"), dict)


def _is_uptime_kumas(told: Any) -> bool:
    """Its test button sends the same names with nothing in them."""
    return isinstance(told, dict) and {"heartbeat", "monitor", "msg"} <= set(cast(dict[str, Any], told))


WHOLE: tuple[tuple[Callable[[Any], bool], Adapter], ...] = (
    (_is_alertmanagers, alertmanager.read),
    (_has("specversion", "source", "type"), cloudevents.read),
    (_has("detail-type", "detail"), cloudwatch.read),
    (_has("TopicArn", "Message"), cloudwatch.read),
    (_has("AlarmName", "NewStateValue"), cloudwatch.read),
    (_has("messages.0.incident"), pagerduty.read),
    (_has("messages.0.data.incident"), pagerduty.read),
    (_has("event.event_type", "event.data"), pagerduty.read),
    (_has("installation", "data", "action"), sentry.read),
    (_has("project_name", "culprit", "event"), sentry.read),
    (_has("schemaId", "data"), azure.read),
    (_has("operation", "context.resourceName"), azure.read),
    (_has("ProblemTitle", "PID"), observability.ADAPTERS["dynatrace"]),
    (_has("group_info", "exception_info"), google_cloud.read),
    (_has("incident.policy_name"), google_cloud.read),
    (_has("incident_id", "condition_name", "current_state"), observability.ADAPTERS["new_relic"]),
    (_has("search_name", "results_link"), splunk.read),
    (_has("detectorId", "incidentId"), splunk.read),
    (_has("monitorFriendlyName", "alertType"), outside_checks.ADAPTERS["uptimerobot"]),
    (_has("trigger_id", "trigger_status"), watchers.ADAPTERS["zabbix"]),
    (_is_uptime_kumas, watchers.ADAPTERS["uptime_kuma"]),
    (_has("component_update", "component"), incident_tools.ADAPTERS["statuspage"]),
    (_has("STATE.ENTITY_ID"), incident_tools.ADAPTERS["victorops"]),
    (_has("project", "check_in"), trackers.ADAPTERS["honeybadger"]),
    (_has("data.Reason", "data.Kind", "data.Name"), trackers.ADAPTERS["botkube"]),
    (_has("sensorid", "laststatus"), watchers.ADAPTERS["prtg"]),
)
"""What a body as a whole looks like -> who reads it."""


def _one(source: str, told: Mapping[str, Any]) -> Alert:
    pipeline = pipelines.find(told)
    if pipeline:
        return pipeline.read(told)
    if isinstance(reading.at(told, "involvedObject"), dict):
        return trackers.kubernetes(told)
    if datadog.is_one(told):
        return datadog.read_one(told)
    table = next((table for table in TABLES if table.fits(told)), None)
    return READERS.get(table.source, table.read)(told) if table else read_any(source, told)
