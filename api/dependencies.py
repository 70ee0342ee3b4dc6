"""What endpoints are handed: the incident service, and the run that the address names."""

from typing import Annotated

from fastapi import Depends
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
