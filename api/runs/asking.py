"""Asking a run: a person's question, which a role answers from the record and, where there is a model, by looking."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.intake.harmless_body import HarmlessBody
from api.runs.instructions import By, TheSpeaker, Written
from api.runs.run_view import shown
from graphs.intake.inquiries import LONGEST, Inquiry

router = APIRouter(tags=["people"], route_class=HarmlessBody)


class AskedOfRun(BaseModel, extra="forbid"):
    """Who asks, and what."""

    by: By = ""
    text: Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"\S")]


@router.post("/v1/runs/{run}/ask", status_code=202)
async def ask(speaker: TheSpeaker, question: AskedOfRun) -> Written:
    """Ask the run something, open or over. A role answers beside its work: the transcript's event `reply` whose
    `inquiry` is the `ref` of this one. Neither changes anything of the incident.
    """
    inquiry = Inquiry(by=speaker.caller.named(question.by), text=question.text)
    return shown(speaker.incidents.inquiries.ask(speaker.run, inquiry))
