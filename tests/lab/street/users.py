"""The ticket office's users, and with them the truth: what each of their requests met, a line each in truth.jsonl.

`python -m tests.lab.street.users PORT FOLDER`
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from threading import Lock
from typing import TextIO

PER_SECOND = 12
PAGES = ("/", "/show", "/book", "/show", "/show")
"""In this order again and again: an odd number, so that no page always falls to the same one of two instances."""
AT_ONCE = 64
PATIENCE_SECONDS = 5


def visit(port: int, page: str) -> int:
    """Ask for a page; gives the status that the user saw, 0 for none."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", page)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


class Users:
    """Visit page after page, and write down how it went."""

    def __init__(self, port: int, truth: TextIO) -> None:
        self._port = port
        self._truth = truth
        self._lock = Lock()

    def come(self, page: str) -> None:
        """One user visits one page."""
        at, begun = time.time(), time.monotonic()
        status = visit(self._port, page)
        seconds = round(time.monotonic() - begun, 3)
        line = json.dumps({"at": round(at, 3), "page": page, "status": status, "seconds": seconds})
        with self._lock:
            self._truth.write(f"{line}\n")
            self._truth.flush()


def main() -> None:
    """Send users until the process is ended."""
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    begun = time.monotonic()
    with (folder / "truth.jsonl").open("a") as truth, ThreadPoolExecutor(AT_ONCE) as crowd:
        users = Users(port, truth)
        for number in count():
            time.sleep(max(0.0, begun + number / PER_SECOND - time.monotonic()))
            crowd.submit(users.come, PAGES[number % len(PAGES)])


if __name__ == "__main__":
    main()
