"""Small answers over one connection: how long each takes. With Nagle's algorithm it is over 40 ms on loopback too."""

import time
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from tests.api.processes import address, start

ASKED = 300


def answers(asked: int = ASKED) -> dict[str, float]:
    """Milliseconds."""
    with TemporaryDirectory(prefix="answers-") as folder:
        server = start("serve", "--port", "0", "--data", "data", cwd=Path(folder))
        try:
            place = urlsplit(address(server))
            connection = HTTPConnection(place.hostname or "", place.port)
            times = sorted(_seconds(connection) for _ in range(asked))
        finally:
            server.kill()
            server.communicate()
    return {"median_ms": round(1000 * times[asked // 2], 2), "p99_ms": round(1000 * times[asked * 99 // 100], 2)}


def _seconds(connection: HTTPConnection) -> float:
    begun = time.perf_counter()
    connection.request("GET", "/health/live")
    connection.getresponse().read()
    return time.perf_counter() - begun
