"""Alerts come in. They are on disk before the answer goes out."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel

from agents.briefing import Alert
from api import adapters
from api.adapters.inbox import Inbox, Refused, usable
from api.dependencies import TheRunner
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
async def post_alert(alert: Alert, runner: TheRunner, response: Response) -> Accepted:
    """Take an alert in our own shape. Only the title must be there."""
    return await _take_in(Inbox([usable(alert)], []), runner, response)


@router.post("/{source}", status_code=202)
async def post_alerts_of(source: str, body: dict[str, Any], runner: TheRunner, response: Response) -> Accepted:
    """Take what a known sender posts, for example Alertmanager's webhook."""
    return await _take_in(adapters.read(source, body), runner, response)


async def _take_in(inbox: Inbox, runner: Runner, response: Response) -> Accepted:
    runs: list[StartedRun] = []
    for alert in inbox.alerts:
        try:
            receipt = runner.receive(alert)
        except AlreadyOver:
            continue  # what is over and was never open is no incident
        runs.append(StartedRun(id=receipt.run, joined=receipt.joined))
        await asyncio.sleep(0)  # a group of thousands must not hold up the runs
    if runs:
        response.headers["Location"] = f"/v1/runs/{runs[0].id}"
    return Accepted(runs=runs, refused=inbox.refused)
