"""A PostgreSQL server that is further away: a port behind which every message takes its time, and is counted."""

import queue
import socket
import threading
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from urllib.parse import parse_qs, urlsplit


class Distance:
    """What lies between a client and its server."""

    def __init__(self, unix_socket: str, milliseconds: float = 0) -> None:
        """`milliseconds`: to the server and back."""
        self._unix_socket = unix_socket
        self._one_way = milliseconds / 2_000
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.round_trips = 0
        """How often a client has waited for the server; for one client at a time."""
        self._is_asked = False

    def open(self) -> None:
        """Begin to take connections."""
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more; those that are open stay until they are closed."""
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):  # it was closed
            while True:
                near, _ = self._listening.accept()
                near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._unix_socket)
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source: socket.socket, to: socket.socket) -> None:
        """Pass on what comes, each piece after its time, and none later because others are on the way."""
        under_way: queue.Queue[tuple[float, bytes]] = queue.Queue()
        threading.Thread(target=_deliver, args=(under_way, to), daemon=True).start()
        asks = to.family == socket.AF_UNIX
        data = b"nothing yet"
        with suppress(OSError):  # either side has gone
            while data:
                data = source.recv(1_048_576)
                if asks and data and not self._is_asked:
                    self.round_trips += 1
                self._is_asked = asks
                under_way.put((time.monotonic() + self._one_way, data))
        under_way.put((0.0, b""))


def _deliver(under_way: "queue.Queue[tuple[float, bytes]]", to: socket.socket) -> None:
    with closing(to), suppress(OSError):
        while True:
            due, data = under_way.get()
            if not data:
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
    yield f"postgresql://postgres@127.0.0.1:{distance.port}{parts.path}{schema}", distance
    distance.close()
