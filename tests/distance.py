"""A PostgreSQL server that is further away: a port behind which every message takes its time, and is counted.

It is a process of its own, so that it takes nothing from whoever is measured, and made of threads, because these sleep
as exactly as the kernel does: an event loop waits for whole milliseconds.
"""

import multiprocessing
import queue
import socket
import threading
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

OPENS_WITHIN = 60
"""Seconds."""


class Distance:
    """What lies between clients and their server."""

    def __init__(self, unix_socket: str, milliseconds: float = 0) -> None:
        """`milliseconds`: to the server and back."""
        context = multiprocessing.get_context("spawn")
        self._round_trips = context.Value("Q", 0)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._is_open = context.Event()
        arguments = (self._listening, unix_socket, milliseconds / 2_000, self._round_trips, self._is_open)
        self._process = context.Process(target=_accept, args=arguments, daemon=True)

    @property
    def round_trips(self) -> int:
        """How often a client has waited for the server."""
        return self._round_trips.value

    def open(self) -> None:
        """Begin to take connections. The process first imports what this one was started with, which takes a while."""
        self._process.start()
        self._is_open.wait(OPENS_WITHIN)
        self._listening.close()  # the process has its own

    def close(self) -> None:
        """End all connections, and take no more."""
        self._process.terminate()
        self._process.join()


@dataclass
class Road:
    """One connection."""

    near: socket.socket
    far: socket.socket
    one_way: float
    """Seconds."""
    round_trips: Any
    is_asked: bool = False

    def open(self) -> None:
        """Carry in both directions until one side has gone."""
        for pair in ((self.near, self.far), (self.far, self.near)):
            threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source: socket.socket, to: socket.socket) -> None:
        """Pass on what comes, each piece after its time, and none later because others are on the way."""
        under_way: queue.Queue[tuple[float, bytes]] = queue.Queue()
        threading.Thread(target=_deliver, args=(under_way, to), daemon=True).start()
        data = b"nothing yet"
        with suppress(OSError):  # either side has gone
            while data:
                data = source.recv(1_048_576)
                self._count(asks=to is self.far, ends=not data)
                under_way.put((time.monotonic() + self.one_way, data))
        under_way.put((0.0, b""))

    def _count(self, asks: bool, ends: bool) -> None:
        if asks and not ends and not self.is_asked:
            with self.round_trips.get_lock():
                self.round_trips.value += 1
        self.is_asked = asks


def _accept(listening: socket.socket, unix_socket: str, one_way: float, round_trips: Any, is_open: Any) -> None:
    is_open.set()
    while True:
        near, _ = listening.accept()
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        far = socket.socket(socket.AF_UNIX)
        try:
            far.connect(unix_socket)
        except OSError:  # the server has gone: so has whoever asks it through this
            near.close()
            continue
        Road(near, far, one_way, round_trips).open()


def _deliver(under_way: "queue.Queue[tuple[float, bytes]]", to: socket.socket) -> None:
    with closing(to), suppress(OSError):
        while True:
            due, data = under_way.get()
            if not data:
                to.shutdown(socket.SHUT_RDWR)  # closing alone would not end the connection while it is read
                return
            time.sleep(max(0.0, due - time.monotonic()))
            to.sendall(data)


@contextmanager
def away(url: str, milliseconds: float = 0) -> Generator[tuple[str, Distance]]:
    """The address of the same database, so far away, and what lies between; `url` names a local server's socket."""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    distance = Distance(f"{options['host'][0]}/.s.PGSQL.5432", milliseconds)
    distance.open()
    schema = f"?options={options['options'][0].replace('=', '%3D')}" if "options" in options else ""
    try:
        yield f"postgresql://postgres@127.0.0.1:{distance.port}{parts.path}{schema}", distance
    finally:
        distance.close()
