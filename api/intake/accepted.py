"""The answer to what a sender posts: what became of each of its alerts, and why."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from fastapi import Response
from pydantic import BaseModel

from agents.runtime.briefing import Alert
from api.intake.parsing.inbox import Inbox, Refused
from graphs.intake.outcomes import UNREADABLE, Outcome

NO_HEADERS: Mapping[str, str] = {}


class StartedRun(BaseModel):
    """A run that an alert started or joined."""

    id: str
    joined: bool
    why: str = ""
    """The reason why the alert belongs to that run."""


class TakenAlert(BaseModel):
    """What became of one alert."""

    alert: int
    """Its place in the body, from 0."""
    title: str
    status: str
    became: str
    """started, joined, resolved, counted, held or kept, the last two with what for."""
    run: str = ""
    """None where it started nothing; the inbox lists those."""
    why: str = ""


class Accepted(BaseModel):
    """What became of the alerts of one body."""

    runs: list[StartedRun]
    alerts: list[TakenAlert] = []
    waiting: int = 0
    """Alerts that are on disk, and are taken in after this answer."""
    refused: list[Refused] = []
    """Alerts of a group that could not be read; the others were taken in."""


class Numbered(NamedTuple):
    """An alert, and its place in its body."""

    number: int
    alert: Alert


def numbered(inbox: Inbox) -> Iterator[Numbered]:
    """The alerts that were read, with their places in the body."""
    unreadable = {refused.alert for refused in inbox.refused}
    places = (number for number in range(len(inbox.alerts) + len(unreadable)) if number not in unreadable)
    return (Numbered(number, alert) for number, alert in zip(places, inbox.alerts, strict=False))


def accepted(taken: list[tuple[Numbered, Outcome]], refused: list[Refused], waiting: int = 0) -> Accepted:
    """Put what became of the alerts into an answer."""
    runs = [StartedRun(id=to.run, joined=to.joined, why=to.why) for _, to in taken if to.run]
    alerts = [
        TakenAlert(
            alert=one.number, title=one.alert.title, status=one.alert.status, became=to.became, run=to.run, why=to.why
        )
        for one, to in taken
    ]
    unreadable = [
        TakenAlert(alert=one.alert, title="", status="unknown", became=UNREADABLE, why=one.why) for one in refused
    ]
    in_order = sorted([*alerts, *unreadable], key=lambda one: one.alert)
    return Accepted(runs=runs, alerts=in_order, waiting=waiting, refused=refused)


def answered(accepted: Accepted, headers: Mapping[str, str] = NO_HEADERS) -> Response:
    """Say what became of a body, and where the first run is; of thousands of alerts in one go."""
    where = {"Location": f"/v1/runs/{accepted.runs[0].id}"} if accepted.runs else {}
    return Response(accepted.model_dump_json(), 202, {**headers, **where}, media_type="application/json")
