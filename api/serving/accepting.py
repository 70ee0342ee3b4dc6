"""Accepting connections: a few at a time, so that there is room for each, and quietly where the system has none."""

import asyncio
import logging
import socket
from collections.abc import Callable

from api.serving.connection import FULL
from api.serving.open_connections import OpenConnections, address_of

AT_ONCE = 16
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
        for _ in range(AT_ONCE):
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
