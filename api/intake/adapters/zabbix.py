"""Zabbix: our media type (templates/zabbix_media_type.yaml)."""

from api.intake.parsing.inbox import each
from api.intake.parsing.severities import Hint
from api.intake.parsing.table import FieldTable

LEVELS: dict[str, Hint] = {"5": "P1", "4": "P1", "3": "P2", "2": "P2", "1": "P3", "0": "P3"}
TABLE = FieldTable(
    source="zabbix",
    title=("name", "event_name", "trigger_name", "trigger.name", "event.name", "subject"),
    status=(
        *("update_status", "value", "event_value", "trigger_value", "status", "event_status", "trigger_status"),
        *("trigger.status", "event.status", "subject"),
    ),
    words={"0": "resolved", "1": "firing"},
    severity=("severity", "event_severity", "trigger_severity", "trigger.severity", "nseverity", "event_nseverity"),
    levels=LEVELS,
    description=("opdata", "message", "trigger_description"),
    service=("service", "host", "host_name", "hostname", "host.name", "host_visible_name"),
    key=("trigger_id", "triggerid", "trigger.id", "event_id", "eventid", "problem_id", "event.id"),
    delivery=("event_id", "eventid"),
    starts_at=("starts_at", "event_time"),
    value=("item_value", "opdata"),
    links=("url", "event_url", "trigger_url"),
    labels=("tags", "event_tags"),
)
read = each(TABLE.read)
