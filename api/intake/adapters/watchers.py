"""Programs that watch hosts and addresses: Nagios and its like, Zabbix, Uptime Kuma, Netdata, heartbeats and more."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agents.runtime.briefing import Alert, AlertStatus
from api.intake.parsing import reading
from api.intake.parsing.inbox import each
from api.intake.parsing.severities import Hint
from api.intake.parsing.table import FieldTable

NAGIOS_WORDS: dict[str, AlertStatus] = {
    **dict.fromkeys(("unknown", "unreachable", "pending"), "firing"),
    **dict.fromkeys(("flappingstart", "flappingstop", "flappingdisabled", "flappingend", "custom"), "control"),
    **dict.fromkeys(
        ("downtimestart", "downtimeend", "downtimestop", "downtimecancelled", "downtimeremoved"), "control"
    ),
}
NAGIOS = FieldTable(
    source="nagios",
    title=("title", "SERVICEDISPLAYNAME", "SERVICEDESC", "NOTIFY_SERVICEDESC", "service.name", "check.name"),
    status=(
        *("NOTIFICATIONTYPE", "NOTIFY_NOTIFICATIONTYPE", "notification_type", "WHAT_HAPPENED", "type"),
        *("SERVICESTATE", "NOTIFY_SERVICESTATE", "service_state", "HOSTSTATE", "NOTIFY_HOSTSTATE", "host_state"),
        *("state", "service.state", "host.state", "status"),
    ),
    words=NAGIOS_WORDS,
    severity=("SERVICESTATE", "NOTIFY_SERVICESTATE", "service_state", "HOSTSTATE", "NOTIFY_HOSTSTATE", "host_state"),
    levels={"unknown": "P2", "unreachable": "P1", "ok": "", "up": ""},
    description=(
        "SERVICEOUTPUT",
        "NOTIFY_SERVICEOUTPUT",
        "HOSTOUTPUT",
        "NOTIFY_HOSTOUTPUT",
        "output",
        "LONGSERVICEOUTPUT",
    ),
    service=("HOSTNAME", "NOTIFY_HOSTNAME", "host_name", "HOSTALIAS", "host.name", "host.display_name", "host"),
    key_parts=(
        *("HOSTNAME", "NOTIFY_HOSTNAME", "host_name", "host.name", "host"),
        *("SERVICEDESC", "NOTIFY_SERVICEDESC", "service_description", "service_name", "service.name", "service"),
    ),
    starts_at=("LONGDATETIME", "TIMET", "LASTSERVICESTATECHANGE", "timestamp", "date"),
    links=("NOTESURL", "SERVICENOTESURL", "HOSTNOTESURL", "ACTIONURL", "url"),
    known_by=("HOSTNAME", "NOTIFICATIONTYPE"),
)
CHECKMK = replace(NAGIOS, source="checkmk", known_by=("NOTIFY_HOSTNAME",))
ZABBIX_LEVELS: dict[str, Hint] = {"5": "P1", "4": "P1", "3": "P2", "2": "P2", "1": "P3", "0": "P3"}
ZABBIX = FieldTable(
    source="zabbix",
    title=("name", "event_name", "trigger_name", "trigger.name", "event.name", "subject"),
    status=(
        *("update_status", "value", "event_value", "trigger_value", "status", "event_status", "trigger_status"),
        *("trigger.status", "event.status", "subject"),
    ),
    words={"0": "resolved", "1": "firing"},
    severity=("severity", "event_severity", "trigger_severity", "trigger.severity", "nseverity", "event_nseverity"),
    levels=ZABBIX_LEVELS,
    description=("opdata", "message", "trigger_description"),
    service=("service", "host", "host_name", "hostname", "host.name", "host_visible_name"),
    key=("trigger_id", "triggerid", "trigger.id", "event_id", "eventid", "problem_id", "event.id"),
    delivery=("event_id", "eventid"),
    starts_at=("starts_at", "event_time"),
    value=("item_value", "opdata"),
    links=("url", "event_url", "trigger_url"),
    labels=("tags", "event_tags"),
)
"""Our media type (templates/zabbix_media_type.yaml)."""
UPTIME_KUMA = FieldTable(
    source="uptime_kuma",
    title=("monitor.name", "monitor.pathName"),
    status=("heartbeat.status",),
    words={"0": "firing", "1": "resolved", "2": "control", "3": "control"},
    description=("heartbeat.msg", "msg"),
    service=("monitor.name",),
    key=("monitor.id", "heartbeat.monitorID", "monitor.name"),
    starts_at=("heartbeat.time",),
    value=("heartbeat.ping",),
    links=("monitor.url",),
    labels=("monitor.tags",),
    known_by=("heartbeat.monitorID", "monitor"),
)
"""Heartbeat 2 is a check that is tried again, 3 is maintenance; a test button sends no heartbeat."""
BETTER_STACK = FieldTable(
    source="better_stack",
    title=("data.attributes.name", "data.attributes.cause", "data.attributes.url"),
    status=("data.attributes.status", "data.type"),
    severity=("data.attributes.metadata.severity",),
    description=("data.attributes.cause",),
    service=("data.attributes.name", "data.attributes.url"),
    key=("data.id",),
    starts_at=("data.attributes.started_at",),
    ends_at=("data.attributes.resolved_at",),
    links=("data.attributes.origin_url", "data.attributes.url"),
    known_by=("data.attributes.started_at", "data.attributes.cause"),
)
NETDATA_LEVELS: dict[str, Hint] = {"clear": "", "undefined": ""}
NETDATA = FieldTable(
    source="netdata",
    title=("alert", "alarm", "alert.name", "name", "info"),
    status=("status", "severity", "alert.status", "alert.severity", "status.text"),
    words={"undefined": "no data", "removed": "resolved", "uninitialized": "control"},
    severity=("severity", "status", "alert.severity"),
    levels=NETDATA_LEVELS,
    description=("info", "message", "alert.info"),
    service=("host", "hostname", "node", "nodes.0", "node.hostname", "Node.hostname", "room", "context"),
    key_parts=("host", "hostname", "node", "node.hostname", "chart", "alert", "alarm", "name", "alert.name"),
    starts_at=("when", "date"),
    value=("value_string", "value"),
    links=("alert_url", "url"),
    known_by=("chart", "context"),
)
PRTG = FieldTable(
    source="prtg",
    title=("sensor", "sensorname", "name", "title"),
    status=("laststatus", "status", "state"),
    words={"downended": "resolved", "warningended": "resolved", "nowup": "resolved", "unusual": "firing"},
    severity=("priority", "laststatus", "status"),
    description=("lastmessage", "message"),
    service=("device", "devicename", "host"),
    key=("sensorid", "sensor_id"),
    key_parts=("device", "sensor"),
    links=("linksensor", "linkdevice"),
)
DEAD_MANS_SNITCH = FieldTable(
    source="dead_mans_snitch",
    title=("data.snitch.name",),
    status=("type",),
    words={
        "snitchreporting": "resolved",
        "snitcherrored": "firing",
        "snitchmissing": "no data",
        **dict.fromkeys(("snitchcreated", "snitchdeleted", "snitchpaused", "snitchunpaused"), "control"),
    },
    description=("data.snitch.notes",),
    service=("data.snitch.name",),
    key=("data.snitch.name",),
    starts_at=("timestamp",),
    links=("data.snitch.href",),
    labels=("data.snitch.tags",),
    known_by=("data.snitch",),
)
STATUSCAKE = FieldTable(
    source="statuscake",
    title=("Name", "name", "URL"),
    status=("Status", "status"),
    description=("StatusCode", "status_code"),
    service=("Name", "name"),
    key=("TestID", "test_id", "id", "Name"),
    links=("URL", "url"),
    labels=("Tags", "tags"),
    known_by=("StatusCode", "URL", "Name"),
)


def better_stack(told: Mapping[str, Any]) -> Alert:
    """Read an incident, which is open until it says when it was resolved."""
    alert = BETTER_STACK.read(told)
    is_over = alert.status == "resolved" or alert.ends_at is not None
    seen = reading.moment(reading.at(told, "data.attributes.acknowledged_at"))
    return alert.model_copy(
        update={"status": "resolved" if is_over else "acknowledged" if seen else "firing", "unread": []}
    )


def uptime_kuma(told: Mapping[str, Any]) -> Alert:
    """Read what became of a check; without a heartbeat it is a test of the notification."""
    alert = UPTIME_KUMA.read(told)
    return alert if reading.at(told, "heartbeat") else alert.model_copy(update={"status": "control", "unread": []})


READERS = {BETTER_STACK.source: better_stack, UPTIME_KUMA.source: uptime_kuma}
TABLES = (NAGIOS, CHECKMK, UPTIME_KUMA, BETTER_STACK, NETDATA, DEAD_MANS_SNITCH, STATUSCAKE)
ADAPTERS = {
    **{name: each(NAGIOS.read) for name in ("nagios", "icinga", "icinga2", "naemon", "centreon", "thruk")},
    **{name: each(CHECKMK.read) for name in ("checkmk", "check_mk")},
    **{name: each(better_stack) for name in ("better_stack", "betterstack", "better_uptime")},
    "zabbix": each(ZABBIX.read),
    "uptime_kuma": each(uptime_kuma),
    "netdata": each(NETDATA.read),
    "prtg": each(PRTG.read),
    "dead_mans_snitch": each(DEAD_MANS_SNITCH.read),
    "statuscake": each(STATUSCAKE.read),
}
