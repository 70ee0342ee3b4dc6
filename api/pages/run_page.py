"""Pages of a run: how it stands, and its post-mortem. Complete without JavaScript; questions are forms."""

from typing import Annotated, Any, NamedTuple, get_args

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from agents.reports.basis import Cause, Severity
from api.dependencies import TheBoards
from api.narration.event_lines import clean
from api.narration.graph_svg import picture
from api.narration.run_board import OUTSIDE, BoardEntry, RunBoard, RunBoards
from api.pages.documents import as_html
from api.pages.rendering import HEADERS, page, render
from api.runs.run_view import view_of
from graphs.intake.run_lookup import UnknownRun
from graphs.transcript.event import Event
from graphs.transcript.facts import STEPS

LINES_AT_ONCE = 400
WORKS_AT_ONCE = 6
"""Duties of a lane on the run's page; all of them are on the lane's own."""
LABELS = {"edit": "approve as changed", "done": "it was done", "not done": "it was not done"}
"""What is on a button, where that is not the answer itself."""


class Way(NamedTuple):
    """The way in which a run's page is wanted."""

    everything: bool = False
    """With all details."""
    telling: bool = False
    """Somebody is about to tell the run something: the form is open, and the page stays as it is."""
    before: int = 0
    """Only lines before this event; 0: the latest."""
    who: str = ""
    """In whose name a form is sent; empty: it asks."""


class Wanted(BaseModel):
    """What the address of a run's page says after its `?`."""

    all: bool = False
    tell: bool = False
    before: int = 0


class Notice(NamedTuple):
    """What is said first on a page, where a form could not be taken."""

    text: str = ""
    status: int = 200


PLAIN, NOTHING = Way(), Notice()
router = APIRouter(include_in_schema=False)


@router.get("/runs/{run}")
async def show_run(run: str, request: Request, boards: TheBoards, wanted: Annotated[Wanted, Query()]) -> HTMLResponse:
    """One run: how it stands, what it asks, what happened."""
    try:
        return await run_page(boards, run, way=Way(wanted.all, wanted.tell, wanted.before, name_of(request)))
    except UnknownRun:
        return missing(run)


@router.get("/runs/{run}/now")
async def show_now(run: str, request: Request, boards: TheBoards) -> HTMLResponse:
    """What a run's page shows above its lines, anew; whoever watches asks for it at every change."""
    who, incidents = name_of(request), boards.incidents

    async def write() -> str:
        return render("now.html", **await _standing(boards, run, Way(who=who)), notice=NOTHING)

    try:
        key = run, who, incidents.facts(run).seen, incidents.held_by, incidents.runs.storm_size(run)
        return HTMLResponse(await boards.copies.of(key, write), headers=HEADERS)
    except UnknownRun:
        return missing(run)


@router.get("/runs/{run}/post-mortem")
async def show_post_mortem(run: str, boards: TheBoards) -> HTMLResponse:
    """The post-mortem by itself, to read and to print."""
    try:
        written = boards.of(run).last.get("post_mortem")
    except UnknownRun:
        return missing(run)
    return page("post_mortem.html", run=run, text=_post_mortem(written, run, 0))


def name_of(request: Request) -> str:
    """The name that the caller's key bears; empty for the person at this machine, who types one."""
    return request.state.caller.name


def missing(run: str) -> HTMLResponse:
    """There is no such run."""
    return page("missing.html", 404, what=f"run {run}")


async def run_page(boards: RunBoards, run: str, notice: Notice = NOTHING, way: Way = PLAIN) -> HTMLResponse:
    """Show a run; with a notice where a form could not be taken. Raises UnknownRun."""
    standing = await _standing(boards, run, way)
    lines, older = _lines(boards.of(run), way)
    return page("run.html", notice.status, **standing, notice=notice, lines=lines, older=older)


async def _standing(boards: RunBoards, run: str, way: Way) -> dict[str, Any]:
    incidents, board = boards.incidents, boards.of(run)
    facts, now = incidents.facts(run), incidents.clock.now()
    return {
        "run": view_of(facts, incidents.catalogue, now),
        "now": now,
        "board": board,
        "storm": incidents.runs.storm_size(run),
        "steps": STEPS,
        "way": way,
        "over": facts.status in ("closed", "cancelled"),
        "all_held_by": incidents.held_by,
        "hold": _line_of_hold(board.last.get("hold")),
        "graph": await picture(incidents, run, board.visited),
        "sent": {heading: board.sent[port][::-1] for port, heading in OUTSIDE.items()},
        "post_mortem": _post_mortem(board.last.get("post_mortem"), run, 2),
        "severities": get_args(Severity),
        "causes": get_args(Cause),
        "labels": LABELS,
        "works_at_once": WORKS_AT_ONCE,
    }


def _line_of_hold(event: Event | None) -> str:
    if event is None:
        return "A person has put this run's acting on hold"
    text = event.payload["text"]
    return clean(f"{event.payload['by']} put it on hold at {event.at:%H:%M} UTC{f': {text}' if text else ''}")


def _post_mortem(written: Event | None, run: str, under: int) -> str:
    return as_html(written.payload["text"], run, under) if written else ""


def _lines(board: RunBoard, way: Way) -> tuple[list[BoardEntry], int]:
    """The lines that a page shows at once, oldest first, and the event before which older ones stand; 0: none."""
    told = [entry for entry in board.entries if way.everything or not entry.line.detail]
    if way.before:
        told = [entry for entry in told if entry.line.seq < way.before]
    shown = told[-LINES_AT_ONCE:]
    return shown, shown[0].line.seq if len(shown) < len(told) else 0
