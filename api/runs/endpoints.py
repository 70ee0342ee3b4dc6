"""Runs go out: as they stand, their transcripts, their graphs, their post-mortems."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from api.dependencies import KnownRun, TheIncidents, tagged
from api.runs.run_view import RunView, shown, view_of
from graphs.engine.incident_graph import draw
from graphs.intake.incident_service import IncidentService
from graphs.intake.post_mortems import NotWrittenYet
from graphs.transcript.facts import Facts

router = APIRouter(prefix="/v1/runs", tags=["runs"])
Before = Annotated[str, Query(max_length=200, description="Runs older than this one: `next` of the page before.")]
Unseen = Annotated[bool, Query(description="Only those that were closed without anyone looking.")]
After = Annotated[int, Query(ge=0, le=2**53)]


class Runs(BaseModel):
    """A page of runs, newest first."""

    runs: list[RunView]
    next: str | None
    """`before` of the next page; None: this is the last."""


class Transcript(BaseModel):
    """Events of a run, in order."""

    run: str
    events: list[dict[str, Any]]
    """seq, at, kind, lane, role, duty, rows, payload, ref, key"""


def _view(facts: Facts, incidents: IncidentService) -> RunView:
    return view_of(facts, incidents.catalogue, incidents.clock.now())


@router.get("")
async def list_runs(
    incidents: TheIncidents,
    response: Response,
    most: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Before = "",
    unseen: Unseen = False,
) -> Runs:
    """The newest runs, page by page."""
    if before:
        incidents.facts(before)
    found = incidents.runs.older_than(before, most + 1, unseen)
    runs = [_view(facts, incidents) for facts in found[:most]]
    following = runs[-1].id if len(found) > most else None
    if following:
        only = "&unseen=true" if unseen else ""
        response.headers["Link"] = f'</v1/runs?most={most}&before={following}{only}>; rel="next"'
    return Runs(runs=runs, next=following)


@router.get("/{run}")
async def show_run(run: KnownRun, incidents: TheIncidents) -> RunView:
    """A run as it stands now."""
    return _view(run, incidents)


@router.get("/{run}/transcript")
async def show_transcript(run: KnownRun, incidents: TheIncidents, after: After = 0) -> Transcript:
    """Every event of a run, or those after a sequence number."""
    return Transcript(run=run.id, events=[shown(event) for event in incidents.transcript(run.id, after)])


@router.get("/{run}/graph", response_class=PlainTextResponse)
async def show_graph(run: KnownRun, incidents: TheIncidents) -> str:
    """The runbook's graph as Mermaid, with the nodes marked at which the run is."""
    return draw(await incidents.current_nodes(run.id))


@router.get("/{run}/post-mortem", response_class=PlainTextResponse)
async def show_post_mortem(run: KnownRun, incidents: TheIncidents, response: Response) -> PlainTextResponse:
    """The newest version of the post-mortem as Markdown, once it is written. Its ETag is for If-Match."""
    try:
        found = incidents.post_mortems.find(run.id)
    except NotWrittenYet as none:
        raise NotWrittenYet(f"{run.id} has no post-mortem yet: {_why_not(run, incidents)}") from none
    tagged(found, response)
    return PlainTextResponse(found.text, media_type="text/markdown", headers={"ETag": response.headers["ETag"]})


def _why_not(run: Facts, incidents: IncidentService) -> str:
    unreadable = (event for event in incidents.transcript(run.id) if not event.is_readable)
    if any(event.payload.get("was") == "post_mortem" for event in unreadable):
        return "what was written cannot be read"
    if run.severity == "P3":
        return "a P3 gets a backlog entry instead"
    return f"it is in step {run.step} of 5, and the post-mortem is written after resolution"
