"""Somebody who looks at a small page time and again, in a process of their own: how long they wait in a storm."""

import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

PAGE = "/silences"
EVERY = 0.05
"""Seconds between two looks."""


@contextmanager
def visitor(address: Path) -> Generator[list[float]]:
    """Look at the page while the block runs; the list holds the seconds of each look when it has ended.

    `address`: the file in which the server's address stands, which is another one after each start.
    """
    seconds: list[float] = []
    command = [sys.executable, "-m", "tests.benchmarks.visitor", str(address)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield seconds
        finally:
            process.kill()
            told, _ = process.communicate()
            seconds += map(float, told.split())


def look(address: Path) -> None:
    """Look until the process is ended; print the seconds of each look that was answered."""
    connection, where = None, ""
    while True:
        if where != (now := address.read_text(encoding="utf-8")):
            connection, where = None, now
        connection = connection or HTTPConnection(urlsplit(where).netloc, timeout=60)
        begun = time.perf_counter()
        try:
            connection.request("GET", PAGE)
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                print(f"{time.perf_counter() - begun:.4f}", flush=True)
        except (OSError, HTTPException):
            connection = None  # the server was killed
        time.sleep(EVERY)


if __name__ == "__main__":
    look(Path(sys.argv[1]))
