"""Connections: accepted a few at a time, so that there is room for each; uvicorn's, with a time limit for each wait."""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.serving.open_connections import OpenConnections, address_of

AT_ONCE = 8 * 1024
"""Bytes that are read in one go: a body in the smallest possible pieces, as many as it may have, takes long to read."""
TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
FULL = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n"
"""To whom there is no room for."""
_buffer = bytearray(AT_ONCE)
"""Of all connections: what is read into it is taken out of it before the next one is read."""


class Connection(H11Protocol, asyncio.BufferedProtocol):
    """One connection, which is sent away when it takes too long, or when there is no room for another otherwise.

    Whose request is there may take as long as it likes: a stream lives for hours.
    """

    def __init__(self, others: OpenConnections, address: str, **of_uvicorn: Any) -> None:
        super().__init__(**of_uvicorn)
        self.address = address
        self._others = others
        self._waits_for = ""
        self._patience: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._is_unwanted = False
        others.enter(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first request."""
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        self._look()
        if self._is_unwanted:
            transport.abort()

    def get_buffer(self, sizehint: int) -> bytearray:
        """Where to read the next bytes to."""
        return _buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take the bytes that were read."""
        self.data_received(bytes(memoryview(_buffer)[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """Take some bytes of a request."""
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._look()

    def pause_writing(self) -> None:
        """Wait for the other side to read what it was sent."""
        super().pause_writing()
        self._stalled = self._stalled or self.loop.call_later(self._others.bounds.stalled_seconds, self.send_away)

    def resume_writing(self) -> None:
        """Go on: something of it was read."""
        super().resume_writing()
        if self._stalled:
            self._stalled.cancel()
            self._stalled = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        super().connection_lost(exc)
        self._others.leave(self)
        self._set("")

    def send_away(self) -> None:
        """End it at once."""
        self._is_unwanted = True
        if self.transport is not None:  # pyright: ignore[reportUnnecessaryComparison] - uvicorn sets it later
            self.transport.abort()

    def _look(self) -> None:
        """See what it waits for now. What it waited for before has its own time, which no byte prolongs."""
        if self.transport.is_closing():
            return self._set("")
        theirs = self.conn.their_state
        if theirs is h11.SEND_BODY:
            return self._set("body")
        if theirs is h11.IDLE:
            return self._set("idle" if self.timeout_keep_alive_task else "headers")
        return self._set("")

    def _set(self, waits_for: str) -> None:
        if waits_for == self._waits_for:
            return None
        self._waits_for = waits_for
        if self._patience:
            self._patience.cancel()
            self._patience = None
        if not waits_for:
            return self._others.work(self)
        self._others.wait(self)
        if waits_for != "idle":  # for which uvicorn has a time of its own
            bounds = self._others.bounds
            seconds = bounds.body_seconds if waits_for == "body" else bounds.headers_seconds
            self._patience = self.loop.call_later(seconds, self._lose_patience)

    def _lose_patience(self) -> None:
        """Say so to whoever had begun to send something, and was not answered yet."""
        has_begun = self._waits_for == "body" or bool(self.conn.trailing_data[0])
        if has_begun and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.write(TOO_LATE)
        self.transport.close()


ACCEPTED_AT_ONCE = 16
"""Connections that are accepted in one go: those that were sent away for them are gone after it."""
AGAIN_SECONDS = 0.2
"""After the system had nothing left for another one."""
log = logging.getLogger("warroom")


class Accepting:
    """Accepts the connections of a listening socket, until it is stopped."""

    def __init__(
        self, listening: socket.socket, others: OpenConnections, connection: Callable[[str], asyncio.Protocol]
    ) -> None:
        self._listening = listening
        self._others = others
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._later: asyncio.TimerHandle | None = None
        self._beginning: set[asyncio.Task[object]] = set()

    def start(self) -> None:
        """Begin."""
        self._listening.setblocking(False)
        self._loop.add_reader(self._listening, self._accept)

    def stop(self) -> None:
        """End; the connections that there are stay."""
        self._loop.remove_reader(self._listening)
        if self._later:
            self._later.cancel()

    def _accept(self) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                accepted, peer = self._listening.accept()
            except (BlockingIOError, InterruptedError):
                return None
            except OSError as error:
                return self._wait(error)
            self._welcome(accepted, address_of(str(peer[0])))

    def _wait(self, error: OSError) -> None:
        """Make a little room, and try again soon: the system would call us without a pause."""
        log.warning("no connection can be accepted for now: %s", error.strerror)
        self._others.send_one_away()
        self._loop.remove_reader(self._listening)
        self._later = self._loop.call_later(AGAIN_SECONDS, self._loop.add_reader, self._listening, self._accept)

    def _welcome(self, accepted: socket.socket, address: str) -> None:
        accepted.setblocking(False)
        if not self._others.make_room(address):
            log.warning("every open connection is being served; others are refused")
            return self._refuse(accepted)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the end of an answer would wait for 40 ms
        connection = self._connection(address)
        beginning = self._loop.create_task(self._loop.connect_accepted_socket(lambda: connection, accepted))
        self._beginning.add(beginning)
        beginning.add_done_callback(self._beginning.discard)

    @staticmethod
    def _refuse(accepted: socket.socket) -> None:
        with accepted:
            try:
                accepted.send(FULL)
            except OSError:
                return  # it has left by itself
