"""Pages: the runs, and one run, complete without JavaScript. Questions are forms."""

from datetime import datetime
from importlib.resources import files
from typing import Any, NamedTuple, get_args

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FunctionLoader, StrictUndefined

from agents.reports import Cause, Severity
from api.dependencies import TheRunner
from api.run_view import view_of
from api.said import Tone
from api.telling import Line, Teller, clean
from graphs.reception import UnknownRun
from graphs.runner import Runner
from graphs.transcript import Event

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
MARKS: dict[Tone, str] = {"plain": "", "quiet": "·", "good": "✓", "bad": "!", "asks": "?", "heading": ""}
"""So that no colour stands alone."""
OUTSIDE = {"publish_status": "On the status page", "send_brief": "Executive briefs"}

LABELS = {"edit": "approve as changed", "done": "it was done", "not done": "it was not done"}
"""What is on a button, where that is not the answer itself."""


class Way(NamedTuple):
    """The way in which a run's page is wanted."""

    everything: bool = False
    """With all details."""
    telling: bool = False
    """Somebody is about to tell the run something: the form is open, and the page stays as it is."""


PLAIN = Way()
router = APIRouter(include_in_schema=False)
_pages = Environment(
    loader=FunctionLoader(lambda name: files("api").joinpath("templates", name).read_text(encoding="utf-8")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _moment(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}" if time else "-"


_pages.filters["moment"] = _moment


def _page(name: str, status: int = 200, **shown: Any) -> HTMLResponse:
    return HTMLResponse(_pages.get_template(name).render(**shown), status, HEADERS)


@router.get("/")
async def show_runs(request: Request, runner: TheRunner, tell: bool = False) -> HTMLResponse:
    """The newest runs, newest first."""
    now = runner.room.clock.now()
    runs = [view_of(facts, runner.room.catalogue, now) for facts in runner.runs()]
    base = str(request.base_url).rstrip("/")
    return _page("runs.html", runs=runs, all_held=runner.room.held, telling=tell, base=base)


@router.get("/runs/{run}")
async def show_run(run: str, runner: TheRunner, all: bool = False, tell: bool = False) -> HTMLResponse:  # noqa: A002 - the address says ?all=1
    """One run: how it stands, what it asks, what happened."""
    try:
        return run_page(runner, run, way=Way(all, tell))
    except UnknownRun:
        return missing(run)


def missing(run: str) -> HTMLResponse:
    """There is no such run."""
    return _page("missing.html", 404, run=run)


def run_page(runner: Runner, run: str, notice: str = "", status: int = 200, way: Way = PLAIN) -> HTMLResponse:
    """Show a run; with a notice where a form could not be taken. Raises UnknownRun."""
    facts = runner.facts(run)
    events = runner.transcript(run)
    return _page(
        "run.html",
        status,
        run=view_of(facts, runner.room.catalogue, runner.room.clock.now()),
        notice=notice,
        lines=_lines(events, way.everything),
        outside={heading: _sent(events, port) for port, heading in OUTSIDE.items()},
        post_mortem=next((event.payload["text"] for event in events if event.kind == "post_mortem"), ""),
        way=way,
        all_held=runner.room.held,
        hold=next((_line_of_hold(event) for event in reversed(events) if event.kind == "hold"), None),
        severities=get_args(Severity),
        over=facts.status in ("closed", "cancelled"),
        labels=LABELS,
        marks=MARKS,
        causes=get_args(Cause),
    )


def _line_of_hold(event: Event) -> str:
    text = event.payload["text"]
    return clean(f"{event.payload['by']} put it on hold at {event.at:%H:%M} UTC{f': {text}' if text else ''}")


def _lines(events: list[Event], everything: bool) -> list[Line]:
    teller = Teller()
    return [line for event in events for line in teller.tell(event) if everything or not line.detail]


def _sent(events: list[Event], port: str) -> list[str]:
    """What left the building through a port, newest first."""
    sent = (event.payload for event in events if event.kind == "outbound" and event.payload["port"] == port)
    return [payload["arguments"]["text"] for payload in sent][::-1]
