"""What endpoints are handed: the runner, and the run that the address names."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from api.board import Boards
from graphs.facts import Facts
from graphs.runner import Runner


async def _runner(connection: HTTPConnection) -> Runner:
    return connection.app.state.runner


TheRunner = Annotated[Runner, Depends(_runner)]


async def _boards(connection: HTTPConnection) -> Boards:
    return connection.app.state.boards


TheBoards = Annotated[Boards, Depends(_boards)]


async def _run(run: str, runner: TheRunner) -> Facts:
    return runner.facts(run)


KnownRun = Annotated[Facts, Depends(_run)]
"""The run of the address; UnknownRun is raised before the endpoint begins."""
