"""Alerts come in. They are on disk before the answer goes out."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Response

from agents.runtime.briefing import Alert
from api.auth.access import TheCaller
from api.dependencies import TheIncidents
from api.intake.accepted import Accepted, answered
from api.intake.adapters.generic import told_by_a_sender
from api.intake.harmless_body import HarmlessBody, HarmlessRequest
from api.intake.parsing.inbox import Inbox
from api.intake.receiving import TheInbound, beside
from graphs.intake.alerts import without_secrets
from graphs.intake.inbox import RepeatableRequest
from graphs.model.identity import OUR_OWN_SHAPE

router = APIRouter(prefix="/v1/alerts", tags=["alerts"], route_class=HarmlessBody)
IdempotencyKey = Annotated[
    str,
    Header(
        min_length=1,
        max_length=255,
        description="A name for this request: sent again under it, it does nothing anew and is answered the same.",
    ),
]


@router.post("", status_code=202, response_model=Accepted)
async def post_alert(  # noqa: PLR0913 - an endpoint's parameters are what it is handed
    alert: Alert,
    caller: TheCaller,
    incidents: TheIncidents,
    inbound: TheInbound,
    request: HarmlessRequest,
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Take an alert in our own shape. Only the title must be there.

    Its source is the name that the sender's key proves, unless it says another; that must be nobody else's.
    """
    raw = await request.raw(OUR_OWN_SHAPE, caller.proof)
    alert = await beside(len(raw.body), partial(_ready, alert))
    if not idempotency_key:
        return answered(inbound.at_once(raw, Inbox([alert], [])))
    repeatable = RepeatableRequest(caller=caller.name, key=idempotency_key, body=alert.model_dump_json())

    def answer() -> str:
        return inbound.at_once(raw, Inbox([alert], [])).model_dump_json()

    said, again = incidents.inbox.answer_once(repeatable, answer)
    return answered(Accepted.model_validate_json(said), {"Idempotent-Replayed": str(again).lower()})


def _ready(alert: Alert) -> Alert:
    return without_secrets(told_by_a_sender(alert))
