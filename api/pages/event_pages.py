"""Parts of a run, each with an address of its own: an event, a duty with its tool calls, a role's whole lane."""

import json
import re
from typing import Any, NamedTuple

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

import prompts
from agents.roster import ROSTER
from api.dependencies import TheBoards
from api.narration.event_lines import line_of
from api.narration.role_activity import asked, occurrence
from api.pages.rendering import page
from api.pages.run_page import missing
from graphs.charts.run_charts import RunCharts, charts_of_events
from graphs.intake.incident_service import IncidentService
from graphs.intake.run_lookup import UnknownRun
from graphs.transcript.event import Event

router = APIRouter(prefix="/runs/{run}", include_in_schema=False)
ANSWERS = {"tool_call": "tool_result", "model_call": "model_answer"}
NUMBERS = re.compile(r"\[\s+([-+.\deE]+(?:,\s+[-+.\deE]+)*)\s+\]")


class ToolCallView(NamedTuple):
    """A question to a tool or to the model, and what came back."""

    asked: Event
    answer: Event | None
    what: str
    question: str
    said: str


@router.get("/events/{ref}")
async def show_event(run: str, ref: str, boards: TheBoards) -> HTMLResponse:
    """One event: all that was written down."""
    event = boards.incidents.runs.event(run, ref)
    if event is None:
        return page("missing.html", 404, what=f"event {ref} in run {run}")
    before, after = boards.incidents.runs.neighbours(run, event)
    text = {"line": line_of(event), "payload": readable(event.payload)}
    drawn = _drawn_for(boards.incidents, run, event)
    return page("event.html", run=run, event=event, before=before, after=after, drawn=drawn, **text)


@router.get("/work/{ref}")
async def show_work(run: str, ref: str, boards: TheBoards) -> HTMLResponse:
    """One duty: its tool calls with what they asked and what was answered, and the report handed back."""
    began = boards.incidents.runs.event(run, ref)
    if began is None or began.kind != "duty_started":
        return page("missing.html", 404, what=f"duty {ref} in run {run}")
    events = boards.incidents.runs.events_of(run, occurrence(began))
    ended = next((event for event in events if event.kind == "duty_finished"), None)
    report = readable(ended.payload["report"]) if ended else ""
    others = [(event, line_of(event)) for event in events if event.kind in ("degraded", "error")]
    work = {"began": began, "ended": ended, "report": report, "calls": _calls(events), "others": others}
    return page("work.html", run=run, **work)


@router.get("/lanes/{role}")
async def show_lane(run: str, role: str, boards: TheBoards) -> HTMLResponse:
    """All that a role did."""
    try:
        works = boards.of(run).lanes.of.get(role)
    except UnknownRun:
        return missing(run)
    if not works:
        return page("missing.html", 404, what=f"lane {role} in run {run}")
    summary = prompts.page(role).summary if role in ROSTER else ""
    return page("lane.html", run=run, role=role, summary=summary, works=works[::-1])


def _drawn_for(incidents: IncidentService, run: str, event: Event) -> RunCharts | None:
    """What had been measured when a brief was sent: its page shows the charts behind its words."""
    if event.kind != "outbound" or event.payload["port"] != "send_brief":
        return None
    until_then = [one for one in incidents.transcript(run) if one.seq <= event.seq]
    return charts_of_events(until_then, incidents.catalogue)


def _calls(events: list[Event]) -> list[ToolCallView]:
    """Each call with its answer: both stand under the same key."""
    answers = {event.key.rpartition("/")[0]: event for event in events if event.kind in ANSWERS.values()}
    return [_call(event, answers.get(event.key.rpartition("/")[0])) for event in events if event.kind in ANSWERS]


def _call(event: Event, answer: Event | None) -> ToolCallView:
    what = asked(event) if event.kind == "tool_call" else "the model"
    told = {name: value for name, value in (answer.payload if answer else {}).items() if name not in event.payload}
    said = told.get("value", told.get("refusal", told.get("answer", told)))
    return ToolCallView(event, answer, what, readable(event.payload.get("arguments", event.payload)), readable(said))


def readable(value: Any) -> str:
    """A value as indented JSON, rows of numbers on one line."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return NUMBERS.sub(lambda found: f"[{' '.join(found[1].split())}]", text)
