"""Amazon CloudWatch: by SNS with its envelope or raw, by EventBridge, by Lambda."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from agents.io.outside_text import NotJson
from agents.runtime.briefing import Alert
from api.intake.parsing import reading
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Inbox, entries, gather
from api.intake.parsing.table import FieldTable

ALARM = FieldTable(
    source="cloudwatch",
    title=("AlarmName",),
    status=("NewStateValue",),
    severity=("severity",),
    description=("NewStateReason", "AlarmDescription"),
    service=("service",),
    region=("Region",),
    key=("AlarmArn", "AlarmName"),
    starts_at=("StateChangeTime",),
    value=("Trigger.MetricName",),
    labels=("Trigger.Dimensions",),
)
EVENT = FieldTable(
    source="cloudwatch",
    title=("detail.alarmName", "alarmData.alarmName"),
    status=("detail.state.value", "alarmData.state.value"),
    description=("detail.state.reason", "alarmData.state.reason", "detail.configuration.description"),
    region=("region",),
    key=("resources.0", "alarmArn"),
    delivery=("id",),
    starts_at=("detail.state.timestamp", "alarmData.state.timestamp", "time"),
    labels=("detail.configuration.metrics.0.metricStat.metric.dimensions",),
)
NOTICE = FieldTable(
    source="cloudwatch",
    title=("Subject", "Message", "Type", "detail-type"),
    description=("Message", "detail"),
    region=("region",),
    delivery=("MessageId", "id"),
    starts_at=("Timestamp", "time"),
    labels=("MessageAttributes",),
)
"""What comes the same way and is no alarm."""
KNOWN_BY = frozenset({"AlarmName", "detail-type", "alarmData"})
ALARM_CHANGE = "CloudWatch Alarm State Change"


def read(delivery: Delivery) -> Inbox:
    """Read what SNS, EventBridge or a Lambda function passes on."""
    return gather([one for entry in entries(delivery.told) for one in _records(entry)], _read)


def _records(entry: Any) -> Iterator[Any]:
    records = reading.at(entry, "Records")
    if not isinstance(records, list):
        yield entry
        return
    for record in cast(list[Any], records):
        yield reading.at(record, "Sns") or record


def _read(told: Mapping[str, Any]) -> Alert:
    if "AlarmName" in told:
        return _alarm(told)
    if "detail-type" in told or "alarmData" in told:
        return _event(told)
    if reading.text(told.get("Type")) in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        return NOTICE.read(told).model_copy(update={"status": "control"})
    return _enveloped(told)


def _alarm(told: Mapping[str, Any]) -> Alert:
    alert = ALARM.read(told)
    region = reading.text(told.get("AlarmArn")).split(":")[3:4]
    return alert.model_copy(update={"region": region[0]}) if region else alert


def _event(told: Mapping[str, Any]) -> Alert:
    """An alarm's change; any other event, such as a deployment, is a change to know of and no alert."""
    if "alarmData" in told or reading.text(told.get("detail-type")) == ALARM_CHANGE:
        return EVENT.read(told)
    return NOTICE.read(told).model_copy(update={"status": "control"})


def _enveloped(told: Mapping[str, Any]) -> Alert:
    """What is inside SNS's envelope: an alarm, an event, or words."""
    try:
        inner = reading.json_in(reading.at(told, "Message") if isinstance(told.get("Message"), str) else "null")
    except NotJson:
        return NOTICE.read(told)
    fields = cast(dict[str, Any], inner) if isinstance(inner, dict) else {}
    if KNOWN_BY.isdisjoint(fields):
        return NOTICE.read(told)
    alert = _read(fields)
    return alert.model_copy(update={"delivery_id": reading.text(told.get("MessageId"))})
