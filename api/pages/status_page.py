"""The public status page and its feed: made only of what was sent to it, and of public names. Nothing internal."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel

from agents.reports.basis import Status
from api.dependencies import TheRunner
from api.pages.rendering import page
from graphs.engine.scheduler import Runner
from graphs.store.database import iso
from graphs.transcript.event import events_of

HISTORY = timedelta(days=90)
INCIDENTS_AT_MOST = 100
MAY_BE_KEPT = {"Cache-Control": "public, max-age=10"}
router = APIRouter(tags=["status page"])


class Update(BaseModel):
    """One update, as it was sent."""

    at: datetime
    status: Status
    impact: str
    current_action: str
    next_update: str


class Incident(BaseModel):
    """An incident as the public knows it."""

    id: str
    """Of this page only."""
    component: str
    status: Status
    began_at: datetime
    resolved_at: datetime | None
    updates: list[Update]
    """The newest first."""


class PublicComponent(BaseModel):
    """Something that people use, by its public name."""

    name: str
    state: Literal["operational", "disturbed", "being watched"]


class StatusPage(BaseModel):
    """How things stand for the public. Times are UTC."""

    state: Literal["operational", "disturbed", "being watched"]
    components: list[PublicComponent]
    open_incidents: list[Incident]
    history: list[Incident]
    """The newest first."""


@router.get("/status", include_in_schema=False)
async def show_status(runner: TheRunner) -> HTMLResponse:
    """The status page."""
    shown = page("status.html", told=told_to_the_public(runner), now=runner.deps.clock.now())
    shown.headers.update(MAY_BE_KEPT)
    return shown


@router.get("/status.json", response_model=StatusPage)
async def feed_status(runner: TheRunner) -> JSONResponse:
    """The status page as JSON, for everybody."""
    return JSONResponse(told_to_the_public(runner).model_dump(mode="json"), headers=MAY_BE_KEPT)


def told_to_the_public(runner: Runner) -> StatusPage:
    """Put together what was sent."""
    since = iso(runner.deps.clock.now() - HISTORY)
    rows = runner.deps.store.many("runs_told_to_the_public", since=since, most=INCIDENTS_AT_MOST)
    incidents = [incident for row in rows if (incident := _incident(runner, row["id"]))]
    still_open = [incident for incident in incidents if incident.resolved_at is None]
    ended = [incident for incident in incidents if incident.resolved_at]
    names = sorted({service.public_name for service in runner.deps.catalogue.services.values() if service.public_name})
    told = dict.fromkeys([*names, *(incident.component for incident in still_open)])
    components = [PublicComponent(name=name, state=_state(still_open, name)) for name in told]
    return StatusPage(state=_state(still_open), components=components, open_incidents=still_open, history=ended)


def _incident(runner: Runner, run: str) -> Incident | None:
    told = [event for event in events_of(runner.deps.store, run, "outbound") if event.duty == "update_status_page"]
    updates = [_update(event.at, event.payload["fields"]) for event in told if event.payload["done"]]
    if not updates:
        return None
    last = updates[-1]
    return Incident(
        id=hashlib.sha256(f"public {run}".encode()).hexdigest()[:12],
        component=told[0].payload["fields"]["service_name"],
        status=last.status,
        began_at=updates[0].at,
        resolved_at=last.at if last.status == "Resolved" else None,
        updates=updates[::-1],
    )


def _update(at: datetime, fields: dict[str, Any]) -> Update:
    return Update(at=at, **{name: fields[name] for name in ("status", "impact", "current_action", "next_update")})


def _state(incidents: list[Incident], component: str = "") -> Literal["operational", "disturbed", "being watched"]:
    """How a component stands, or all of them, by the incidents that are open."""
    of_it = [incident.status for incident in incidents if component in ("", incident.component)]
    if not of_it:
        return "operational"
    return "being watched" if set(of_it) == {"Monitoring"} else "disturbed"
