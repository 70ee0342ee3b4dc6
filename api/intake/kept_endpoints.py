"""The inbox of alerts that started nothing, and planned silence."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, BeforeValidator, Field

from agents.io.outside_text import sanitize
from api.auth.access import TheCaller
from api.dependencies import TheIncidents
from api.intake.calendar import Calendar, read_calendar
from api.intake.harmless_body import HarmlessBody
from graphs.intake.outcomes import KeptAlertRow
from graphs.intake.silences import NewSilence, SilenceRow
from graphs.model.identity import sent_by

looking = APIRouter(tags=["inbox"])
router = APIRouter(tags=["inbox"], route_class=HarmlessBody)
calendars = APIRouter(tags=["inbox"])
By = Annotated[str, Field(max_length=200, description="Who says it. The holder of the key, whatever stands here.")]


class KeptAlert(BaseModel):
    """An alert that started nothing."""

    ref: str
    """Of the body that it came in."""
    number: int
    """Its place in that body."""
    received_at: datetime
    times: int
    """How often the same body came."""
    source: str
    title: str
    description: str
    service: str
    environment: str
    severity: str
    status: str
    became: str
    why: str
    run: str
    """That was started from it since; empty: none."""
    silent_until: datetime | None


class SilenceShown(BaseModel):
    """A time in which what fits starts nothing."""

    id: str
    starts_at: datetime
    ends_at: datetime
    service: str
    environment: str
    label: str
    alert: str
    """The title of the one alert that is muted; empty for a maintenance window."""
    by: str
    why: str
    feed: str


def _written_out(at: object) -> object:
    """A bare number would be read as seconds since 1970."""
    if isinstance(at, str) and not re.match(r"\d{4}-", at):
        raise ValueError("expected a time such as 2026-03-03T02:30Z")
    return at


WrittenOut = Annotated[datetime | None, BeforeValidator(_written_out)]
Place = Annotated[int, Path(ge=0, le=1_000_000)]
"""Of an alert in its body."""


class Who(BaseModel, extra="forbid"):
    """Who says it."""

    by: By = ""


class Muting(BaseModel, extra="forbid"):
    """For how long one alert is muted, by whom and why."""

    by: By = ""
    why: Annotated[str, Field(min_length=1, max_length=2_000)]
    minutes: Annotated[float, Field(gt=0, le=60 * 24 * 365)]


class Planned(NewSilence, extra="forbid"):
    """A maintenance window."""

    by: By = ""


class StartedBy(BaseModel):
    """The run that was started."""

    id: str


class Imported(BaseModel):
    """What a calendar was read as."""

    silences: list[SilenceShown]
    left_out: list[str]
    """Events that plan no silence, and why."""


@looking.get("/v1/inbox")
async def show_inbox(
    incidents: TheIncidents, most: Annotated[int, Query(ge=1, le=1000)] = 100, before: WrittenOut = None
) -> list[KeptAlert]:
    """The newest alerts that started nothing: control messages, changes, what was over already or is unreadable."""
    return [kept_alert(row) for row in incidents.outcomes.newest(most, before)]


@router.post("/v1/inbox/{ref}/{number}/run", status_code=202)
async def start_run(ref: str, number: Place, told: Who, incidents: TheIncidents, caller: TheCaller) -> StartedBy:
    """Start a run from an alert that started nothing."""
    return StartedBy(id=incidents.outcomes.start_run(ref, number, caller.named(told.by)))


@router.post("/v1/inbox/{ref}/{number}/mute", status_code=202)
async def mute(ref: str, number: Place, told: Muting, incidents: TheIncidents, caller: TheCaller) -> SilenceShown:
    """Mute one alert for a time: what is open goes on, and what fires later starts nothing until then."""
    alert = incidents.outcomes.find(ref, number).alert
    until = incidents.clock.now() + timedelta(minutes=told.minutes)
    return silence(incidents.silences.mute(alert, until, caller.named(told.by), told.why))


@router.post("/v1/runs/{run}/alerts/{ref}/mute", status_code=202)
async def mute_of_run(run: str, ref: str, told: Muting, incidents: TheIncidents, caller: TheCaller) -> SilenceShown:
    """Mute one of a run's alerts for a time, by the ref that GET /v1/runs/{id}/alerts gives."""
    alert = incidents.alert_of(run, ref)
    until = incidents.clock.now() + timedelta(minutes=told.minutes)
    return silence(incidents.silences.mute(alert, until, caller.named(told.by), told.why))


@looking.get("/v1/silences")
async def show_silences(incidents: TheIncidents) -> list[SilenceShown]:
    """The silences that hold now or are to come."""
    return [silence(row) for row in incidents.silences.listed()]


@router.post("/v1/silences", status_code=201)
async def plan_silence(told: Planned, incidents: TheIncidents, caller: TheCaller) -> SilenceShown:
    """Plan a maintenance window: alerts that fit are kept and shown and start nothing; what fires at its end does."""
    named = told.model_copy(update={"by": caller.named(told.by)})
    return silence(incidents.silences.add(named))


@router.delete("/v1/silences/{id}", status_code=204)
async def end_silence(id: str, incidents: TheIncidents) -> None:  # noqa: A002 - what the address calls it
    """End a silence now; what still fires starts its run."""
    incidents.silences.end(id)


TEXT = {"text/calendar": {"schema": {"type": "string"}}}
CALENDAR: dict[str, Any] = {"requestBody": {"required": True, "content": TEXT}}
Feed = Annotated[str, Query(max_length=200, description="The name of the calendar.")]


@calendars.post("/v1/silences/calendar", status_code=202, openapi_extra=CALENDAR)
async def import_calendar(
    request: Request, incidents: TheIncidents, caller: TheCaller, feed: Feed = "calendar"
) -> Imported:
    """Plan a maintenance window for each event of an iCalendar feed; sent again, it changes those of before.

    An event says in its description what is silent: lines such as `service: checkout` or `label: team=payments`.
    """
    text = sanitize((await request.body()).decode("utf-8", "replace"))
    calendar: Calendar = read_calendar(text, feed, caller.named("the calendar"), incidents.clock.now())
    added = [silence(incidents.silences.add(new)) for new in calendar.silences]
    return Imported(silences=added, left_out=calendar.left_out)


def kept_alert(row: KeptAlertRow) -> KeptAlert:
    """An alert that started nothing, as it is shown."""
    alert = row.alert
    shown = alert.model_dump(include={"title", "description", "service", "environment", "severity", "status"})
    kept = {name: getattr(row, name) for name in ("ref", "number", "received_at", "times", "became", "why", "run")}
    return KeptAlert.model_validate({**shown, **kept, "source": sent_by(alert), "silent_until": row.silent_until})


def silence(row: SilenceRow) -> SilenceShown:
    """A silence, as it is shown."""
    return SilenceShown(
        id=row.id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        service=row.service,
        environment=row.environment,
        label=f"{row.label}={row.label_value}" if row.label else "",
        alert=row.title,
        by=row.set_by,
        why=row.why,
        feed=row.feed,
    )
