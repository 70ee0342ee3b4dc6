"""Serving: the application on a socket of this machine, until somebody stops it."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI

from api.app import NO_SENDERS, Reach, create_app
from api.intake.senders import Senders
from api.serving.listening import is_local
from graphs.intake.incident_service import IncidentService

GRACE_SECONDS = 3


class WarroomServer(uvicorn.Server):
    """Lets those who watch a stream go when it is asked to stop, for they would never leave by themselves."""

    def __init__(self, app: FastAPI) -> None:
        quiet = {"log_level": "warning", "log_config": None, "access_log": False, "lifespan": "on", "ws": "none"}
        super().__init__(uvicorn.Config(app, timeout_graceful_shutdown=GRACE_SECONDS, **quiet))  # type: ignore[arg-type]
        self._app = app
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        self._captured_signals.clear()  # it was asked to stop and has stopped: no reason to die of the signal

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._app.state.broadcasts.stop()
        super().handle_exit(sig, frame)

    def stop(self) -> None:
        """Stop serving."""
        self._app.state.broadcasts.stop()
        self.should_exit = True


@asynccontextmanager
async def served(
    incidents: IncidentService, listening: socket.socket, names: Iterable[str] = (), senders: Senders = NO_SENDERS
) -> AsyncGenerator["asyncio.Task[None]"]:
    """Serve an incident service while the block runs; gives the task, which ends when somebody stops the process.

    `names`: by which other hosts' names it may be asked for.
    """
    server = WarroomServer(create_app(incidents, Reach(is_local(listening), frozenset(names)), senders))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    up = asyncio.create_task(server.up.wait())
    await asyncio.wait({up, serving}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield serving
    finally:
        server.stop()
        await serving
