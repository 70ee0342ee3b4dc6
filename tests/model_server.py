"""A small OpenAI-compatible server on loopback, for tests: it answers chat completions with tool calls."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from graphs.transcript import Event

Request = dict[str, Any]
Message = dict[str, Any]


class Reply(NamedTuple):
    """What the server sends: a status and a body."""

    status: int
    body: dict[str, Any]


def calls(*wanted: tuple[str, dict[str, Any]], text: str = "") -> Reply:
    """An answer that asks for tools."""
    requests = [
        {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for number, (name, arguments) in enumerate(wanted)
    ]
    message: Message = {"role": "assistant", "content": text or None, "tool_calls": requests}
    return completion(message, "tool_calls")


def completion(message: Message, reason: str = "stop") -> Reply:
    """A whole chat completion around a message."""
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    choice = {"index": 0, "message": message, "finish_reason": reason}
    body = {"id": "c", "object": "chat.completion", "created": 0, "model": "loopback", "choices": [choice]}
    return Reply(200, {**body, "usage": usage})


class Tape:
    """Answers as a recorded run did: for each duty the same tool calls, then the same report."""

    def __init__(self, events: list[Event]) -> None:
        self._visits: dict[tuple[str, str], list[tuple[list[tuple[str, dict[str, Any]]], dict[str, Any]]]] = {}
        self._opened: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        for finished in events:
            if finished.kind == "duty_finished":
                occurrence = finished.key.removesuffix("/finished")
                asked = [
                    (event.payload["tool"], event.payload["arguments"])
                    for event in events
                    if event.kind == "tool_call" and event.key.startswith(f"{occurrence}/tool/")
                ]
                visits = self._visits.setdefault((finished.role, finished.duty), [])
                visits.append((asked, finished.payload["report"]))

    def __call__(self, request: Request) -> Reply:
        system, briefing = request["messages"][0]["content"], request["messages"][1]["content"]
        title = system.partition("\n# ")[2].partition("\n")[0]
        duty = briefing.partition("# Briefing: ")[2].partition("\n")[0].strip()
        who = (title.strip().lower().replace(" ", "_"), duty)
        opening = len(request["messages"]) == 2
        with self._lock:
            self._opened[who] += opening
            visits = self._visits[who]
            asked, report = visits[min(self._opened[who], len(visits)) - 1]
        return calls(*asked) if opening and asked else calls(("hand_in", report))


@contextmanager
def serving(answer: Callable[[Request], Reply]) -> Generator[str]:
    """Serve chat completions on loopback; gives the base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            reply = answer(request)
            body = json.dumps(reply.body).encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
