"""People in the run: what they tell it unasked, and the switches for its acting."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from agents.reports import Cause, Severity
from api.dependencies import KnownRun, TheRunner
from api.run_view import shown
from graphs.instructions import Instruction, Remark
from graphs.reception import RunIsOver
from graphs.runner import Runner

router = APIRouter(tags=["people"])
Name = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=4000)]


class Word(BaseModel, extra="forbid"):
    """Who says it, and why."""

    by: Name
    comment: Text = ""


class SeverityWord(Word):
    """The severity as a person sees it: it may be raised and lowered."""

    severity: Severity


class CauseWord(Word):
    """The cause as a person knows it."""

    cause: Cause
    component: Name


class Saying(BaseModel, extra="forbid"):
    """Who says it, and a text."""

    by: Name
    text: Text = ""


class Noted(BaseModel, extra="forbid"):
    """A note for the record."""

    by: Name
    text: Annotated[str, Field(min_length=1, max_length=4000, pattern=r"\S")]


class Awareness(Saying):
    """Since when people know of a data breach; the 72 h run from it."""

    at: AwareDatetime


class AheadOfTime(ValueError):
    """The awareness lies in the future: say since when people know of the breach."""


class Switch(BaseModel, extra="forbid"):
    """Who turns the switch for all acting."""

    by: Name


class Acting(BaseModel):
    """The switch for all acting, in every run."""

    held: bool


Written = dict[str, Any]
"""The event that was written."""


def _instruct(runner: Runner, run: str, **told: Any) -> Written:
    return shown(runner.instruct(run, Instruction.model_validate(told)))


def _remark(runner: Runner, run: str, **said: Any) -> Written:
    return shown(runner.remark(run, Remark.model_validate(said)))


@router.post("/v1/runs/{run}/severity", status_code=202)
async def set_severity(run: KnownRun, word: SeverityWord, runner: TheRunner) -> Written:
    """Set the severity; the run takes it up at its next wait."""
    return _instruct(runner, run.id, kind="severity", **word.model_dump())


@router.post("/v1/runs/{run}/cause", status_code=202)
async def name_cause(run: KnownRun, word: CauseWord, runner: TheRunner) -> Written:
    """Name the cause; the run goes on to its mitigation."""
    return _instruct(runner, run.id, kind="cause", **word.model_dump())


@router.post("/v1/runs/{run}/handled", status_code=202)
async def say_handled(run: KnownRun, word: Word, runner: TheRunner) -> Written:
    """Say "I did this myself"; the run goes on to the verification."""
    return _instruct(runner, run.id, kind="handled", **word.model_dump())


@router.post("/v1/runs/{run}/cancel", status_code=202)
async def cancel(run: KnownRun, word: Word, runner: TheRunner) -> Written:
    """Cancel the run: its questions are withdrawn, and it says what is left half done."""
    return _instruct(runner, run.id, kind="cancel", **word.model_dump())


@router.post("/v1/runs/{run}/notes")
async def add_note(run: KnownRun, note: Noted, runner: TheRunner) -> Written:
    """Add a note to the record."""
    return _remark(runner, run.id, kind="note", **note.model_dump())


@router.post("/v1/runs/{run}/hold")
async def hold(run: KnownRun, saying: Saying, runner: TheRunner) -> Written:
    """Put a run's acting on hold; looking and telling go on."""
    return _remark(runner, run.id, kind="hold", **saying.model_dump())


@router.post("/v1/runs/{run}/resume")
async def resume(run: KnownRun, saying: Saying, runner: TheRunner) -> Written:
    """Let a run act again."""
    return _remark(runner, run.id, kind="resume", **saying.model_dump())


@router.post("/v1/runs/{run}/awareness")
async def record_awareness(run: KnownRun, awareness: Awareness, runner: TheRunner) -> Written:
    """Record since when people know of a data breach."""
    at: datetime = awareness.at
    if at > runner.room.clock.now():
        raise AheadOfTime(AheadOfTime.__doc__)
    return _remark(runner, run.id, kind="awareness", by=awareness.by, text=awareness.text, at=at)


@router.get("/v1/hold")
async def show_switch(runner: TheRunner) -> Acting:
    """Whether acting is on hold in every run."""
    return Acting(held=runner.room.held)


@router.post("/v1/hold")
async def hold_all(switch: Switch, runner: TheRunner) -> Acting:
    """Put all acting on hold, in every run, also those to come."""
    return await turn_switch(runner, True, switch.by)


@router.post("/v1/resume")
async def resume_all(switch: Switch, runner: TheRunner) -> Acting:
    """Let the runs act again, but those that are on hold one by one."""
    return await turn_switch(runner, False, switch.by)


async def turn_switch(runner: Runner, held: bool, by: str) -> Acting:
    """Turn the switch for all acting; every open run's record says who did."""
    if runner.room.held != held:
        runner.hold(held)
        text = "acting is on hold in every run" if held else "acting may go on in every run"
        for row in runner.room.store.many("open_run_ids"):
            await _note(runner, row["id"], Remark(kind="note", by=by, text=text))
    return Acting(held=runner.room.held)


async def _note(runner: Runner, run: str, note: Remark) -> None:
    try:
        runner.remark(run, note)
    except RunIsOver:
        return  # it ended meanwhile
    await asyncio.sleep(0)  # a thousand notes must not hold up the runs
