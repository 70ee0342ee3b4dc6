"""Page forms: what people answer and tell a run on its page. Afterwards the page is shown again."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from api.auth.access import Caller
from api.dependencies import TheBoards, TheIncidents
from api.middleware import form_of
from api.narration.run_board import RunBoards
from api.pages.run_page import Notice, PageOptions, missing, name_of, post_mortem_page, run_page
from api.runs.instructions import turn_switch
from graphs.intake.incident_service import IncidentService
from graphs.intake.inquiries import Inquiry, TooManyInquiries
from graphs.intake.post_mortems import AlreadyPublished, EditedMeanwhile, NotWrittenYet, PostMortemEdit
from graphs.intake.run_lookup import RunIsOver, RunIsResolved, UnknownRun
from graphs.model.questions import (
    AnotherChange,
    BadEdit,
    HumanAnswer,
    Instruction,
    Remark,
    WrongAnswer,
    edited_parameters,
)
from graphs.runtime.questions import AlreadyAnswered, QuestionWithdrawn, UnknownQuestion

PARAMETER = "parameter."
"""What a proposal's parameter is called in a form: parameter.version."""
ACT = "act "
"""What the value of a button begins with that asks for a change; its digest follows."""
router = APIRouter(include_in_schema=False)
Fields = dict[str, str]


@router.post("/runs/{run}/answers/{question}")
async def take_answer(run: str, question: str, request: Request, boards: TheBoards) -> Any:
    """Take a form's answer."""
    typed = await fields_of(request)
    caller: Caller = request.state.caller

    def take() -> None:
        _answer(boards.incidents, run, question, typed, caller.name_is_proven)

    return await _taken(boards, run, take, PageOptions(who=name_of(request)))


@router.post("/runs/{run}/tell")
async def take_telling(run: str, request: Request, boards: TheBoards) -> Any:
    """Take what a form tells the run unasked; the button that was pressed says of which kind it is."""
    typed = await fields_of(request)
    options = PageOptions(form_open=True, who=name_of(request))
    return await _taken(boards, run, lambda: _tell(boards.incidents, run, typed), options)


@router.post("/runs/{run}/ask")
async def take_inquiry(run: str, request: Request, boards: TheBoards) -> Any:
    """Take what a form asks of the run; the reply stands on its page as soon as there is one."""
    typed = await fields_of(request)
    inquiries, options = boards.incidents.inquiries, PageOptions(form_open=True, who=name_of(request))
    return await _taken(boards, run, lambda: inquiries.ask(run, Inquiry.model_validate(typed)), options, "#asked")


@router.post("/runs/{run}/post-mortem")
async def take_post_mortem(run: str, request: Request, boards: TheBoards) -> Any:
    """Take a person's version of the post-mortem, or that the newest one is published."""
    typed, who, post_mortems = await fields_of(request), name_of(request), boards.incidents.post_mortems
    try:
        if typed.pop("do", "") == "publish":
            post_mortems.publish(run, typed["by"][:200] or "somebody", typed.get("instead_of", ""))
        else:
            post_mortems.edit(run, PostMortemEdit.model_validate(typed))
    except UnknownRun:
        return missing(run)
    except NotWrittenYet:
        return post_mortem_page(boards, run, who)
    except AlreadyPublished as late:
        notice = Notice(f"This was not taken: {late} has published it, and it is not changed any more.", 409)
        return post_mortem_page(boards, run, who, notice)
    except EditedMeanwhile as late:
        said = f"This was not taken: {late} has written another version since you read it. Your text is below."
        return post_mortem_page(boards, run, who, Notice(said, 409), typed.get("text", ""))
    except ValidationError as error:
        said = "; ".join(_fault(fault["loc"], fault["msg"]) for fault in error.errors())
        return post_mortem_page(boards, run, who, Notice(f"This was not taken: {said}.", 422), typed.get("text", ""))
    return RedirectResponse(f"/runs/{run}/post-mortem", 303)


@router.post("/acting")
async def take_switch(request: Request, incidents: TheIncidents) -> Any:
    """Take the switch for all acting from the list of runs."""
    typed = await fields_of(request)
    if typed.get("by"):
        await turn_switch(incidents, typed.get("acting") == "hold", typed["by"][:200])
    return RedirectResponse("/", 303)


async def fields_of(request: Request) -> Fields:
    """The fields of a form of our own; the name of who is logged in stands in it. Raises HTTPException."""
    _must_be_our_own_form(request)
    typed = {name: text for name, text in (await form_of(request)).items() if text or name == "by"}
    caller: Caller = request.state.caller
    return {**typed, "by": caller.name} if caller.name else typed


def _must_be_our_own_form(request: Request) -> None:
    """Refuse forms that another site's page sends in a person's name. Browsers say where a form stands."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "This form does not stand on Warroom's own page. Answer on the run's page.")


async def _taken(boards: RunBoards, run: str, take: Callable[[], object], options: PageOptions, place: str = "") -> Any:
    """Take it and go back to the run; where it cannot be taken, the page says why."""
    try:
        take()
    except UnknownRun:
        return missing(run)
    except (AlreadyAnswered, RunIsOver, UnknownQuestion) as late:
        return await run_page(boards, run, _too_late(late), options._replace(form_open=False))
    except AnotherChange as other:
        return await run_page(boards, run, Notice(f"This was not taken: {other}.", 409), options)
    except ValidationError as error:
        said = "; ".join(_fault(fault["loc"], fault["msg"]) for fault in error.errors())
        return await run_page(boards, run, Notice(f"This was not taken: {said}.", 422), options)
    except (WrongAnswer, BadEdit) as wrong:
        return await run_page(boards, run, Notice(f"This was not taken: {wrong}.", 422), options)
    except TooManyInquiries as many:
        return await run_page(boards, run, Notice(f"This was not taken. {many}", 429), options)
    return RedirectResponse(f"/runs/{run}{place}", 303)


def _too_late(late: AlreadyAnswered | RunIsOver | UnknownQuestion) -> Notice:
    match late:
        case AlreadyAnswered():
            return Notice(f"This was answered before: {late}. The first answer stands.", 409)
        case RunIsResolved():
            said = "This was not taken: the run is resolved, and its post-mortem is being written."
            return Notice(f"{said} If it still goes on, start a new run once this one is closed.", 409)
        case RunIsOver():
            return Notice("The run is over; nothing more can be told to it.", 409)
        case QuestionWithdrawn():
            return Notice(f"This was not taken, because the question is no longer asked: {late}.", 409)
        case UnknownQuestion():
            return Notice("The run does not ask this, or no longer.", 404)


def _answer(incidents: IncidentService, run: str, question: str, typed: Fields, name_is_proven: bool) -> None:
    changed = {name.removeprefix(PARAMETER): text for name, text in typed.items() if name.startswith(PARAMETER)}
    said: dict[str, Any] = {name: text for name, text in typed.items() if not name.startswith(PARAMETER)}
    if said.get("answer") == "edit":
        asked = next((asked for asked in incidents.facts(run).open_questions if asked.id == question), None)
        if asked:
            said["parameters"] = edited_parameters(asked, changed)
    if said.get("answer", "").startswith(ACT):
        said |= {"answer": "act", "digest": said["answer"].removeprefix(ACT)}
    incidents.answer(run, question, HumanAnswer.model_validate(said), name_is_proven)


def _tell(incidents: IncidentService, run: str, typed: Fields) -> None:
    kind, by, text = typed.get("kind", ""), typed.get("by", ""), typed.get("text", "")
    if kind in ("severity", "handled", "over", "not over", "cancel"):
        severity = typed.get("severity") if kind == "severity" else None
        instruction = {"kind": kind, "by": by, "comment": text, "severity": severity}
        incidents.instruct(run, Instruction.model_validate(instruction))
    else:
        incidents.remark(run, Remark.model_validate({"kind": kind, "by": by, "text": text}))


def _fault(where: tuple[int | str, ...], what: str) -> str:
    named = {"by": "your name"}.get(str(where[0]), str(where[0])) if where else ""
    return f"{named}{': ' if named else ''}{what.removeprefix('Value error, ')}"
