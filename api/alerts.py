"""Alerts come in. They are on disk before the answer goes out."""

import asyncio

from fastapi import APIRouter, Response
from pydantic import BaseModel

from agents.briefing import Alert
from api.adapters.inbox import Inbox, Refused, usable
from api.auth import TheCaller
from api.dependencies import TheRunner
from api.receipts import IdempotencyKey, Request, once
from graphs.reception import AlreadyOver
from graphs.runner import Runner

router = APIRouter(prefix="/v1/alerts", tags=["alerts"])


class StartedRun(BaseModel):
    """A run that an alert started or joined."""

    id: str
    joined: bool


class Accepted(BaseModel):
    """What became of the alerts of one body."""

    runs: list[StartedRun]
    refused: list[Refused] = []
    """Alerts of a group that could not be read; the others were taken in."""


@router.post("", status_code=202)
async def post_alert(
    alert: Alert,
    caller: TheCaller,
    runner: TheRunner,
    response: Response,
    idempotency_key: IdempotencyKey = "",
) -> Accepted:
    """Take an alert in our own shape. Only the title must be there."""
    proof = f"the key of {caller.name}" if caller.key else ""
    inbox = marked(Inbox([usable(alert)], []), "", proof)
    if not idempotency_key:
        return await take_in(inbox, runner, response)
    request = Request(caller=caller.name, key=idempotency_key, body=alert.model_dump_json())
    said, again = once(runner.room.store, runner.room.clock, request, lambda: _answer(inbox, runner))
    accepted = Accepted.model_validate_json(said)
    response.headers["Idempotent-Replayed"] = str(again).lower()
    return _located(accepted, response)


def _answer(inbox: Inbox, runner: Runner) -> str:
    runs = [started for alert in inbox.alerts if (started := _received(alert, runner))]
    return Accepted(runs=runs).model_dump_json()


def marked(inbox: Inbox, ref: str, proof: str) -> Inbox:
    """Write on every alert how it came in, and under which name its body is kept."""
    how = {"raw_ref": ref, "verified": bool(proof), "scheme": proof or "none"}
    return Inbox([alert.model_copy(update=how) for alert in inbox.alerts], inbox.refused)


async def take_in(inbox: Inbox, runner: Runner, response: Response) -> Accepted:
    """Hand every alert to the runner: it starts a run, joins one, or is of nobody's concern."""
    runs: list[StartedRun] = []
    for alert in inbox.alerts:
        started = _received(alert, runner)
        if started:
            runs.append(started)
            await asyncio.sleep(0)  # a group of thousands must not hold up the runs
    return _located(Accepted(runs=runs, refused=inbox.refused), response)


def _received(alert: Alert, runner: Runner) -> StartedRun | None:
    """What is over and was never open is no incident, nor is a sender's greeting."""
    if alert.status == "control":
        return None
    try:
        receipt = runner.receive(alert)
    except AlreadyOver:
        return None
    return StartedRun(id=receipt.run, joined=receipt.joined)


def _located(accepted: Accepted, response: Response) -> Accepted:
    if accepted.runs:
        response.headers["Location"] = f"/v1/runs/{accepted.runs[0].id}"
    return accepted
