"""Pages: the runs, and one run, complete without JavaScript. Questions are forms."""

from datetime import datetime
from importlib.resources import files
from typing import Any, get_args
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FunctionLoader, StrictUndefined
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from agents.reports import Cause
from api.dependencies import TheRunner
from api.run_view import view_of
from api.said import Tone
from api.telling import Line, Teller
from graphs.questions import HumanAnswer, WrongAnswer
from graphs.reception import AlreadyAnswered, UnknownQuestion, UnknownRun
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
async def show_runs(request: Request, runner: TheRunner) -> HTMLResponse:
    """The newest runs, newest first."""
    now = runner.room.clock.now()
    runs = [view_of(facts, runner.room.catalogue, now) for facts in runner.runs()]
    return _page("runs.html", runs=runs, base=str(request.base_url).rstrip("/"))


@router.get("/runs/{run}")
async def show_run(run: str, runner: TheRunner, all: bool = False) -> HTMLResponse:  # noqa: A002 - the address says ?all=1
    """One run: how it stands, what it asks, what happened."""
    try:
        return _run_page(runner, run, everything=all)
    except UnknownRun:
        return _page("missing.html", 404, run=run)


@router.post("/runs/{run}/answers/{question}")
async def take_answer(run: str, question: str, request: Request, runner: TheRunner) -> Any:
    """Take a form's answer and go back to the run; where it cannot be taken, the page says why."""
    _must_be_our_own_form(request)
    fields = parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True)
    typed = {name: text for name, text in fields if text or name == "by"}
    try:
        runner.answer(run, question, HumanAnswer.model_validate(typed))
    except UnknownRun:
        return _page("missing.html", 404, run=run)
    except AlreadyAnswered as before:
        return _run_page(runner, run, f"This was answered before: {before}. The first answer stands.", 409)
    except UnknownQuestion:
        return _run_page(runner, run, "The run does not ask this, or no longer.", 404)
    except WrongAnswer as wrong:
        return _run_page(runner, run, f"{wrong}.", 422)
    except ValidationError as error:
        said = "; ".join(_fault(fault["loc"], fault["msg"]) for fault in error.errors())
        return _run_page(runner, run, f"The answer was not taken: {said}.", 422)
    return RedirectResponse(f"/runs/{run}", 303)


def _fault(where: tuple[int | str, ...], what: str) -> str:
    named = {"by": "your name"}.get(str(where[0]), str(where[0])) if where else ""
    return f"{named}{': ' if named else ''}{what.removeprefix('Value error, ')}"


def _must_be_our_own_form(request: Request) -> None:
    """Refuse forms that another site's page sends in a person's name. Browsers say where a form stands."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "This form does not stand on Warroom's own page. Answer on the run's page.")


def _run_page(runner: Runner, run: str, notice: str = "", status: int = 200, everything: bool = False) -> HTMLResponse:
    facts = runner.facts(run)
    events = runner.transcript(run)
    return _page(
        "run.html",
        status,
        run=view_of(facts, runner.room.catalogue, runner.room.clock.now()),
        notice=notice,
        lines=_lines(events, everything),
        outside={heading: _sent(events, port) for port, heading in OUTSIDE.items()},
        post_mortem=next((event.payload["text"] for event in events if event.kind == "post_mortem"), ""),
        all=everything,
        marks=MARKS,
        causes=get_args(Cause),
    )


def _lines(events: list[Event], everything: bool) -> list[Line]:
    teller = Teller()
    return [line for event in events for line in teller.tell(event) if everything or not line.detail]


def _sent(events: list[Event], port: str) -> list[str]:
    """What left the building through a port, newest first."""
    sent = (event.payload for event in events if event.kind == "outbound" and event.payload["port"] == port)
    return [payload["arguments"]["text"] for payload in sent][::-1]
