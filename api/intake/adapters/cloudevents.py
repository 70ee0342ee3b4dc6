"""CloudEvents 1.0: structured, in a batch, or binary with its attributes in headers."""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import unquote

from agents.io.redaction import cleaned
from agents.runtime.briefing import Alert
from api.intake.adapters import cdevents
from api.intake.parsing import reading
from api.intake.parsing.any_json import AnyJson
from api.intake.parsing.completion import read_any
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Inbox, entries, gather
from api.intake.parsing.status_words import status_in
from api.intake.parsing.table import FieldTable

ATTRIBUTES = FieldTable(
    source="cloudevents",
    title=("summary", "title"),
    severity=("severity",),
    service=("service", "subject"),
    key=("subject",),
    delivery=("id",),
    starts_at=("time",),
    links=("dataschema",),
)


def read(delivery: Delivery) -> Inbox:
    """Read one event or a batch."""
    if "ce-type" in delivery.headers or "ce-id" in delivery.headers:
        return gather([_from_headers(delivery)], _read)
    return gather(entries(delivery.told), _read)


def _from_headers(delivery: Delivery) -> dict[str, Any]:
    """A binary event as a structured one."""
    named = {name[3:]: unquote(said) for name, said in delivery.headers.items() if name.startswith("ce-")}
    is_json = "json" in delivery.headers.get("content-type", "json")
    content = delivery.told if delivery.body and is_json else delivery.text
    return {**cleaned(named), "data": content}


def _read(told: Mapping[str, Any]) -> Alert:
    """Read an event: its attributes first, then what its data says."""
    content = reading.at(told, "data")
    if cdevents.is_one(content):
        return cdevents.read_one(content)
    data = cast(dict[str, Any], content) if isinstance(content, dict) else {"text": content}
    inner, found = read_any("cloudevents", data), AnyJson(data)
    outer = ATTRIBUTES.read(told)
    attributes = {name: value for name, value in outer if value and name in FROM_ATTRIBUTES}
    source, kind = reading.first(told, ("source",)), reading.first(told, ("type",))
    return inner.model_copy(
        update={
            **attributes,
            "source": "cloudevents",
            "service": inner.service or outer.service,
            "title": outer.title or inner.title or kind,
            "status": found.status[0] if found.status else status_in(kind) or "firing",
            "unread": [],
            "dedup_key": "/".join(part for part in (source, _key(outer, found)) if part),
            "labels": {**inner.labels, "type": kind, "source": source},
        }
    )


FROM_ATTRIBUTES = ("severity", "hint", "delivery_id", "starts_at")


def _key(outer: Alert, found: AnyJson) -> str:
    """The id of what happened; without one the event's subject; without either what does not change of the data."""
    return found.key.text if found.has_id or not outer.dedup_key else outer.dedup_key
