"""Which alerts make one incident: people look at them, merge runs and split them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.dependencies import KnownRun, TheIncidents
from api.intake.harmless_body import HarmlessBody
from api.runs.instructions import Name, TheSpeaker, Word, Written
from api.runs.run_view import shown
from graphs.model.identity import proof_of

router = APIRouter(tags=["people"], route_class=HarmlessBody)
looking = APIRouter(tags=["people"])
"""Everybody who sees the runs sees their alerts."""


class Merging(Word):
    """The run whose incident it is too."""

    into: Name


class Splitting(Word):
    """Which of a run's alerts are another incident: by the refs that GET /v1/runs/{id}/alerts gives."""

    alerts: Annotated[list[Name], Field(min_length=1, max_length=1000)]


class SplitOff(BaseModel):
    """The run that was started."""

    id: str


class AlarmShown(BaseModel):
    """An alert of a run."""

    ref: str
    """Of the event that tells of it."""
    source: str
    sender: str
    """Who proved to send it: "sender NAME" by its signature or by a key that is for it, "key NAME" by a key that is for
    no one sender, "local" where nothing had to be proved, "warroom" for Warroom itself."""
    title: str
    service: str
    firing: bool
    times: int
    """It came."""
    last_at: datetime


@looking.get("/v1/runs/{run}/alerts")
async def show_alerts(run: KnownRun, incidents: TheIncidents) -> list[AlarmShown]:
    """The alerts that belong to a run, and how often each came."""
    return [
        AlarmShown(
            **one.alert.model_dump(include={"source", "title", "service"}),
            sender=str(proof_of(one.alert)),
            ref=one.ref,
            firing=one.is_firing,
            times=one.times,
            last_at=one.last_at,
        )
        for one in incidents.alerts_of(run.id)
    ]


@router.post("/v1/runs/{run}/merge", status_code=202)
async def merge(speaker: TheSpeaker, word: Merging) -> Written:
    """Say that two runs are one incident: this one ends, its alerts belong to the other."""
    return shown(speaker.incidents.merge(speaker.run, word.into, speaker.caller.named(word.by)))


@router.post("/v1/runs/{run}/split", status_code=202)
async def split(speaker: TheSpeaker, word: Splitting) -> SplitOff:
    """Say that some of a run's alerts are another incident: they start a run of their own."""
    return SplitOff(id=speaker.incidents.split(speaker.run, word.alerts, speaker.caller.named(word.by)).run)
