"""What endpoints are handed: the incident service, the run that the address names, and what a person has seen of it."""

import hashlib
from typing import Annotated

from fastapi import Depends, Header, Response
from pydantic import BaseModel
from starlette.requests import HTTPConnection

from api.narration.run_board import RunBoards
from graphs.intake.incident_service import IncidentService
from graphs.transcript.facts import Facts


async def _incidents(connection: HTTPConnection) -> IncidentService:
    return connection.app.state.incidents


TheIncidents = Annotated[IncidentService, Depends(_incidents)]


async def _boards(connection: HTTPConnection) -> RunBoards:
    return connection.app.state.boards


TheBoards = Annotated[RunBoards, Depends(_boards)]


async def _run(run: str, incidents: TheIncidents) -> Facts:
    return incidents.facts(run)


KnownRun = Annotated[Facts, Depends(_run)]
"""The run of the address; UnknownRun is raised before the endpoint begins."""


IfMatch = Annotated[
    str,
    Header(
        max_length=2000,
        description="The ETag of what was looked at; where it has changed since, nothing is done: 412.",
    ),
]


class ChangedMeanwhile(Exception):
    """It has changed since you looked. Look again, then decide."""


def tag(seen: BaseModel) -> str:
    """What stands for exactly this."""
    return f'"{hashlib.sha256(seen.model_dump_json().encode()).hexdigest()[:16]}"'


def tagged(seen: BaseModel, response: Response) -> None:
    """Say what stands for it."""
    response.headers["ETag"] = tag(seen)


def must_be_the_same(if_match: str, standing: BaseModel) -> None:
    """Let a caller who says what they have seen go on only where it is still so. Raises ChangedMeanwhile."""
    wanted = {one.strip() for one in if_match.split(",")} - {""}
    if wanted and wanted.isdisjoint({"*", tag(standing)}):
        raise ChangedMeanwhile(ChangedMeanwhile.__doc__)
