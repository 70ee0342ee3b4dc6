"""The public status page and its feed: what was sent to it, and what fails. Public names, and nothing internal."""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel

from agents.io.catalogue import Catalogue
from agents.reports.basis import Status
from agents.rules.writing import neighbours
from agents.rules.writing.last_look import is_failing, was_well_after
from agents.rules.writing.wording import listed
from api.dependencies import TheIncidents
from api.pages.rendering import page
from graphs.intake.incident_service import IncidentService
from graphs.transcript.event import Event
from graphs.transcript.facts import Facts

HISTORY = timedelta(days=90)
INCIDENTS_AT_MOST = 100
NAMED_AT_MOST = 3
"""Components that the headline names."""
MAY_BE_KEPT = {"Cache-Control": "public, max-age=10"}
State = Literal["operational", "being watched", "disturbed"]
BY_GRAVITY: tuple[State, ...] = ("operational", "being watched", "disturbed")
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
    state: State


class StatusPage(BaseModel):
    """How things stand for the public. Times are UTC."""

    state: State
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
    still_open = {run: incident for run, incident in published.items() if incident.resolved_at is None}
    names = sorted({service.public_name for service in incidents.catalogue.services.values() if service.public_name})
    concerns = [
        _concern(incident, incidents.facts(run), incidents.catalogue, names) for run, incident in still_open.items()
    ]
    shown_names = dict.fromkeys([*names, *(incident.component for incident in still_open.values())])
    return StatusPage(
        state=_worst(concern.state for concern in concerns),
        components=[PublicComponent(name=name, state=_worst(one.of(name) for one in concerns)) for name in shown_names],
        open_incidents=[*still_open.values()],
        history=[incident for incident in published.values() if incident.resolved_at],
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


class Concern(NamedTuple):
    """What an open incident is about, in public names."""

    status: Status
    failing: set[str]
    """What fails by its newest measurement, whatever was sent."""
    told: set[str]
    """What the newest text is about, and what it would name if it were written now: it stands as the incident does."""
    hurt: set[str]
    """What was hurt, or not counted, since it began: nobody has called that over yet."""

    @property
    def state(self) -> State:
        return "being watched" if self.status == "Monitoring" and not self.failing else "disturbed"

    def of(self, component: str) -> State:
        if component in self.failing or (component in self.told and self.status != "Monitoring"):
            return "disturbed"
        return "being watched" if component in self.told | self.hurt else "operational"


def _concern(incident: Incident, facts: Facts, catalogue: Catalogue, names: list[str]) -> Concern:
    def public(services: Iterable[str]) -> set[str]:
        known = catalogue.services
        return {known[service].public_name for service in services if service in known} - {""}

    ledger, look, began = facts.ledger, facts.newest_scope, facts.detected_at
    found = [name for name in look.services if is_failing(name, look)] if look and look.abnormal else []
    found += [one.service for one in neighbours.going_on(ledger)]
    own = [one for one in ledger.failing(facts.fixed_at) if not neighbours.is_for_want_of_calls(one, ledger, catalogue)]
    failing = [one.service for one in own if not was_well_after(one.until, ledger)]
    return Concern(
        status=incident.status,
        failing=public(failing),
        told={incident.component} | _named(incident.updates[0].impact, names) | public(found),
        hurt=public(entry.service for entry in [*ledger.hurt(began), *ledger.unknown(began)]),
    )


def _named(text: str, names: list[str]) -> set[str]:
    """The components that a text names; of names that hold one another the longest."""
    longest_first = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return set(re.findall(rf"(?<!\w)(?:{longest_first})(?!\w)", text)) if names else set()


def _worst(states: Iterable[State]) -> State:
    return BY_GRAVITY[max(map(BY_GRAVITY.index, states), default=0)]
