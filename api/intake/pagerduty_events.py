"""PagerDuty's Events API v2, spoken by us: whoever pages through PagerDuty pages Warroom by changing an address."""

import hashlib
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple, cast

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from agents.io import large_json
from api.intake.parsing import reading
from api.intake.parsing.delivery import Delivery
from api.intake.receiving import beside
from api.intake.webhook_endpoints import BODY, WebhookPost

ACTIONS = ("trigger", "acknowledge", "resolve")
LONGEST_KEY = 255
router = APIRouter(tags=["alerts"])


class Enqueued(BaseModel):
    """The answer as PagerDuty gives it, and which runs it was."""

    status: str = "success"
    message: str = "Event processed"
    dedup_key: str
    runs: list[str] = []


class InvalidEvent(BaseModel):
    """The answer to what cannot be taken, as PagerDuty gives it."""

    status: str = "invalid event"
    message: str = "Event object is invalid"
    errors: list[str]


@router.post("/v2/enqueue", status_code=202, openapi_extra=BODY, responses={400: {"model": InvalidEvent}})
async def enqueue(request: Request) -> Any:
    """Take an event; its routing key is a key that `warroom keys create` made."""
    post = WebhookPost(request)
    delivery = (await post.delivery()).as_utf8()
    event = await beside(len(delivery.body), partial(_event, delivery, post.incidents.clock.now().isoformat()))
    if event.errors:
        return JSONResponse(InvalidEvent(errors=event.errors).model_dump(), 400)
    accepted = await post.take("pagerduty_events", event.delivery)
    return Enqueued(dedup_key=event.key, runs=[run.id for run in accepted.runs])


class Event(NamedTuple):
    """An event that was read."""

    errors: list[str]
    key: str
    delivery: Delivery


def _event(delivery: Delivery, now: str) -> Event:
    """Read an event; one without a key is given one. Raises NotJson."""
    whole = delivery.with_secrets
    told = cast(dict[str, Any], whole) if isinstance(whole, dict) else {}
    key = reading.first(told, ("dedup_key",)) or _made_up(delivery.body, now)
    body = large_json.written({**told, "dedup_key": key}, len(delivery.body)).encode()
    sent = Delivery(body, {"content-type": "application/json"}, reading.first(told, ("routing_key",)))
    return Event(faults(told), key, sent)


def faults(told: Mapping[str, Any]) -> list[str]:
    """What keeps an event from being taken in; a trigger that lacks a severity does not."""
    action, key = reading.text(told.get("event_action")), reading.text(told.get("dedup_key"))
    payload = told.get("payload")
    found = {
        f"'event_action' is not one of {', '.join(ACTIONS)}": action not in ACTIONS,
        f"'dedup_key' is longer than {LONGEST_KEY} characters": len(key) > LONGEST_KEY,
        "'dedup_key' is missing": action in ACTIONS[1:] and not key,
        "'payload.summary' is missing": action == "trigger" and not reading.first(payload, ("summary",)),
    }
    return [said for said, is_so in found.items() if is_so]


def _made_up(body: bytes, now: str) -> str:
    """A key for an event that names none: it is an incident of its own."""
    return hashlib.sha256(body + now.encode()).hexdigest()[:32]
