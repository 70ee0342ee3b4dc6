"""Zabbix: our media type (templates/zabbix_media_type.yaml)."""

from api.intake.parsing.inbox import each
from api.intake.parsing.severities import Hint
from api.intake.parsing.table import FieldTable

LEVELS: dict[str, Hint] = {"5": "P1", "4": "P1", "3": "P2", "2": "P2", "1": "P3", "0": "P3"}
TABLE = FieldTable(
    source="zabbix",
    title=("name", "event_name", "subject", "trigger_name"),
    status=("update_status", "value", "status"),
    words={"0": "resolved", "1": "firing"},
    severity=("severity", "nseverity"),
    levels=LEVELS,
    description=("opdata", "message", "trigger_description"),
    service=("service", "host", "host_name", "hostname"),
    key=("trigger_id", "triggerid", "event_id", "eventid"),
    delivery=("event_id", "eventid"),
    starts_at=("starts_at", "event_time"),
    value=("item_value", "opdata"),
    links=("url", "event_url", "trigger_url"),
    labels=("tags", "event_tags"),
)
read = each(TABLE.read)
