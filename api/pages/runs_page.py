"""The page of all runs: the open ones first, the ended ones below, page by page; filter, search, and the switch."""

from typing import Annotated, NamedTuple, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from agents.reports.basis import Severity
from api.dependencies import TheIncidents
from api.pages.rendering import page
from api.pages.run_page import name_of
from api.runs.run_view import RunView, view_of
from graphs.intake.incident_service import IncidentService
from graphs.model.runbook import WORST_FIRST
from graphs.transcript.facts import STEPS, Facts

OPEN_AT_ONCE, ENDED_AT_ONCE = 100, 25
LOOKED_THROUGH = 500
"""So many ended runs are looked through for a severity before the page offers to go on."""
router = APIRouter(include_in_schema=False)


class RunsQuery(BaseModel):
    """Which runs the page shows."""

    q: str = ""
    severity: str = ""
    before: str = ""
    """Ended runs older than this one."""
    unseen: bool = False
    """Only those that were closed without anyone looking."""

    def address(self, before: str = "") -> str:
        """The address of the page that shows them."""
        asked = {"q": self.q, "severity": self.severity, "before": before, "unseen": "1" if self.unseen else ""}
        return f"/?{urlencode({name: text for name, text in asked.items() if text})}"


class Ended(NamedTuple):
    """A page of ended runs."""

    runs: list[RunView]
    older: str
    """The run after which older ones come; empty: none."""


@router.get("/")
async def show_runs(
    request: Request, incidents: TheIncidents, query: Annotated[RunsQuery, Query()], tell: bool = False
) -> HTMLResponse:
    """The runs."""
    ended = _ended(incidents, query)
    shown = {
        "open": [] if query.before or query.unseen else _open(incidents, query),
        "ended": ended.runs,
        "older": query.address(ended.older) if ended.older else "",
        "queue_length": incidents.runs.queue_length(),
        "unseen": incidents.runs.unseen(),
        "any": not incidents.runs.is_empty(),
        "base": str(request.base_url).rstrip("/"),
    }
    context = {"query": query, "severities": get_args(Severity), "steps": STEPS, "now": incidents.clock.now()}
    return page("runs.html", **shown, **context, all_held_by=incidents.held_by, telling=tell, who=name_of(request))


def _open(incidents: IncidentService, query: RunsQuery) -> list[RunView]:
    """The worst first, among equals the one that asks, then the oldest; what waits in a storm's queue last."""
    views = [_view(incidents, facts) for facts in incidents.runs.search_open(query.q, OPEN_AT_ONCE)]
    return sorted((view for view in views if _fits(view, query)), key=_urgency)


def _urgency(view: RunView) -> tuple[bool, int, bool, str]:
    worst = WORST_FIRST.index(view.severity) if view.severity else -1
    return view.queued, worst, not view.questions, view.id


def _ended(incidents: IncidentService, query: RunsQuery) -> Ended:
    before, found = query.before, list[RunView]()
    for _ in range(LOOKED_THROUGH // ENDED_AT_ONCE):
        most = ENDED_AT_ONCE + 1 - len(found)
        ended = incidents.runs.search_ended(query.q, before, most, query.unseen)
        found += [view for view in (_view(incidents, facts) for facts in ended) if _fits(view, query)]
        if len(ended) < most:
            return Ended(found, "")
        if len(found) > ENDED_AT_ONCE:
            return Ended(found[:ENDED_AT_ONCE], found[ENDED_AT_ONCE - 1].id)
        before = ended[-1].id
    return Ended(found, before)


def _view(incidents: IncidentService, facts: Facts) -> RunView:
    return view_of(facts, incidents.catalogue, incidents.clock.now())


def _fits(view: RunView, query: RunsQuery) -> bool:
    return not query.severity or view.severity == query.severity
