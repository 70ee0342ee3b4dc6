"""Answers come in: what a person says to what a run asks."""

from fastapi import APIRouter
from pydantic import BaseModel

from api.dependencies import KnownRun, TheRunner
from graphs.questions import HumanAnswer

router = APIRouter(prefix="/v1/runs", tags=["answers"])


class Taken(BaseModel):
    """The answer was taken, as this event of the run."""

    run: str
    question: str
    seq: int
    answer: HumanAnswer


@router.post("/{run}/answers/{question}")
async def post_answer(run: KnownRun, question: str, answer: HumanAnswer, runner: TheRunner) -> Taken:
    """Answer a question of a run. The first answer stands."""
    event = runner.answer(run.id, question, answer)
    return Taken(run=run.id, question=question, seq=event.seq, answer=answer)
