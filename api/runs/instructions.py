"""People in the run: what they tell it unasked, and the switches for its acting."""

from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Response
from pydantic import AwareDatetime, BaseModel, Field, field_validator

from agents.reports.basis import Cause, Severity
from api.auth.access import Caller, TheCaller
from api.dependencies import IfMatch, KnownRun, TheIncidents, must_be_the_same, tagged
from api.intake.harmless_body import HarmlessBody
from api.runs.run_view import shown
from graphs.intake.incident_service import IncidentService
from graphs.intake.post_mortems import LONGEST, PostMortemEdit
from graphs.model.questions import Instruction, Remark
from graphs.transcript.facts import Facts

router = APIRouter(tags=["people"], route_class=HarmlessBody)
looking = APIRouter(tags=["people"])
"""Everybody who sees the runs sees how these things stand."""
Name = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=4000)]
By = Annotated[str, Field(max_length=200, description="Who says it. The holder of the key, whatever stands here.")]


class Word(BaseModel, extra="forbid"):
    """Who says it, and why."""

    by: By = ""
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

    by: By = ""
    text: Text = ""


class Noted(BaseModel, extra="forbid"):
    """A note for the record."""

    by: By = ""
    text: Annotated[str, Field(min_length=1, max_length=4000, pattern=r"\S")]


class EditedText(BaseModel, extra="forbid"):
    """A person's version of a post-mortem, as Markdown."""

    by: By = ""
    text: Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"\S")]
    comment: Text = ""


class Awareness(Saying):
    """Since when people know of a data breach; the 72 h run from it."""

    at: AwareDatetime

    @field_validator("at", mode="before")
    @classmethod
    def is_written_out(cls, at: object) -> object:
        """A bare number would be read as seconds since 1970, and the deadline would have passed."""
        if not isinstance(at, str) or at.isdecimal():
            raise ValueError("expected a time with its zone, such as 2026-03-03T02:30Z")
        return at


class AheadOfTime(ValueError):
    """The awareness lies in the future: say since when people know of the breach."""


class Switch(BaseModel, extra="forbid"):
    """Who turns the switch for all acting."""

    by: By = ""


class Acting(BaseModel):
    """The switch for all acting, in every run."""

    held: bool


Written = dict[str, Any]
"""The event that was written."""


class Speaker(NamedTuple):
    """Who speaks to which run."""

    incidents: IncidentService
    run: str
    caller: Caller

    def instruct(self, kind: str, word: Word) -> Written:
        """Tell the run what to do. Raises Nameless, RunIsOver."""
        told = {"kind": kind, **word.model_dump(), "by": self.caller.named(word.by)}
        return shown(self.incidents.instruct(self.run, Instruction.model_validate(told)))

    def remark(self, kind: str, saying: Saying | Noted) -> Written:
        """Have something written down. Raises Nameless, RunIsOver."""
        remark = {"kind": kind, **saying.model_dump(), "by": self.caller.named(saying.by)}
        return shown(self.incidents.remark(self.run, Remark.model_validate(remark)))


async def _speaker(run: KnownRun, incidents: TheIncidents, caller: TheCaller) -> Speaker:
    return Speaker(incidents, run.id, caller)


TheSpeaker = Annotated[Speaker, Depends(_speaker)]


@router.post("/v1/runs/{run}/severity", status_code=202)
async def set_severity(speaker: TheSpeaker, word: SeverityWord, if_match: IfMatch = "") -> Written:
    """Set the severity; the run takes it up at its next wait."""
    must_be_the_same(if_match, _standing(speaker.incidents.facts(speaker.run)))
    return speaker.instruct("severity", word)


@router.post("/v1/runs/{run}/cause", status_code=202)
async def name_cause(speaker: TheSpeaker, word: CauseWord) -> Written:
    """Name the cause; the run goes on to its mitigation."""
    return speaker.instruct("cause", word)


@router.post("/v1/runs/{run}/handled", status_code=202)
async def say_handled(speaker: TheSpeaker, word: Word) -> Written:
    """Say "I did this myself"; the run goes on to the verification."""
    return speaker.instruct("handled", word)


@router.post("/v1/runs/{run}/over", status_code=202)
async def say_over(speaker: TheSpeaker, word: Word) -> Written:
    """Say "it is over, and nobody did anything"; the run goes on to the verification."""
    return speaker.instruct("over", word)


@router.post("/v1/runs/{run}/not-over", status_code=202)
async def say_not_over(speaker: TheSpeaker, word: Word) -> Written:
    """Say "it still goes on"; a run that only watches whether it stays well investigates again."""
    return speaker.instruct("not over", word)


@router.post("/v1/runs/{run}/cancel", status_code=202)
async def cancel(speaker: TheSpeaker, word: Word) -> Written:
    """Cancel the run: its questions are withdrawn, and it says what is left half done."""
    return speaker.instruct("cancel", word)


@router.post("/v1/runs/{run}/notes")
async def add_note(speaker: TheSpeaker, note: Noted) -> Written:
    """Add a note to the record."""
    return speaker.remark("note", note)


@router.post("/v1/runs/{run}/post-mortem")
async def edit_post_mortem(speaker: TheSpeaker, edit: EditedText, if_match: IfMatch = "") -> Written:
    """Put a person's version of the post-mortem in the place of the newest one; every version stays on record."""
    post_mortems = speaker.incidents.post_mortems
    must_be_the_same(if_match, post_mortems.find(speaker.run))
    named = {**edit.model_dump(), "by": speaker.caller.named(edit.by)}
    return shown(post_mortems.edit(speaker.run, PostMortemEdit.model_validate(named)))


@router.post("/v1/runs/{run}/post-mortem/publish")
async def publish_post_mortem(speaker: TheSpeaker, who: Switch, if_match: IfMatch = "") -> Written:
    """Say that the newest version of the post-mortem is the published one; it is not changed any more."""
    post_mortems = speaker.incidents.post_mortems
    must_be_the_same(if_match, post_mortems.find(speaker.run))
    return shown(post_mortems.publish(speaker.run, speaker.caller.named(who.by)))


@router.post("/v1/runs/{run}/hold")
async def hold(speaker: TheSpeaker, saying: Saying) -> Written:
    """Put a run's acting on hold; looking and telling go on."""
    return speaker.remark("hold", saying)


@router.post("/v1/runs/{run}/resume")
async def resume(speaker: TheSpeaker, saying: Saying) -> Written:
    """Let a run act again."""
    return speaker.remark("resume", saying)


@router.post("/v1/runs/{run}/awareness")
async def record_awareness(speaker: TheSpeaker, awareness: Awareness) -> Written:
    """Record since when people know of a data breach."""
    if awareness.at > speaker.incidents.clock.now():
        raise AheadOfTime(AheadOfTime.__doc__)
    return speaker.remark("awareness", awareness)


class RunStatus(BaseModel):
    """A run's severity, and who set it."""

    severity: Severity | None
    severity_set_by: str
    told: list[Instruction]
    """What people said that it should be, oldest first; the run takes it up at its next wait."""


def _standing(run: Facts) -> RunStatus:
    told = [one for one in run.instructions if one.kind == "severity"]
    return RunStatus(severity=run.severity, severity_set_by=run.severity_set_by, told=told)


@looking.get("/v1/runs/{run}/severity")
async def show_severity(run: KnownRun, response: Response) -> RunStatus:
    """A run's severity; its ETag is for If-Match."""
    standing = _standing(run)
    tagged(standing, response)
    return standing


@looking.get("/v1/hold")
async def show_switch(incidents: TheIncidents) -> Acting:
    """Whether acting is on hold in every run."""
    return Acting(held=incidents.held)


@router.post("/v1/hold")
async def hold_all(told: Switch, incidents: TheIncidents, caller: TheCaller) -> Acting:
    """Put all acting on hold, in every run, also those to come."""
    return await turn_switch(incidents, True, caller.named(told.by))


@router.post("/v1/resume")
async def resume_all(told: Switch, incidents: TheIncidents, caller: TheCaller) -> Acting:
    """Let the runs act again, but those that are on hold one by one."""
    return await turn_switch(incidents, False, caller.named(told.by))


async def turn_switch(incidents: IncidentService, held: bool, by: str) -> Acting:
    """Turn the switch for all acting; every open run's record says who did."""
    incidents.hold(held, by)
    return Acting(held=incidents.held)
