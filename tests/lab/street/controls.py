"""The ticket office's controls, over HTTP on loopback: what `operate.py` asks, and a record of what was done."""

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from tests.lab.children import LabFault


class Act(NamedTuple):
    """A change that was made to the ticket office through its controls."""

    at: float
    """Seconds since 1970."""
    action: str
    service: str
    version: str
    key: str


class Office(Protocol):
    """What the controls need of the ticket office."""

    def restart(self, service: str) -> None: ...

    def release(self, service: str, version: str) -> None: ...

    def history(self, service: str) -> dict[str, Any]: ...

    def pipeline(self, service: str) -> dict[str, Any]: ...


class Controls:
    """Does what is asked, each key once."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._lock = threading.Lock()
        self.acts: list[Act] = []

    def change(self, action: str, service: str, version: str, key: str) -> dict[str, Any]:
        """Restart a service, or release a version of it. Raises LabFault where that cannot be done."""
        with self._lock:
            if not (key and any(act.key == key for act in self.acts)):
                if action == "restart":
                    self._office.restart(service)
                else:
                    self._office.release(service, version)
                self.acts.append(Act(time.time(), "rollback" if version else "restart", service, version, key))
        return {"done": True, "detail": f"{action} of {service} {version}".strip(), "reference": version or service}

    def tell(self, asked: str, of: str) -> dict[str, Any] | None:
        """The history or pipeline of a service, or what became of the change with a key."""
        if asked == "history":
            return self._office.history(of)
        if asked == "pipeline":
            return self._office.pipeline(of)
        act = next((act for act in self.acts if act.key == of), None)
        return act and {"done": True, "detail": f"{act.action} of {act.service}", "reference": act.version}

    @contextmanager
    def serving(self, port: int) -> Generator[None]:
        """Listen on a port for as long as the context lasts."""
        handler = type("Bound", (_Requests,), {"controls": self})
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()


class _Requests(BaseHTTPRequestHandler):
    controls: Controls

    def do_GET(self) -> None:
        parts, _ = self._asked()
        self._answer(200, self.controls.tell(parts[0], parts[1]))

    def do_POST(self) -> None:
        parts, key = self._asked()
        action, service, version = [*parts, ""][:3]
        try:
            self._answer(200, self.controls.change(action, service, version, key))
        except LabFault as fault:
            self._answer(409, {"detail": str(fault)})

    def _asked(self) -> tuple[list[str], str]:
        address = urlsplit(self.path)
        return [unquote(part) for part in address.path.strip("/").split("/")], parse_qs(address.query).get("key", [""])[
            0
        ]

    def _answer(self, status: int, words: dict[str, Any] | None) -> None:
        body = json.dumps(words).encode() if words is not None else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the base class calls it so
