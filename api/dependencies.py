"""What endpoints are handed: the runner, and the run that the address names."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from api.narration.run_board import RunBoards
from graphs.engine.scheduler import Runner
from graphs.transcript.facts import Facts


async def _runner(connection: HTTPConnection) -> Runner:
    return connection.app.state.runner


TheRunner = Annotated[Runner, Depends(_runner)]


async def _boards(connection: HTTPConnection) -> RunBoards:
    return connection.app.state.boards


TheBoards = Annotated[RunBoards, Depends(_boards)]


async def _run(run: str, runner: TheRunner) -> Facts:
    return runner.facts(run)


KnownRun = Annotated[Facts, Depends(_run)]
"""The run of the address; UnknownRun is raised before the endpoint begins."""
