"""Dripping: a thousand connections that say a byte now and then, and alerts that want to come in meanwhile.

Run as a module it tries several kinds and file limits, and says how long the alerts took.
"""

import errno
import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from typing import NamedTuple

import httpx2

from tests.api.processes import CALL, ENVIRONMENT, address

CONNECTIONS = 1_000
ALERTS = 10
EVERY_SECONDS = 2.0
MOST_SECONDS = 1.0
MOST_LINES = 20
FILES = (256, 1024, 20_000)
"""Limits of open files that the server is started with."""
HEAD = b"POST /v1/alerts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
KINDS = {"nothing": b"", "headers": HEAD + b"X-Slow: ", "body": HEAD + b'Content-Length: 100000\r\n\r\n{"title": "'}
"""What is dripped -> how it begins."""


class Trial(NamedTuple):
    """What became of the alerts while connections dripped."""

    answers: list[int]
    seconds: list[float]
    lines: int
    """Of the server's log."""

    @property
    def is_good(self) -> bool:
        """Whether all were taken in time, and the log was not filled with it."""
        return set(self.answers) == {202} and max(self.seconds) < MOST_SECONDS and self.lines < MOST_LINES


class Drip:
    """Connections that each send a byte now and then, and open anew where they were ended."""

    def __init__(self, port: int, number: int, first: bytes) -> None:
        self._port, self._first = port, first
        self._sockets = [self._open() for _ in range(number)]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._drip, daemon=True)
        self._thread.start()

    def _open(self) -> socket:
        one = socket()
        one.setblocking(False)
        if one.connect_ex(("127.0.0.1", self._port)) not in (0, errno.EINPROGRESS):
            one.close()
        return one

    def _drip(self) -> None:
        begun: set[socket] = set()
        while not self._ended.wait(EVERY_SECONDS):
            for number, one in enumerate(self._sockets):
                try:
                    one.send(self._first if one not in begun else b"a" if self._first else b"")
                    begun.add(one)
                    if not one.recv(1000):
                        raise ConnectionResetError
                except BlockingIOError:
                    continue
                except OSError:
                    one.close()
                    self._sockets[number] = self._open()

    def end(self) -> None:
        """Close all of them."""
        self._ended.set()
        self._thread.join()
        for one in self._sockets:
            one.close()


@contextmanager
def server(folder: Path, files: int) -> Generator[tuple[str, Path]]:
    """A server that may open so many files; gives its address and its log."""
    log = folder / "log"
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({files}, {files})); {CALL}"
    command = [sys.executable, "-c", limited, "serve", "--port", "0", "--data", "data"]
    with log.open("w") as lines:
        process = subprocess.Popen(
            command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=lines, text=True
        )
        try:
            yield address(process), log
        finally:
            process.kill()
            process.communicate()


def attempt(kind: str, files: int, connections: int = CONNECTIONS, pause: float = 0.5) -> Trial:
    """Let connections drip, and post alerts with a pause of seconds between them."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(allowed, 4 * connections), allowed))
    answers: list[int] = []
    seconds: list[float] = []
    with TemporaryDirectory(prefix="dripping-") as folder, server(Path(folder), files) as (base, log):
        drip = Drip(int(base.rpartition(":")[2]), connections, KINDS[kind])
        time.sleep(EVERY_SECONDS)
        try:
            for number in range(ALERTS):
                begun = time.perf_counter()
                answers.append(_post(base, number))
                seconds.append(time.perf_counter() - begun)
                time.sleep(pause)
        finally:
            drip.end()
        return Trial(answers, seconds, len(log.read_text().splitlines()))


def _post(base: str, number: int) -> int:
    try:
        return httpx2.post(f"{base}/v1/alerts", json={"title": f"a good alert {number}"}, timeout=30).status_code
    except httpx2.TransportError:
        return 0


def table() -> int:
    """Try every kind with every limit; gives how many did harm."""
    harmed = 0
    print(f"{CONNECTIONS} connections drip")
    print(f"{'what':<10}{'files':<8}{'taken':<8}{'longest':<10}{'log lines'}")
    for kind in KINDS:
        for files in FILES:
            trial = attempt(kind, files)
            harmed += not trial.is_good
            taken = f"{trial.answers.count(202)}/{ALERTS}"
            print(f"{kind:<10}{files:<8}{taken:<8}{max(trial.seconds):<10.3f}{trial.lines}", flush=True)
    print(json.dumps({"tried": len(KINDS) * len(FILES), "did_harm": harmed}))
    return harmed


if __name__ == "__main__":
    sys.exit(1 if table() else 0)
