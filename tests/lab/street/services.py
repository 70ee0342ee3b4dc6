"""The services of the ticket office, one process each: front, booking, seats, letters, and the card company outside.

`python -m tests.lab.street.services ROLE VERSION PORT FOLDER`; the folder holds the ports and each role's settings.
"""

import json
import sqlite3
import sys
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.lab.service import Meters

Page = Callable[[], str]
FAULTY_FRONT = "2.4.1"
"""The release of front that cannot book."""


class Failure(Exception):
    """A request fails, with this status; the words go into the service's log."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Surroundings:
    """What a service finds in the folder: where the others listen, and its own settings, read at each use."""

    def __init__(self, role: str, folder: Path) -> None:
        self.folder = folder
        self._settings = folder / f"{role}.json"
        self._ports: dict[str, int] = json.loads((folder / "ports.json").read_text())

    def setting(self, name: str, default: Any) -> Any:
        return json.loads(self._settings.read_text()).get(name, default) if self._settings.exists() else default

    def ask(self, service: str, path: str, seconds: float) -> str:
        """Ask another service. Raises Failure where it answers no page in time."""
        connection = HTTPConnection("127.0.0.1", self._ports[service], timeout=seconds)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read().decode()
        except TimeoutError:
            raise Failure(504, f"{service} did not answer {path} within {seconds:g} s") from None
        except (OSError, HTTPException) as fault:
            raise Failure(502, f"{service} cannot be reached: {fault}") from None
        finally:
            connection.close()
        if answer.status != 200:
            raise Failure(502, f"{service} answered {answer.status} to {path}")
        return body


class Role:
    """What one service does: its pages by path, and the gauges that only it has."""

    def __init__(self, version: str, surroundings: Surroundings) -> None:
        self.version = version
        self.surroundings = surroundings

    def pages(self) -> Mapping[str, Page]:
        raise NotImplementedError

    def gauges(self) -> Mapping[str, float]:
        return {}


class Front(Role):
    """What users see; everything but the first page comes from booking."""

    def pages(self) -> Mapping[str, Page]:
        return {
            "/": lambda: "Welcome to the ticket office",
            "/show": lambda: self.surroundings.ask("booking", "/show", 3),
            "/book": self._book,
        }

    def _book(self) -> str:
        if self.version == FAULTY_FRONT:
            raise Failure(500, "KeyError: 'row' in the form of a booking")
        return self.surroundings.ask("booking", "/book", 6)


class Booking(Role):
    """Holds a seat, has the card charged, and puts a letter into the queue."""

    def pages(self) -> Mapping[str, Page]:
        return {"/show": lambda: self.surroundings.ask("seats", "/free", 1.5), "/book": self._book}

    def _book(self) -> str:
        place = self.surroundings.ask("seats", "/hold", 1.5)
        self.surroundings.ask("cards", "/charge", 5)
        queue = self.surroundings.folder / "queue"
        (queue / uuid.uuid4().hex).write_text(place)
        return f"Booked: {place}"


class Seats(Role):
    """Keeps who has which seat, in a database that it reaches through a pool of connections."""

    WAIT_SECONDS = 0.5
    """So long a request waits for a connection."""

    def __init__(self, version: str, surroundings: Surroundings) -> None:
        super().__init__(version, surroundings)
        self._free = threading.Condition()
        self._used = 0
        self._database = surroundings.folder / "seats.sqlite"
        with sqlite3.connect(self._database) as database:
            database.execute("create table if not exists held (seat integer)")

    def pages(self) -> Mapping[str, Page]:
        return {"/free": self._count_free, "/hold": self._hold}

    def gauges(self) -> Mapping[str, float]:
        return {"pool_connections_used": self._used, "pool_connections": self._size()}

    def _size(self) -> int:
        return self.surroundings.setting("connections", 8)

    @contextmanager
    def _connection(self) -> Generator[sqlite3.Connection]:
        with self._free:
            if not self._free.wait_for(lambda: self._used < self._size(), self.WAIT_SECONDS):
                raise Failure(503, f"no connection was free within {self.WAIT_SECONDS:g} s")
            self._used += 1
        connection = sqlite3.connect(self._database, timeout=5)
        try:
            yield connection
        finally:
            connection.close()
            with self._free:
                self._used -= 1
                self._free.notify()

    def _count_free(self) -> str:
        with self._connection() as connection:
            (held,) = connection.execute("select count(*) from held").fetchone()
            time.sleep(0.1)
        return f"{100_000 - held} seats are free"

    def _hold(self) -> str:
        with self._connection() as connection:
            with connection:
                seat = connection.execute("insert into held values (1)").lastrowid
            time.sleep(0.25)
        return f"seat {seat}"


class Letters(Role):
    """Takes letters out of the queue and sends them."""

    def __init__(self, version: str, surroundings: Surroundings) -> None:
        super().__init__(version, surroundings)
        self._sent = 0
        self._queue = surroundings.folder / "queue"
        threading.Thread(target=self._send, daemon=True).start()

    def pages(self) -> Mapping[str, Page]:
        return {}

    def gauges(self) -> Mapping[str, float]:
        return {"letters_sent_total": self._sent, "letters_waiting": len(list(self._queue.iterdir()))}

    def _send(self) -> None:
        while True:
            for letter in self._queue.iterdir():
                time.sleep(0.02)
                with suppress(FileNotFoundError):
                    letter.unlink()
                    self._sent += 1
            time.sleep(0.2)


class Cards(Role):
    """The card company, which is not ours."""

    def pages(self) -> Mapping[str, Page]:
        return {"/charge": self._charge}

    def _charge(self) -> str:
        time.sleep(self.surroundings.setting("seconds", 0.05))
        return "charged"


ROLES: dict[str, type[Role]] = {"front": Front, "booking": Booking, "seats": Seats, "letters": Letters, "cards": Cards}


class Requests(BaseHTTPRequestHandler):
    """A role's pages, /healthz, /version and /metrics."""

    role: Role
    meters = Meters()
    started = time.time()

    def do_GET(self) -> None:
        if self.path == "/metrics":
            return self._answer(200, "".join(f"{line}\n" for line in self._exposition()))
        if self.path in ("/healthz", "/version"):
            return self._answer(200, self.role.version)
        begun = time.monotonic()
        status, words = self._serve()
        self.meters.record("", status, time.monotonic() - begun, len(words))
        return self._answer(status, words)

    def _exposition(self) -> Iterator[str]:
        yield from self.meters.exposition(self.role.surroundings.folder / "errors.jsonl")
        yield f"process_start_time_seconds {self.started}"
        yield from (f"{name} {value}" for name, value in self.role.gauges().items())

    def _serve(self) -> tuple[int, str]:
        page = self.role.pages().get(self.path)
        if page is None:
            return 404, "There is no such page"
        try:
            return 200, page()
        except Failure as failure:
            print(failure, flush=True)
            return failure.status, "Something went wrong"

    def _answer(self, status: int, words: str) -> None:
        body = words.encode()
        with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked has given up
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the base class calls it so


class Server(ThreadingHTTPServer):
    """With room for the requests that arrive together."""

    request_queue_size = 64


def main() -> None:
    """Serve one role until the process is ended."""
    role, version, port, folder = sys.argv[1:]
    Requests.role = ROLES[role](version, Surroundings(role, Path(folder)))
    Server(("127.0.0.1", int(port)), Requests).serve_forever()


if __name__ == "__main__":
    main()
