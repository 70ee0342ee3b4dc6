"""A server with bounds of its own, and clients that send it what they like, byte by byte."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request
from fastapi.responses import StreamingResponse

from api.app import create_app
from api.serving.listening import listen
from api.serving.open_connections import Bounds
from api.serving.server import WarroomServer
from graphs.intake.incident_service import IncidentService

LONG = 20.0
"""Seconds; only a test that fails waits so long."""
GET = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def line(self) -> str:
        async with asyncio.timeout(LONG):
            return (await self.reader.readline()).decode().strip()

    async def until(self, wanted: bytes) -> bytes:
        async with asyncio.timeout(LONG):
            return await self.reader.readuntil(wanted)

    async def rest(self) -> str:
        """All that comes until the other side ends it."""
        async with asyncio.timeout(LONG):
            try:
                return (await self.reader.read()).decode()
            except ConnectionError:
                return ""


class House:
    """A server with short patience, and its clients."""

    def __init__(self, server: WarroomServer, port: int) -> None:
        self.server, self.port = server, port
        self._clients: list[Client] = []

    async def client(self, first: bytes = b"") -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self._clients.append(client)
        client.send(first)
        return client

    async def drip(self, client: Client, first: bytes) -> int:
        """Send a byte again and again until the connection is ended; gives how many were sent."""
        client.send(first)
        for sent in range(10_000):
            client.send(b"a")
            await asyncio.sleep(0.005)
            if client.reader.at_eof() or client.writer.is_closing():
                return sent
        raise AssertionError("it was never ended")

    async def outlived(self) -> None:
        """Wait until every time that there is has passed twice."""
        for first in (GET, GET):
            await (await self.client(first)).rest()
            await (await self.client()).rest()

    async def has(self, connections: int) -> None:
        """Wait until the server has so many connections."""
        async with asyncio.timeout(LONG):
            while len(self.server.server_state.connections) != connections:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)

    def close(self) -> None:
        for client in self._clients:
            client.writer.close()


@asynccontextmanager
async def served(incidents: IncidentService, bounds: Bounds) -> AsyncGenerator[House]:
    app = create_app(incidents)

    @app.get("/slow")
    async def answer_later() -> str:  # pyright: ignore[reportUnusedFunction]
        await app.state.later.wait()
        return "at last"

    @app.get("/large")
    async def answer_much() -> StreamingResponse:  # pyright: ignore[reportUnusedFunction]
        async def much() -> AsyncIterator[bytes]:
            for _ in range(1000):
                yield b"x" * 100_000

        return StreamingResponse(much())

    @app.post("/count")
    async def count(request: Request) -> int:  # pyright: ignore[reportUnusedFunction]
        return len(await request.body())

    app.state.later = asyncio.Event()
    server = WarroomServer(app, bounds)
    with listen(0) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        await server.up.wait()
        house = House(server, listening.getsockname()[1])
        try:
            yield house
        finally:
            house.close()
            app.state.later.set()
            server.stop()
            await serving
