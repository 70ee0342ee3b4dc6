"""Alerts come in. They are on disk before the answer goes out."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from agents.runtime.briefing import Alert
from api.auth.access import TheCaller
from api.dependencies import TheIncidents
from api.intake.parsing.inbox import Inbox, usable
from api.intake.receiving import Accepted, AlertReceiver
from graphs.intake.inbox import RawDelivery, RepeatableRequest

router = APIRouter(prefix="/v1/alerts", tags=["alerts"])
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
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = "",
) -> Accepted:
    """Take an alert in our own shape. Only the title must be there."""
    inbound, alert = AlertReceiver(incidents), usable(alert)
    raw = RawDelivery("warroom", await request.body(), caller.proof)
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
