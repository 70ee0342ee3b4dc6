"""Alerts come in. They are on disk before the answer goes out."""

from fastapi import APIRouter, Response
from fastapi import Request as HttpRequest

from agents.runtime.briefing import Alert
from api.auth.access import TheCaller
from api.dependencies import TheRunner
from api.intake.adapters.warroom import told_by_a_sender
from api.intake.idempotency import IdempotencyKey, Request, once
from api.intake.parsing.inbox import Inbox
from api.intake.receiving import Accepted, TheInbound
from api.middleware.text_cleaning import HarmlessBody
from graphs.intake.inbox import Raw
from graphs.model.identity import OUR_OWN_SHAPE

router = APIRouter(prefix="/v1/alerts", tags=["alerts"], route_class=HarmlessBody)


@router.post("", status_code=202)
async def post_alert(  # noqa: PLR0913 - an endpoint's parameters are what it is handed
    alert: Alert,
    caller: TheCaller,
    runner: TheRunner,
    inbound: TheInbound,
    request: HttpRequest,
    response: Response,
    idempotency_key: IdempotencyKey = "",
) -> Accepted:
    """Take an alert in our own shape. Only the title must be there.

    Its source is the name that the sender's key proves, unless it says another; that must be nobody else's.
    """
    alert = told_by_a_sender(alert)
    raw = Raw(OUR_OWN_SHAPE, await request.body(), caller.proof)
    if not idempotency_key:
        return located(inbound.at_once(raw, Inbox([alert], [])), response)
    before = Request(caller=caller.name, key=idempotency_key, body=alert.model_dump_json())

    def answer() -> str:
        return inbound.at_once(raw, Inbox([alert], [])).model_dump_json()

    said, again = once(runner.deps.store, runner.deps.clock, before, answer)
    response.headers["Idempotent-Replayed"] = str(again).lower()
    return located(Accepted.model_validate_json(said), response)


def located(accepted: Accepted, response: Response) -> Accepted:
    """Say where the first run is."""
    if accepted.runs:
        response.headers["Location"] = f"/v1/runs/{accepted.runs[0].id}"
    return accepted
