"""A small OpenAI-compatible server on loopback, for tests: chat completions, tools, streams, usage, and faults."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

Request = dict[str, Any]
Message = dict[str, Any]
WORDS_PER_CHUNK = 3
LETTERS_PER_TOKEN = 4
"""The usual rule of thumb for English and JSON."""
Usage = Callable[[Request, Message], Any]


def usage_of(request: Request, message: Message) -> dict[str, int]:
    """Tokens, estimated from the letters of what was sent and answered."""
    asked = len(json.dumps([request["messages"], request.get("tools", [])])) // LETTERS_PER_TOKEN
    said = len(json.dumps(message)) // LETTERS_PER_TOKEN
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


class Reply(NamedTuple):
    """What the server sends: a status, a body, and how it misbehaves on the way."""

    status: int
    body: Any
    """A dict is sent as JSON, a str as it is."""
    headers: dict[str, str] = {}
    seconds: float = 0.0
    """Before anything is sent."""
    cut: bool = False
    """The connection is closed after half of it."""
    endless: bool = False
    """Nothing is ever sent, until the server stops."""
    usage: Usage = usage_of
    """What is said of tokens; None: nothing is."""
    in_every_chunk: bool = False
    """A stream says it with each chunk, and not only at its end."""


def calls(*wanted: tuple[str, Any], text: str = "") -> Reply:
    """An answer that asks for tools; arguments that are a str are sent as they are."""
    requests = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": said if isinstance(said, str) else json.dumps(said)},
        }
        for number, (name, said) in enumerate(wanted)
    ]
    message: Message = {"role": "assistant", "content": text or None, "tool_calls": requests}
    return completion(message, "tool_calls")


def completion(message: Message, reason: str = "stop") -> Reply:
    """A whole chat completion around a message; the server adds what it cost."""
    choice = {"index": 0, "message": message, "finish_reason": reason}
    return Reply(200, {"id": "c", "object": "chat.completion", "created": 0, "model": "loopback", "choices": [choice]})


def says(text: str) -> Reply:
    """An answer in words."""
    return completion({"role": "assistant", "content": text})


def refuses(status: int, message: str, code: str = "", **headers: str) -> Reply:
    """An error as OpenAI sends it."""
    return Reply(status, {"error": {"message": message, "type": "error", "code": code or None}}, headers)


SAID = ("role", "content", "refusal", "tool_calls")
"""The fields of a message in OpenAI's form."""


def halves(name: str, value: Any) -> list[dict[str, Any]]:
    """A further field of a message as it is streamed: a text in two pieces."""
    if not isinstance(value, str):
        return [{name: value}]
    return [{name: value[: len(value) // 2]}, {name: value[len(value) // 2 :]}]


def chunks(body: dict[str, Any], usage_in_every_chunk: bool = False) -> list[dict[str, Any]]:
    """A completion as it is streamed: words in small pieces, each tool call, the reason, the usage."""
    message = body["choices"][0]["message"]
    words = (message.get("content") or "").split(" ")
    said = [" ".join(words[i : i + WORDS_PER_CHUNK]) for i in range(0, len(words), WORDS_PER_CHUNK)]
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": part + (" " if n < len(said) - 1 else "")} for n, part in enumerate(said) if part]
    deltas += [piece for name, value in message.items() if name not in SAID for piece in halves(name, value)]
    deltas += [{"refusal": message["refusal"]}] if message.get("refusal") else []
    deltas += [{"tool_calls": [{"index": i, **call}]} for i, call in enumerate(message.get("tool_calls", []))]
    frame = {**body, "object": "chat.completion.chunk"}
    usage: dict[str, Any] = {"usage": frame.pop("usage")} if "usage" in frame else {}
    streamed: list[dict[str, Any]] = [
        {**frame, "choices": [{"index": 0, "delta": d, "finish_reason": None}]} for d in deltas
    ]
    for so_far, chunk in enumerate(streamed if usage_in_every_chunk else []):
        chunk["usage"] = dict(usage["usage"], completion_tokens=so_far)
    reason = body["choices"][0]["finish_reason"]
    end: dict[str, Any] = {**frame, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    return [*streamed, end, {**frame, "choices": [], **usage}]


def encoded(reply: Reply, request: Request) -> tuple[bytes, str]:
    """A reply's bytes and their content type."""
    if isinstance(reply.body, str):
        return reply.body.encode(), "text/html"
    body = reply.body
    if reply.status == 200 and body.get("choices"):
        usage = reply.usage(request, body["choices"][0]["message"])
        body = body if usage is None else {**body, "usage": usage}
        if request.get("stream"):
            frames = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks(body, reply.in_every_chunk)]
            return "".join([*frames, "data: [DONE]\n\n"]).encode(), "text/event-stream"
    return json.dumps(body).encode(), "application/json"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1000

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # the client has gone: it does not wait for ever


@contextmanager
def serving(answer: Callable[[Request], Reply]) -> Generator[str]:
    """Serve chat completions on loopback; gives the base URL."""
    stopping = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # a connection is kept for the next request, as endpoints do

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            reply = answer(request)
            if stopping.wait(60 if reply.endless else reply.seconds):
                self.close_connection = True
                return
            body, kind = encoded(reply, request)
            self.send_response(reply.status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.close_connection = reply.cut
            self.wfile.write(body[: len(body) // 2] if reply.cut else body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        stopping.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
