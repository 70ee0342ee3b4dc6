"""What a role and a duty are, and how a duty is done: by a chat model where there is one, else by the book."""

import asyncio
import inspect
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_type_hints

from pydantic import ValidationError

import prompts
from agents.briefing import Briefing
from agents.desk import Desk
from agents.model import Answer, ModelFault, Question, ToolRequest, as_message
from agents.port import AnyPort
from agents.reports import Report
from agents.settings import settings

ReportT = TypeVar("ReportT", bound=Report)
Body = Callable[[Briefing, Desk], Awaitable[ReportT]]
HAND_IN = "hand_in"


@dataclass(frozen=True)
class Duty(Generic[ReportT]):
    """One thing a role does. Its body is the duty done by the book."""

    role: str
    name: str
    tools: tuple[AnyPort, ...]
    report: type[ReportT]
    rows: tuple[str, ...]
    """The runbook rows it fulfils, from its docstring."""
    body: Body[ReportT]

    @property
    def heading(self) -> str:
        """The heading of its section on the role's page."""
        return self.name


DUTIES: dict[str, dict[str, Duty[Any]]] = {}
"""Role -> duty name -> duty."""


def duty(tools: Sequence[AnyPort] = ()) -> Callable[[Body[ReportT]], Duty[ReportT]]:
    """Make a role's function a duty: its module names the role, its docstring the rows, its annotation the report."""

    def declare(body: Body[ReportT]) -> Duty[ReportT]:
        role = body.__module__.rpartition(".")[2]
        named = re.search(r"\(([^()]*)\)\s*$", inspect.getdoc(body) or "")
        rows = tuple(re.split(r",\s*", named.group(1))) if named else ()
        made = Duty(role, body.__name__, tuple(tools), get_type_hints(body)["return"], rows, body)
        DUTIES.setdefault(role, {})[made.name] = made
        return made

    return declare


async def perform(duty: Duty[ReportT], case: Briefing, desk: Desk, rows: Sequence[str] | None = None) -> ReportT:
    """Do a duty, or read back the report of one that was done. `rows` narrows the rows it fulfils here."""
    finished = await desk.log.find(f"{desk.occurrence}/finished")
    if finished is None:
        begun = await desk.log.write(f"{desk.occurrence}/started", "duty_started", {"summary": _first_line(duty)})
        case = case.model_copy(update={"now": begun.at})
        report, by = await _by_model_or_book(duty, case, desk)
        done = {"report": report.model_dump(mode="json"), "by": by}
        finished = await desk.log.write(
            f"{desk.occurrence}/finished", "duty_finished", done, duty.rows if rows is None else rows
        )
    return duty.report.model_validate(finished.payload["report"])


async def _by_model_or_book(duty: Duty[ReportT], case: Briefing, desk: Desk) -> tuple[ReportT, str]:
    if desk.model is not None:
        try:
            return await _by_model(duty, case, desk), "model"
        except ModelFault as fault:
            await desk.degraded(f"{duty.name} is done by the book: {fault}")
    return await duty.body(case, desk), "book"


async def _by_model(duty: Duty[ReportT], case: Briefing, desk: Desk) -> ReportT:
    """The tool loop: ask, do what is asked for, ask again, until a valid report is handed in."""
    messages = _opening(duty, case)
    tools = [*map(_as_tool, duty.tools), _hand_in(duty)]
    repairs = 1
    for _ in range(settings().model_calls_per_duty):
        answer = await desk.ask(Question(strength=prompts.page(duty.role).model, messages=messages, tools=tools))
        handed_in = next((r for r in answer.requests if r.name == HAND_IN), None)
        try:
            if handed_in:
                return duty.report.model_validate(handed_in.arguments)
        except ValidationError as complaint:
            if repairs == 0:
                raise ModelFault(f"the report is invalid: {complaint}"[:500]) from complaint
            repairs -= 1
            messages = [*messages, as_message(answer), *_refuse(answer, f"The report is invalid: {complaint}")]
            continue
        messages = [*messages, as_message(answer), *await _do_as_asked(duty, answer, desk)]
    raise ModelFault(f"no report after {settings().model_calls_per_duty} calls")


def _opening(duty: Duty[Any], case: Briefing) -> list[dict[str, Any]]:
    page = prompts.page(duty.role)
    told = "\n\n".join(
        [prompts.everyone(), f"# {page.title}", page.introduction, f"## {duty.name}", page.duties[duty.heading]]
    )
    return [
        {"role": "system", "content": told},
        {"role": "user", "content": prompts.render("briefing.md", duty=duty.name, **case.facts())},
    ]


def _as_tool(port: AnyPort) -> dict[str, Any]:
    return _tool(port.name, port.description, port.arguments.model_json_schema())


def _hand_in(duty: Duty[Any]) -> dict[str, Any]:
    return _tool(HAND_IN, "Hand in the report of this duty. This ends the duty.", duty.report.model_json_schema())


def _tool(name: str, description: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


async def _do_as_asked(duty: Duty[Any], answer: Answer, desk: Desk) -> list[dict[str, Any]]:
    if not answer.requests:
        return [{"role": "user", "content": f"Go on: use a tool, or call {HAND_IN} with your report."}]
    said = await asyncio.gather(*(_use(duty, request, desk) for request in answer.requests))
    return [_reply(request, content) for request, content in zip(answer.requests, said, strict=True)]


async def _use(duty: Duty[Any], request: ToolRequest, desk: Desk) -> str:
    port = next((port for port in duty.tools if port.name == request.name), None)
    if port is None:
        return f"There is no tool {request.name}. You have: {', '.join(p.name for p in duty.tools)}, {HAND_IN}."
    try:
        arguments = port.arguments.model_validate(request.arguments).model_dump(mode="json")
    except ValidationError as complaint:
        return f"These arguments do not fit {port.name}: {complaint}"
    reading = await desk.call(port, arguments)
    value = reading.value.model_dump(mode="json") if reading.value is not None else {"error": reading.said}
    return json.dumps({"ref": reading.ref, **value}, separators=(",", ":"))


def _refuse(answer: Answer, complaint: str) -> list[dict[str, Any]]:
    return [_reply(request, complaint) for request in answer.requests]


def _reply(request: ToolRequest, content: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": request.id, "content": content}


def _first_line(duty: Duty[Any]) -> str:
    return (inspect.getdoc(duty.body) or duty.name).partition("\n")[0]
