"""CloudEvents 1.0: structured, in a batch, or binary with its attributes in headers."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from agents.io.redaction import cleaned
from agents.runtime.briefing import Alert
from api.intake.adapters import cdevents, generic
from api.intake.parsing import reading
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Inbox, entries, gather
from api.intake.parsing.table import STATUS_WORDS, FieldTable, plain

ATTRIBUTES = FieldTable(
    source="cloudevents",
    title=("summary", "title"),
    severity=("severity",),
    service=("service", "subject", "source"),
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
    inner = generic.TABLE.read(content if isinstance(content, dict) else {"text": content})
    outer = ATTRIBUTES.read(told)
    said = {name: value for name, value in outer if value and name in FROM_ATTRIBUTES}
    source, kind = reading.first(told, ("source",)), reading.first(told, ("type",))
    service = inner.service or outer.service
    return inner.model_copy(
        update={
            **said,
            "source": "cloudevents",
            "service": service,
            "title": outer.title or inner.title or kind,
            "status": _status(kind) or (inner.status if inner.status != "unknown" else "firing"),
            "unread": [],
            "dedup_key": "/".join(part for part in (source, outer.dedup_key or inner.dedup_key) if part),
            "labels": {**inner.labels, "type": kind, "source": source},
        }
    )


FROM_ATTRIBUTES = ("severity", "hint", "delivery_id", "starts_at")


def _status(kind: str) -> Any:
    """What the event's type says: its last word that is a status."""
    named = (STATUS_WORDS.get(plain(word)) for word in reversed(kind.replace("_", ".").split(".")))
    return next((status for status in named if status), None)
