"""Amazon CloudWatch: by SNS with its envelope or raw, by EventBridge, by Lambda."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from agents.runtime.briefing import Alert
from api.intake.adapters import amazon_events
from api.intake.parsing import reading
from api.intake.parsing.completion import read_any
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.group import is_group, member
from api.intake.parsing.inbox import Inbox, entries, gather
from api.intake.parsing.status_words import Headline, headline, subject_of
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
ALARM_CHANGE = "CloudWatch Alarm State Change"
CONFIRMATIONS = ("SubscriptionConfirmation", "UnsubscribeConfirmation")


def read(delivery: Delivery) -> Inbox:
    """Read what SNS, EventBridge or a Lambda function passes on."""
    return gather([one for entry in entries(delivery.told) for one in _records(entry)], _read)


def _records(entry: Any) -> Iterator[Any]:
    """The messages of a body: several records of a Lambda function, and what stands inside SNS's envelopes."""
    records = reading.at(entry, "Records")
    for record in cast(list[Any], records) if isinstance(records, list) else [entry]:
        yield from _opened(reading.at(record, "Sns") or record)


def _opened(told: Any) -> Iterator[Any]:
    """What is inside an envelope of SNS: an alarm, an event, every alert of a group, or words."""
    fields = cast(dict[str, Any], told) if isinstance(told, dict) else {}
    inner = _message(fields)
    if inner is None or reading.text(fields.get("Type")) in CONFIRMATIONS:
        yield told
        return
    envelope = {"MessageId": fields.get("MessageId"), "Subject": fields.get("Subject")}
    group_key = {"groupKey": inner.get("groupKey")} if is_group(inner) else {}
    for each in cast(list[Any], inner["alerts"]) if is_group(inner) else [inner]:
        yield {**envelope, **group_key, **cast(dict[str, Any], each)} if isinstance(each, dict) else each


def _message(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    message = fields.get("Message")
    return reading.object_in(message) if isinstance(message, str) else None


def _read(told: Mapping[str, Any]) -> Alert:
    alert = _by_shape(told)
    return alert.model_copy(update={"delivery_id": reading.text(told.get("MessageId")) or alert.delivery_id})


def _by_shape(told: Mapping[str, Any]) -> Alert:
    if "AlarmName" in told:
        return _alarm(told)
    if "alarmData" in told or reading.text(told.get("detail-type")) == ALARM_CHANGE:
        return EVENT.read(told)
    if "detail-type" in told:
        return amazon_events.read(told)
    if isinstance(told.get("labels"), dict):
        return member(told, "cloudwatch", reading.text(told.get("groupKey")))
    if reading.text(told.get("Type")) in CONFIRMATIONS:
        return NOTICE.read(told).model_copy(update={"status": "control"})
    return _words(told) if isinstance(told.get("Message"), str) else read_any("cloudwatch", told)


def _alarm(told: Mapping[str, Any]) -> Alert:
    alert = ALARM.read(told)
    region = reading.text(told.get("AlarmArn")).split(":")[3:4]
    return alert.model_copy(update={"region": region[0]}) if region else alert


def _words(told: Mapping[str, Any]) -> Alert:
    """A message in words: its subject says what it is about."""
    alert = NOTICE.read(told)
    title = headline(alert.title.splitlines()[0]) if alert.title else Headline("", None)
    topic = reading.first(told, ("TopicArn",))
    key = "/".join(part for part in (topic, subject_of(alert.title[:300])) if part)
    return alert.model_copy(update={"title": title.title, "status": title.status or "firing", "dedup_key": key})
