"""The public status page and its feed: what was sent to it, and what fails. Public names, and nothing internal."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel

from agents.reports.basis import Status
from agents.rules.writing.wording import listed
from api.dependencies import TheIncidents
from api.pages.rendering import page
from graphs.intake.incident_service import IncidentService
from graphs.transcript.event import Event

HISTORY = timedelta(days=90)
INCIDENTS_AT_MOST = 100
NAMED_AT_MOST = 3
"""Components that the headline names."""
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
async def show_status(incidents: TheIncidents) -> HTMLResponse:
    """The status page."""
    told = told_to_the_public(incidents)
    shown = page("status.html", told=told, headline=headline(told), now=incidents.clock.now())
    shown.headers.update(MAY_BE_KEPT)
    return shown


def headline(told: StatusPage) -> str:
    """How things stand in a sentence that names what does not work, where that is little enough to be read."""
    named = [component.name for component in told.components if component.state == told.state]
    subject = listed(named) if 0 < len(named) <= NAMED_AT_MOST else ""
    match told.state:
        case "operational":
            return "✓ No disturbance is known"
        case "disturbed":
            verb = "is" if len(named) == 1 else "are"
            return f"! {subject} {verb} disturbed" if subject else "! Something is disturbed"
        case "being watched":
            return f"… {subject}: the disturbance seems to be over; we are watching" if subject else "… Being watched"


@router.get("/status.json", response_model=StatusPage)
async def feed_status(incidents: TheIncidents) -> JSONResponse:
    """The status page as JSON, for everybody."""
    return JSONResponse(told_to_the_public(incidents).model_dump(mode="json"), headers=MAY_BE_KEPT)


def told_to_the_public(incidents: IncidentService) -> StatusPage:
    """Put together what was sent; a component that fails by its newest measurement is disturbed whatever was sent."""
    sent = incidents.runs.published(incidents.clock.now() - HISTORY, INCIDENTS_AT_MOST)
    published = {run: incident for run, messages in sent.items() if (incident := _incident(run, messages))}
    still_open = [incident for incident in published.values() if incident.resolved_at is None]
    ended = [incident for incident in published.values() if incident.resolved_at]
    failing = _failing(incidents, [run for run, incident in published.items() if incident.resolved_at is None])
    names = sorted({service.public_name for service in incidents.catalogue.services.values() if service.public_name})
    shown_names = dict.fromkeys([*names, *(incident.component for incident in still_open)])
    components = [PublicComponent(name=name, state=_state(still_open, failing, name)) for name in shown_names]
    return StatusPage(
        state=_state(still_open, failing), components=components, open_incidents=still_open, history=ended
    )


def _incident(run: str, messages: list[Event]) -> Incident | None:
    updates = [_update(message.at, message.payload["fields"]) for message in messages if message.payload["done"]]
    if not updates:
        return None
    last = updates[-1]
    return Incident(
        id=hashlib.sha256(f"public {run}".encode()).hexdigest()[:12],
        component=messages[0].payload["fields"]["service_name"],
        status=last.status,
        began_at=updates[0].at,
        resolved_at=last.at if last.status == "Resolved" else None,
        updates=updates[::-1],
    )


def _update(at: datetime, fields: dict[str, Any]) -> Update:
    return Update(at=at, **{name: fields[name] for name in ("status", "impact", "current_action", "next_update")})


def _failing(incidents: IncidentService, runs: list[str]) -> set[str]:
    """Public names of what fails by the newest measurement, in the runs that are open."""
    services, failing = incidents.catalogue.services, set[str]()
    for facts in map(incidents.facts, runs):
        failing |= {
            services[e.service].public_name for e in facts.ledger.failing(facts.fixed_at) if e.service in services
        }
    return failing - {""}


def _state(
    incidents: list[Incident], failing: set[str], component: str = ""
) -> Literal["operational", "disturbed", "being watched"]:
    """How a component stands, or all of them, by the incidents that are open and by what fails."""
    if component in failing or (failing and not component):
        return "disturbed"
    of_it = [incident.status for incident in incidents if component in ("", incident.component)]
    if not of_it:
        return "operational"
    return "being watched" if set(of_it) == {"Monitoring"} else "disturbed"
