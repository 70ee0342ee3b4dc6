"""The lab's checkout service: v1 takes payments, v2 fails on most of them. With metrics in Prometheus' text format."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from resource import RUSAGE_SELF, getpagesize, getrusage
from threading import Lock

BUCKETS = (0.03, 0.045, 0.06, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5)
REMEMBERED_SECONDS = 10
"""A user who came this long ago is no longer active."""


class Meters:
    """What the service counts. One lock: the server has a thread per request."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.requests: Counter[str] = Counter({"200": 0, "500": 0})
        self.buckets: Counter[float] = Counter()
        self.seconds = 0.0
        self.response_bytes = 0
        self.in_progress = 0
        self.seen: dict[str, tuple[float, bool]] = {}
        """User -> last seen, and whether a request of theirs failed."""

    def record(self, user: str, status: int, seconds: float, size: int) -> None:
        with self.lock:
            self.requests[str(status)] += 1
            self.seconds += seconds
            self.response_bytes += size
            self.buckets.update(edge for edge in BUCKETS if seconds <= edge)
            if user:
                failed = status >= 500 or (self._is_active(user) and self.seen[user][1])
                self.seen[user] = (time.monotonic(), failed)

    def _is_active(self, user: str) -> bool:
        return user in self.seen and self.seen[user][0] > time.monotonic() - REMEMBERED_SECONDS

    def exposition(self, errors: Path) -> Iterator[str]:
        """The lines of /metrics."""
        usage, total = getrusage(RUSAGE_SELF), sum(self.requests.values())
        active = [user for user in list(self.seen) if self._is_active(user)]
        yield from (f'http_requests_total{{code="{code}"}} {n}' for code, n in self.requests.items())
        yield from (f'http_request_duration_seconds_bucket{{le="{e}"}} {self.buckets[e]}' for e in BUCKETS)
        yield f'http_request_duration_seconds_bucket{{le="+Inf"}} {total}'
        yield f"http_request_duration_seconds_sum {self.seconds}"
        yield f"http_request_duration_seconds_count {total}"
        yield f"http_response_bytes_total {self.response_bytes}"
        yield f"http_requests_in_progress {self.in_progress}"
        yield f"process_cpu_seconds_total {usage.ru_utime + usage.ru_stime}"
        yield f"process_resident_memory_bytes {int(Path('/proc/self/statm').read_text().split()[1]) * getpagesize()}"
        yield f"error_log_bytes {errors.stat().st_size if errors.exists() else 0}"
        yield f"active_users {len(active)}"
        yield f"affected_users {sum(self.seen[user][1] for user in active)}"


class Till:
    """Takes payments in its version's way."""

    def __init__(self, version: str, errors: Path) -> None:
        self.version = version
        self.errors = errors
        self.meters = Meters()
        self._number = count()

    def pay(self) -> tuple[int, str]:
        """Take 30 to 60 ms; v2 looks up a discount that three carts in five do not have."""
        number = next(self._number)
        time.sleep(0.03 + 0.01 * (number % 4))
        try:
            cart = {"discount": 0.1} if self.version == "v1" or number % 5 > 2 else {}
            return 200, f"Paid, with {cart['discount']:.0%} off"
        except KeyError as error:
            self._write_error(f"KeyError: {error} in take_payment of cart {number}")
            return 500, "Something went wrong"

    def _write_error(self, message: str) -> None:
        line = {"at": datetime.now(UTC).isoformat(), "version": self.version, "message": message}
        with self.errors.open("a") as log:
            log.write(json.dumps(line) + "\n")


class Requests(BaseHTTPRequestHandler):
    """The service's addresses: /, /pay, /version and /metrics."""

    till: Till

    def do_GET(self) -> None:
        if self.path == "/metrics":
            lines = "\n".join(self.till.meters.exposition(self.till.errors))
            return self._answer(200, f"{lines}\n", "text/plain; version=0.0.4")
        if self.path == "/version":
            return self._answer(200, self.till.version, "text/plain")
        return self._serve_a_user()

    def _serve_a_user(self) -> None:
        meters, begun = self.till.meters, time.monotonic()
        meters.in_progress += 1
        status, said = self.till.pay() if self.path == "/pay" else (200, "Your cart is ready")
        page = f"<!doctype html><title>Checkout</title><h1>Checkout</h1><p>{said}</p><p>{self.till.version}</p>"
        self._answer(status, page, "text/html")
        meters.in_progress -= 1
        meters.record(self.headers.get("X-User", ""), status, time.monotonic() - begun, len(page))

    def _answer(self, status: int, body: str, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the base class calls it so


def main() -> None:
    """Serve one version: service.py VERSION PORT FOLDER."""
    version, port, folder = sys.argv[1:]
    Requests.till = Till(version, Path(folder) / "errors.jsonl")
    ThreadingHTTPServer(("127.0.0.1", int(port)), Requests).serve_forever()


if __name__ == "__main__":
    main()
