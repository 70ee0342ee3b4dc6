"""Alerts come in. They are on disk before the answer goes out."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from agents.runtime.briefing import Alert
from api.auth.access import TheCaller
from api.dependencies import TheIncidents
from api.intake.adapters.warroom import told_by_a_sender
from api.intake.parsing.inbox import Inbox
from api.intake.receiving import Accepted, TheInbound
from api.middleware.text_cleaning import HarmlessBody
from graphs.intake.inbox import RawDelivery, RepeatableRequest
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


@router.post("", status_code=202)
async def post_alert(  # noqa: PLR0913 - an endpoint's parameters are what it is handed
    alert: Alert,
    caller: TheCaller,
    incidents: TheIncidents,
    inbound: TheInbound,
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = "",
) -> Accepted:
    """Take an alert in our own shape. Only the title must be there.

    Its source is the name that the sender's key proves, unless it says another; that must be nobody else's.
    """
    alert = told_by_a_sender(alert)
    raw = RawDelivery(OUR_OWN_SHAPE, await request.body(), caller.proof)
    if not idempotency_key:
        return located(inbound.at_once(raw, Inbox([alert], [])), response)
    repeatable = RepeatableRequest(caller=caller.name, key=idempotency_key, body=alert.model_dump_json())

    def answer() -> str:
        return inbound.at_once(raw, Inbox([alert], [])).model_dump_json()

    said, again = incidents.inbox.answer_once(repeatable, answer)
    response.headers["Idempotent-Replayed"] = str(again).lower()
    return located(Accepted.model_validate_json(said), response)


def located(accepted: Accepted, response: Response) -> Accepted:
    """Say where the first run is."""
    if accepted.runs:
        response.headers["Location"] = f"/v1/runs/{accepted.runs[0].id}"
    return accepted
