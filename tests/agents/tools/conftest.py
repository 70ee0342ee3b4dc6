"""A small web server on loopback, for the drivers that speak HTTP."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple

import pytest

from agents.io.clock import VirtualClock


class Served(NamedTuple):
    """A server's address, and the paths it was asked for."""

    url: str
    asked: list[str]


class QuietServer(ThreadingHTTPServer):
    """Says nothing of clients that hang up."""

    def handle_error(self, request: object, client_address: object) -> None: ...


Answer = Callable[[str], tuple[int, str]]
Serve = Callable[[Answer], Served]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server that answers each GET with a status and a body."""
    servers: list[QuietServer] = []

    def start(answer: Answer) -> Served:
        asked: list[str] = []

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                status, body = answer(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the base class calls it so

        server = QuietServer(("127.0.0.1", 0), Answering)
        servers.append(server)
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return Served(f"http://127.0.0.1:{server.server_address[1]}", asked)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def clock() -> VirtualClock:
    """A clock that stands at noon; tests that run on pytest's own loop only read it."""
    return VirtualClock(datetime(2026, 3, 2, 12, 0, tzinfo=UTC))
