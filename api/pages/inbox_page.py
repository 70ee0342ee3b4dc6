"""The pages of alerts that started nothing, and of planned silence; a person can start a run, mute, and plan."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError

from agents.io.outside_text import sanitize
from agents.io.redaction import without_secrets
from api.dependencies import TheIncidents
from api.intake.kept_endpoints import kept_alert, silence
from api.pages.forms import fields_of
from api.pages.rendering import page
from api.pages.run_page import name_of
from graphs.intake.inbox import UnknownDelivery
from graphs.intake.incident_service import IncidentService
from graphs.intake.outcomes import UnknownKeptAlert
from graphs.intake.silences import NewSilence, UnknownSilence

router = APIRouter(include_in_schema=False)
forms = APIRouter(include_in_schema=False)
AT_ONCE = 100
LONGEST_BODY = 20_000
"""Characters of a body that are shown."""
MUTED_FOR = {"60": "1 hour", "480": "8 hours", "1440": "1 day", "10080": "1 week"}


@router.get("/inbox")
async def show_inbox(incidents: TheIncidents, before: datetime | None = None) -> HTMLResponse:
    """Everything that came in and started nothing, newest first."""
    rows = incidents.outcomes.newest(AT_ONCE + 1, before)
    older = rows[AT_ONCE - 1].received_at.isoformat() if len(rows) > AT_ONCE else ""
    return page("inbox.html", kept=[kept_alert(row) for row in rows[:AT_ONCE]], older=older)


@router.get("/inbox/{ref}/{number}")
async def show_kept(ref: str, number: int, incidents: TheIncidents, request: Request) -> HTMLResponse:
    """One of them, with the body that it came in."""
    return _kept_page(incidents, (ref, number), name_of(request))


@forms.post("/inbox/{ref}/{number}/run")
async def start_run(ref: str, number: int, incidents: TheIncidents, request: Request) -> Any:
    """Start a run from an alert that started nothing."""
    typed = await fields_of(request)
    if not typed.get("by"):
        return _kept_page(incidents, (ref, number), "", "Say who you are.")
    try:
        run = incidents.outcomes.start_run(ref, number, typed["by"][:200])
    except UnknownKeptAlert:
        return page("missing.html", 404, what=f"alert {ref}/{number} in the inbox")
    return RedirectResponse(f"/runs/{run}", 303)


@forms.post("/inbox/{ref}/{number}/mute")
async def mute(ref: str, number: int, incidents: TheIncidents, request: Request) -> Any:
    """Mute an alert for a time."""
    typed = await fields_of(request)
    by, why, minutes = typed.get("by", ""), typed.get("why", ""), typed.get("minutes", "")
    if not by or not why or minutes not in MUTED_FOR:
        return _kept_page(incidents, (ref, number), name_of(request), "Say who you are, why, and for how long.")
    try:
        alert = incidents.outcomes.find(ref, number).alert
    except UnknownKeptAlert:
        return page("missing.html", 404, what=f"alert {ref}/{number} in the inbox")
    until = incidents.clock.now() + timedelta(minutes=int(minutes))
    incidents.silences.mute(alert, until, by[:200], why[:2_000])
    return RedirectResponse("/silences", 303)


@router.get("/silences")
async def show_silences(incidents: TheIncidents, request: Request) -> HTMLResponse:
    """The silences that hold or are to come."""
    return _silences_page(incidents, name_of(request))


@forms.post("/silences")
async def plan(incidents: TheIncidents, request: Request) -> Any:
    """Plan a maintenance window."""
    typed = await fields_of(request)
    times = {name: _utc(typed.get(name, "")) for name in ("starts_at", "ends_at")}
    wanted = {name: said for name, said in {**typed, **times}.items() if said and name in NewSilence.model_fields}
    return _taken(incidents, typed.get("by", ""), lambda: incidents.silences.add(NewSilence.model_validate(wanted)))


@forms.post("/silences/{id}/end")
async def end(id: str, incidents: TheIncidents, request: Request) -> Any:  # noqa: A002 - what the address calls it
    """End a silence now."""
    await fields_of(request)
    return _taken(incidents, name_of(request), lambda: incidents.silences.end(id))


def _taken(incidents: IncidentService, who: str, take: Callable[[], object]) -> Any:
    try:
        take()
    except ValidationError as error:
        said = "; ".join(fault["msg"].removeprefix("Value error, ") for fault in error.errors())
        return _silences_page(incidents, who, f"This was not taken: {said}.")
    except UnknownSilence:
        return _silences_page(incidents, who, "There is no such silence, or it is over.")
    return RedirectResponse("/silences", 303)


def _utc(typed: str) -> str:
    """What a browser sends of a time has no zone: the page says that it is UTC."""
    return f"{typed}:00+00:00" if len(typed) == len("2026-03-03T02:00") else typed


def _kept_page(incidents: IncidentService, which: tuple[str, int], who: str, notice: str = "") -> HTMLResponse:
    try:
        row = incidents.outcomes.find(*which)
    except UnknownKeptAlert:
        return page("missing.html", 404, what=f"alert {which[0]}/{which[1]} in the inbox")
    shown = {"kept": kept_alert(row), "labels": row.alert.labels, "body": _body(incidents, row.ref)}
    return page("kept.html", 422 if notice else 200, **shown, who=who, notice=notice, muted_for=MUTED_FOR)


def _silences_page(incidents: IncidentService, who: str, notice: str = "") -> HTMLResponse:
    now = incidents.clock.now()
    listed = [silence(row) for row in incidents.silences.listed()]
    return page("silences.html", 422 if notice else 200, silences=listed, now=now, who=who, notice=notice)


def _body(incidents: IncidentService, ref: str) -> str:
    """The body as it is kept; empty where it is not kept any more."""
    try:
        body = incidents.inbox.find(ref).body
    except UnknownDelivery:
        return ""
    return without_secrets(sanitize(body.decode("utf-8", "replace")[:LONGEST_BODY]))
