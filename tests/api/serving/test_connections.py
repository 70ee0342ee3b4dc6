"""Connections that take too long are ended, those that are served are not, and there is always room for one more."""

import asyncio
import errno
import gc
import json
import logging
import os
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.serving import connection
from api.serving.listening import PENDING, listen
from api.serving.open_connections import Bounds, OpenConnections
from graphs.intake.incident_service import IncidentService
from tests.api.conftest import Incident
from tests.api.serving.connecting import GET, LONG, House, served

SHORT = Bounds(headers_seconds=0.1, body_seconds=0.1, idle_seconds=0.1, stalled_seconds=0.1)
HEAD = b"POST /v1/alerts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
TOO_LATE = "HTTP/1.1 408 Request Timeout"


@pytest.fixture
def incidents(incidents: IncidentService, monkeypatch: pytest.MonkeyPatch) -> IncidentService:
    """It takes in and does not run."""

    async def rest() -> None:
        """Wake nobody."""

    monkeypatch.setattr(incidents, "start", rest)
    return incidents


@pytest.fixture
async def house(incidents: IncidentService) -> AsyncIterator[House]:
    async with served(incidents, SHORT) as house:
        yield house


@pytest.mark.parametrize("first", [b"P", b"POST /v1/alerts HTTP/1.1\r\nHo", HEAD])
async def test_headers_that_never_end_are_not_waited_for(house: House, first: bytes) -> None:
    assert (await (await house.client(first)).rest()).startswith(TOO_LATE)


async def test_who_says_nothing_is_not_waited_for(house: House) -> None:
    assert await (await house.client()).rest() == ""


@pytest.mark.parametrize("first", [b"POST /v1/alerts HTTP/1.1\r\nX: ", HEAD + b"Content-Length: 5000\r\n\r\n{"])
async def test_no_byte_more_prolongs_the_time(house: House, first: bytes) -> None:
    sent = await house.drip(await house.client(), first)
    assert sent < 1000


@pytest.mark.parametrize("path", [b"/v1/alerts", b"/v1/alerts/generic", b"/v1/reports", b"/v2/enqueue", b"/report"])
async def test_a_body_that_never_ends_is_not_waited_for_and_is_no_fault_of_ours(
    house: House, incidents: IncidentService, caplog: pytest.LogCaptureFixture, path: bytes
) -> None:
    head = HEAD.replace(b"/v1/alerts", path)
    client = await house.client(head + b'Content-Length: 100\r\n\r\n{"title": "x"')
    assert (await client.rest()).startswith(TOO_LATE)
    assert incidents.runs.newest() == []
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_body_whose_request_is_answered_already_is_not_waited_for_either(house: House) -> None:
    client = await house.client(HEAD.replace(b"/v1/alerts", b"/nowhere") + b"Content-Length: 100\r\n\r\n{")
    assert "404" in await client.line()
    assert TOO_LATE not in await client.rest()


async def test_between_two_requests_it_is_not_waited_for_long(house: House) -> None:
    client = await house.client(GET + GET)
    said = await client.rest()
    assert said.count("HTTP/1.1 200") == 2
    assert TOO_LATE not in said


async def test_the_headers_of_a_second_request_have_to_end_as_well(house: House) -> None:
    client = await house.client(GET)
    await client.until(b"}")
    client.send(b"GET /health")
    assert (await client.rest()).startswith(TOO_LATE)


async def test_a_request_that_is_there_is_answered_however_long_that_takes(house: House) -> None:
    client = await house.client(GET.replace(b"/health/live", b"/slow"))
    await house.outlived()
    app = house.server._app  # pyright: ignore[reportPrivateUsage]
    assert isinstance(app, FastAPI)
    app.state.later.set()
    assert "at last" in (await client.rest())


async def test_a_stream_lives_on(house: House, incident: Incident) -> None:
    client = await house.client(f"GET /v1/runs/{incident.run}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    await client.until(b"id: 1\n")
    await house.outlived()
    incident.write("note", by="ada", text="still here?")
    assert b"still here?" in await client.until(b"still here?")


async def test_who_does_not_read_its_answer_is_not_waited_for(house: House) -> None:
    client = await house.client(GET.replace(b"/health/live", b"/large"))
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await house.has(0)


async def test_who_reads_slowly_is_waited_for(incidents: IncidentService) -> None:
    async with served(incidents, Bounds(stalled_seconds=1.0)) as house:
        client = await house.client(GET.replace(b"/health/live", b"/large"))
        size = 0
        while piece := await client.reader.read(200_000):
            size += len(piece)
            if b"0\r\n\r\n" in piece[-5:]:
                break
            await asyncio.sleep(0.003)  # altogether longer than anybody may stall
        assert size > 100_000_000


async def test_a_few_are_accepted_in_one_turn() -> None:
    """Those that are sent away for them are gone only after it; until then their files are open."""
    turns: list[int] = []
    turn = 0

    class Counted(OpenConnections):
        def make_room(self, address: str) -> bool:
            turns.append(turn)
            return super().make_room(address)

    with listen(0) as listening, ExitStack() as stack:
        clients = [socket.create_connection(listening.getsockname()) for _ in range(3 * connection.ACCEPTED_AT_ONCE)]
        for client in clients:
            stack.enter_context(client)
        accepts = connection.Accepting(listening, Counted(Bounds()), lambda _: asyncio.Protocol())
        accepts.start()
        while len(turns) < len(clients):
            turn += 1
            await asyncio.sleep(0)
        accepts.stop()
    assert set(Counter(turns).values()) == {connection.ACCEPTED_AT_ONCE}


def test_many_connections_may_wait_to_be_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those for which there is no place try again only after a second."""
    asked: list[int] = []
    create = socket.create_server

    def noted(address: tuple[str, int], *, family: int, backlog: int) -> socket.socket:
        asked.append(backlog)
        return create(address, family=family, backlog=backlog)

    monkeypatch.setattr(socket, "create_server", noted)
    listen(0).close()
    assert asked == [PENDING]
    assert PENDING >= 1000


async def test_what_was_loaded_is_never_searched_for_garbage_and_the_loop_has_its_turn_often(
    incidents: IncidentService,
) -> None:
    before = sys.getswitchinterval()
    gc.unfreeze()
    sys.setswitchinterval(0.005)
    async with served(incidents, SHORT):
        told = gc.get_freeze_count(), sys.getswitchinterval()
    gc.unfreeze()
    sys.setswitchinterval(before)
    assert told[0] > 10_000
    assert told[1] <= 0.001


async def test_where_there_is_no_room_the_one_that_has_waited_longest_goes(incidents: IncidentService) -> None:
    async with served(incidents, Bounds(most=3)) as house:
        silent = [await house.client(HEAD) for _ in range(3)]
        client = await house.client(GET)
        assert await client.line() == "HTTP/1.1 200 OK"
        assert await silent[0].rest() == ""
        assert not silent[1].reader.at_eof()


async def test_one_address_cannot_take_all_the_room(
    incidents: IncidentService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "address_of", lambda host: f"far {host}")  # pyright: ignore
    async with served(incidents, Bounds(per_address=2)) as house:
        silent = [await house.client() for _ in range(3)]
        assert await silent[0].rest() == ""
        assert await (await house.client(GET)).line() == "HTTP/1.1 200 OK"


async def test_where_all_are_served_another_is_told_to_come_again(
    incidents: IncidentService, incident: Incident, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(incidents, Bounds(most=2)) as house:
        watch = f"GET /v1/runs/{incident.run}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        watchers = [await house.client(watch) for _ in range(2)]
        for watcher in watchers:
            await watcher.until(b"id: 1\n")
        said = await (await house.client(GET)).rest()
        assert said.startswith("HTTP/1.1 503")
        assert "Retry-After" in said
        watchers[0].writer.close()
        await house.has(1)
        assert await (await house.client(GET)).line() == "HTTP/1.1 200 OK"
    assert any("being served" in record.getMessage() for record in caplog.records)


class Exhausted:
    """A listening socket of a system that has no file left for some time."""

    def __init__(self, listening: socket.socket, times: int) -> None:
        self._listening, self.times, self.asked = listening, times, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listening, name)

    def accept(self) -> Any:
        self.asked += 1
        if self.asked <= self.times:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return self._listening.accept()


async def test_without_a_file_left_it_makes_room_and_tries_again_a_little_later(
    incidents: IncidentService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connection, "AGAIN_SECONDS", 0.2)
    async with served(incidents, Bounds(headers_seconds=2 * LONG)) as house:
        silent = await house.client()
        await house.has(1)
        (ours,) = house.server._accepting  # pyright: ignore[reportPrivateUsage]
        exhausted = ours._listening = Exhausted(ours._listening, 1000)  # pyright: ignore
        another = await house.client(GET)
        assert await silent.rest() == ""
        asked = exhausted.asked
        for _ in range(20):
            await asyncio.sleep(0)
        assert exhausted.asked == asked < 3
        exhausted.times = 0
        assert await another.line() == "HTTP/1.1 200 OK"
    said = {record.getMessage() for record in caplog.records}
    assert said == {"no connection can be accepted for now: Too many open files"}


async def test_a_small_answer_does_not_wait_for_more(house: House) -> None:
    client = await house.client(GET)
    await client.until(b"}")
    (served_one,) = house.server.server_state.connections
    accepted = served_one.transport.get_extra_info("socket")  # type: ignore[union-attr]
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_body_in_the_smallest_pieces_is_read_a_little_at_a_time(
    incidents: IncidentService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what one read of asyncio's own brings, uvicorn would make tens of thousands of pieces in one go."""
    sizes: list[int] = []

    def received(one: H11Protocol, data: bytes) -> None:
        sizes.append(len(data))
        standing(one, data)

    standing = H11Protocol.data_received
    monkeypatch.setattr(H11Protocol, "data_received", received)
    pieces = 20_000
    async with served(incidents, Bounds()) as house:
        client = await house.client(b"POST /count HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send(b"1\r\nx\r\n" * pieces + b"0\r\n\r\n")
        assert (await client.until(str(pieces).encode())).startswith(b"HTTP/1.1 200")
    assert sum(sizes) > 6 * pieces
    assert max(sizes) <= 8 * 1024


async def test_who_is_waited_for_does_not_delay_the_end(
    incidents: IncidentService, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(incidents, Bounds()) as house:
        waited_for = [await house.client(first) for first in (b"", HEAD, HEAD + b"Content-Length: 9\r\n\r\n{")]
        await house.has(3)
        house.server.stop()
        await house.has(0)
    assert [await client.rest() for client in waited_for] == ["", "", ""]
    assert [record.getMessage() for record in caplog.records] == []


async def test_bodies_and_answers_are_whole(house: House) -> None:
    body = json.dumps({"title": "x", "description": "y" * 300_000}).encode()
    client = await house.client(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    assert await client.line() == "HTTP/1.1 202 Accepted"
