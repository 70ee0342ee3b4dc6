"""Answers come in: what a person says to what a run asks."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from api.dependencies import IfMatch, KnownRun, TheIncidents, must_be_the_same, tagged
from api.intake.harmless_body import HarmlessBody
from api.runs.instructions import TheSpeaker
from graphs.intake.incident_service import IncidentService
from graphs.model.questions import HumanAnswer, Question

router = APIRouter(prefix="/v1/runs", tags=["answers"], route_class=HarmlessBody)
looking = APIRouter(prefix="/v1/runs", tags=["answers"])


class Taken(BaseModel):
    """The answer was taken, as this event of the run."""

    run: str
    question: str
    seq: int
    answer: HumanAnswer


class Asked(BaseModel):
    """A question, and what became of it."""

    run: str
    question: Question
    answer: HumanAnswer | None
    """None: nobody has answered it yet."""
    withdrawn: bool
    """It needs no answer any more."""


def _asked(incidents: IncidentService, run: str, question: str) -> Asked:
    found = incidents.question(run, question)
    return Asked(run=run, question=found.question, answer=found.answer, withdrawn=found.withdrawn)


@looking.get("/{run}/answers/{question}")
async def show_answer(run: KnownRun, question: str, incidents: TheIncidents, response: Response) -> Asked:
    """A question of a run and its answer; its ETag is for If-Match."""
    asked = _asked(incidents, run.id, question)
    tagged(asked, response)
    return asked


@router.post("/{run}/answers/{question}")
async def post_answer(
    speaker: TheSpeaker, question: str, answer: HumanAnswer, response: Response, if_match: IfMatch = ""
) -> Taken:
    """Answer a question of a run. The first answer stands."""
    incidents, run, caller = speaker
    must_be_the_same(if_match, _asked(incidents, run, question))
    signed = answer.model_copy(update={"by": caller.named(answer.by)})
    event = incidents.answer(run, question, signed, caller.name_is_proven)
    tagged(_asked(incidents, run, question), response)
    return Taken(run=run, question=question, seq=event.seq, answer=signed)
