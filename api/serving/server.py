"""Serving: the application on a socket of this machine, until somebody stops it."""

import asyncio
import gc
import socket
import sys
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI

from api.app import NO_SENDERS, Reach, create_app
from api.intake.senders import Senders
from api.serving.connection import Accepting, Connection
from api.serving.listening import is_local
from api.serving.open_connections import Bounds, OpenConnections
from api.serving.threads import ApplicationThreads
from graphs.intake.incident_service import IncidentService

GRACE_SECONDS = 3
BOUNDS = Bounds()
TURN_SECONDS = 0.001
"""How long the thread that reads large bodies works before the loop has its turn, where it wants one."""


class WarroomServer(uvicorn.Server):
    """Lets those who watch a stream go when it is asked to stop, for they would never leave by themselves."""

    def __init__(self, app: FastAPI | ApplicationThreads, bounds: Bounds = BOUNDS) -> None:
        quiet = {"log_level": "warning", "log_config": None, "access_log": False, "lifespan": "on", "ws": "none"}
        times: Any = {"timeout_graceful_shutdown": GRACE_SECONDS, "timeout_keep_alive": bounds.idle_seconds}
        super().__init__(uvicorn.Config(app, **times, **quiet))  # type: ignore[arg-type]
        self._app = app
        self._connections = OpenConnections(bounds)
        self._accepting: list[Accepting] = []
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        gc.freeze()  # what was loaded by now is never garbage, and looking through it would stop everybody
        sys.setswitchinterval(TURN_SECONDS)
        await super().startup([])  # its own way of accepting knows no bounds
        self._accepting = [Accepting(listening, self._connections, self._connection) for listening in sockets or []]
        for accepting in self._accepting:
            accepting.start()
        self.up.set()

    def _connection(self, address: str) -> Connection:
        state = {"server_state": self.server_state, "app_state": self.lifespan.state}
        return Connection(self._connections, address, config=self.config, **state)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for accepting in self._accepting:
            accepting.stop()
        self._connections.send_all_away()
        await super().shutdown(sockets)
        self._captured_signals.clear()  # it was asked to stop and has stopped: no reason to die of the signal

    def _let_watchers_go(self) -> None:
        if isinstance(self._app, ApplicationThreads):
            self._app.let_watchers_go()
        else:
            self._app.state.broadcasts.stop()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._let_watchers_go()
        super().handle_exit(sig, frame)

    def stop(self) -> None:
        """Stop serving."""
        self._let_watchers_go()
        self.should_exit = True


@asynccontextmanager
async def served(
    incidents: IncidentService,
    listening: socket.socket,
    names: Iterable[str] = (),
    senders: Senders = NO_SENDERS,
    bounds: Bounds = BOUNDS,
) -> AsyncGenerator["asyncio.Task[None]"]:
    """Serve an incident service while the block runs; gives the task, which ends when somebody stops the process.

    `names`: by which other hosts' names it may be asked for.
    """
    app = create_app(incidents, Reach(is_local(listening), frozenset(names)), senders)
    async with running(WarroomServer(app, bounds), listening) as serving:
        yield serving


@asynccontextmanager
async def running(server: WarroomServer, listening: socket.socket) -> AsyncGenerator["asyncio.Task[None]"]:
    """Let a server run on a socket while the block runs; gives the task, which ends when somebody stops the process."""
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    up = asyncio.create_task(server.up.wait())
    await asyncio.wait({up, serving}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield serving
    finally:
        server.stop()
        await serving
