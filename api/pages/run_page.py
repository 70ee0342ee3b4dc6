"""Pages of a run: its state, live lines and post-mortem. They work without JavaScript; questions are HTML forms."""

import json
import re
from typing import Annotated, Any, NamedTuple, get_args

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse
from markdown_it import MarkdownIt
from markupsafe import Markup
from pydantic import BaseModel, Field

from agents.io.outside_text import clean
from agents.reports.basis import Cause, Severity
from api.dependencies import KnownRun, TheBoards
from api.narration.asked import asked_and_replied
from api.narration.graph_svg import picture
from api.narration.overview import Overview, overview
from api.narration.role_activity import timeline as activity
from api.narration.run_board import OUTSIDE, BoardEntry, RunBoard, RunBoards
from api.narration.service_map import service_map
from api.narration.vocabulary import topic_of
from api.pages.rendering import HEADERS, MARKS, page, render
from api.pages.timeline import NO_FILTER, LineFilter, timeline_of
from api.runs.run_view import view_of
from api.streaming.stream import Broadcasts, LastSeen, streamed
from api.streaming.viewers import Viewer
from graphs.intake.post_mortems import NotWrittenYet
from graphs.intake.run_lookup import UnknownRun
from graphs.transcript.event import Event
from graphs.transcript.facts import STEPS

DUTIES_AT_ONCE = 6
"""Duties shown for each role; the role's own page shows all."""
ASKED_AT_ONCE = 3
"""Of what people asked, the newest stand open; those before are folded."""
SOON = 60
"""Minutes of the runbook: an escalation that is due within them stands on the first screen."""
LABELS = {
    "edit": "approve as changed",
    "done": "it was done",
    "not done": "it was not done",
    "cause": "this is the cause",
    "handled": "I fixed it myself",
    "over": "it recovered by itself",
}
"""Labels of the buttons that do not simply show the answer."""


class PageOptions(NamedTuple):
    """How a run's page is shown."""

    everything: bool = False
    """Show every event, details too."""
    form_open: bool = False
    """The form for input to the run is open; the page then does not refresh itself."""
    before: int = 0
    """Show only lines before the event with this sequence number; 0: the latest lines."""
    wanted: LineFilter = NO_FILTER
    """The lines that are shown alone."""
    who: str = ""
    """The name under which forms are submitted; where it is empty, each form asks for one."""


class PageQuery(BaseModel):
    """The query parameters of a run's page."""

    all: bool = False
    tell: bool = False
    before: int = 0
    q: Annotated[str, Query(max_length=200)] = ""
    who: Annotated[str, Query(max_length=200)] = ""
    topic: Annotated[str, Query(max_length=200)] = ""


class Notice(NamedTuple):
    """The message at the top of a page, where a form was not accepted."""

    text: str = ""
    status: int = 200


DEFAULT_OPTIONS, NO_NOTICE = PageOptions(), Notice()
router = APIRouter(include_in_schema=False)


@router.get("/runs/{run}")
async def show_run(run: str, request: Request, boards: TheBoards, query: Annotated[PageQuery, Query()]) -> HTMLResponse:
    """The page of one run: its state, its questions and its timeline."""
    try:
        wanted = LineFilter(query.q.strip(), query.who, query.topic)
        options = PageOptions(query.all, query.tell, query.before, wanted, name_of(request))
        return await run_page(boards, run, options=options)
    except UnknownRun:
        return missing(run)


@router.get("/runs/{run}/now")
async def show_now(run: str, request: Request, boards: TheBoards) -> HTMLResponse:
    """The part of the page above the timeline; an open page fetches it again after each change."""
    who, incidents = name_of(request), boards.incidents

    async def write() -> str:
        return render("now.html", **await _page_context(boards, run, PageOptions(who=who)), notice=NO_NOTICE)

    try:
        key = run, who, incidents.facts(run).seen, incidents.held_by, incidents.runs.storm_size(run)
        return HTMLResponse(await boards.copies.of(key, write), headers=HEADERS)
    except UnknownRun:
        return missing(run)


@router.get("/runs/{run}/post-mortem")
async def show_post_mortem(run: str, request: Request, boards: TheBoards) -> HTMLResponse:
    """The post-mortem on a page of its own, for reading, printing and editing."""
    return post_mortem_page(boards, run, name_of(request))


def post_mortem_page(
    boards: RunBoards, run: str, who: str, notice: Notice = NO_NOTICE, draft: str = ""
) -> HTMLResponse:
    """The page of a post-mortem; `draft` is a person's text that could not be kept."""
    try:
        found = boards.incidents.post_mortems.find(run)
    except UnknownRun:
        return missing(run)
    except NotWrittenYet:
        found = None
    return page(
        "post_mortem.html",
        notice.status,
        overview=_overview(boards, run),
        run=run,
        found=found,
        text=as_html(found.text, run) if found else "",
        draft=draft or (found.text if found else ""),
        notice=notice,
        options=PageOptions(who=who, form_open=bool(draft)),
    )


def _overview(boards: RunBoards, run: str) -> Overview:
    incidents = boards.incidents
    return overview(incidents.facts(run), boards.of(run), incidents.catalogue, incidents.clock.now())


def name_of(request: Request) -> str:
    """The name on the caller's API key; empty where no key is needed, and forms ask for a name."""
    return request.state.caller.name


def missing(run: str) -> HTMLResponse:
    """The 404 page for a run that does not exist."""
    return page("missing.html", 404, what=f"run {run}")


async def run_page(
    boards: RunBoards, run: str, notice: Notice = NO_NOTICE, options: PageOptions = DEFAULT_OPTIONS
) -> HTMLResponse:
    """Render the page of a run, with a notice where a form was not accepted. Raises UnknownRun."""
    context = await _page_context(boards, run, options)
    timeline = timeline_of(boards.of(run), options.everything, options.before, options.wanted, context["over"])
    return page(
        "run.html",
        notice.status,
        **context,
        notice=notice,
        timeline=timeline,
        older_query=options.wanted.query(options.everything),
    )


async def _page_context(boards: RunBoards, run: str, options: PageOptions) -> dict[str, Any]:
    incidents, board = boards.incidents, boards.of(run)
    facts, now = incidents.facts(run), incidents.clock.now()
    over = facts.status in ("closed", "cancelled")
    return {
        "overview": _overview(boards, run),
        "activity": activity(board.lanes, facts.closed_at or now),
        "alert": facts.alert,
        "run": view_of(facts, incidents.catalogue, now),
        "now": now,
        "board": board,
        "storm": incidents.runs.storm_size(run),
        "steps": STEPS,
        "soon": SOON * facts.minute,
        "options": options,
        "over": over,
        "all_held_by": incidents.held_by,
        "hold": _hold_text(board.last.get("hold")),
        "service_map": service_map(facts, board.measured, incidents.catalogue, now),
        "graph": await picture(incidents, run, board.visited),
        "sent": {heading: board.sent[port][::-1] for port, heading in OUTSIDE.items()},
        "post_mortem": _post_mortem(board.last.get("post_mortem_edited") or board.last.get("post_mortem"), run, 2),
        "asked": asked_and_replied(incidents.inquiries.of(run)),
        "asked_at_once": ASKED_AT_ONCE,
        "severities": get_args(Severity),
        "causes": get_args(Cause),
        "labels": LABELS,
        "duties_at_once": DUTIES_AT_ONCE,
    }


def _hold_text(event: Event | None) -> str:
    if event is None:
        return "A person has put this run's acting on hold"
    text = event.payload["text"]
    return clean(f"{event.payload['by']} put it on hold at {event.at:%H:%M} UTC{f': {text}' if text else ''}")


def _post_mortem(event: Event | None, run: str, under: int) -> str:
    return as_html(event.payload["text"], run, under) if event else ""


CITATION = re.compile(r"\[#([0-9a-f]{8})\]")
_markdown = (
    MarkdownIt("commonmark", {"html": False}).enable("table").disable(["link", "image", "autolink", "html_inline"])
)
"""Texts from outside stand in it: of them nothing becomes a link, a picture or markup."""


def as_html(text: str, run: str, under: int = 0) -> Markup:
    """Turn a document into HTML, its headings so many levels lower; what it cites leads to the event."""
    tokens = _markdown.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + under)}"
    html: str = _markdown.renderer.render(tokens, _markdown.options, {})
    return Markup(CITATION.sub(rf'<a class="cite" href="/runs/{run}/events/\1">#\1</a>', html))  # noqa: S704 - markdown-it has escaped it


class Narrator:
    """Tells one run's events as frames for its page."""

    def __init__(self) -> None:
        self._board = RunBoard(measures=False)

    def __call__(self, event: Event) -> bytes:
        """Encode the next event."""
        entry = self._board.take_in(event)
        return f"id: {event.seq}\ndata: {json.dumps(as_told(entry), separators=(',', ':'))}\n\n".encode()


def as_told(entry: BoardEntry) -> dict[str, Any]:
    """What the page needs of an event."""
    line, work = entry.line, entry.work
    line_payload: dict[str, Any] = {
        **{"seq": line.seq, "at": line.at.isoformat(), "who": line.who, "what": line.what},
        **{"tone": line.tone, "mark": MARKS[line.tone], "detail": line.detail, "ref": entry.ref},
        "panels": entry.changes_panels,
        "topic": topic_of(line.kind),
    }
    if entry.heading:
        line_payload["heading"] = entry.heading
        line_payload["group"] = entry.group[0]
    if work:
        line_payload["work"] = {"ref": work.ref, "calls": work.calls, "answered": work.answered, "asks": work.asks}
    return line_payload


class LiveQuery(BaseModel):
    """The query parameters of a page's stream."""

    after: int = Field(0, ge=0, le=2**53)
    browser: str = Field("", max_length=100)
    """Says that somebody looks at the page: the same for all pages of one browser."""
    name: str = Field("", max_length=200)
    """Counts only where no key says who it is."""


@router.get("/runs/{run}/live", response_class=StreamingResponse)
async def stream_lines(
    run: KnownRun, request: Request, query: Annotated[LiveQuery, Query()], last_event_id: LastSeen = 0
) -> StreamingResponse:
    """Every line after `Last-Event-ID` or `after`, then each as it happens, and models' words; last an `end`."""
    broadcasts: Broadcasts = request.app.state.broadcasts
    viewer = Viewer(name_of(request) or clean(query.name.strip()), query.browser) if query.browser else None
    after = max(query.after, last_event_id)
    return streamed(broadcasts.watch(run.id, after, Narrator, hears=True, viewer=viewer))
