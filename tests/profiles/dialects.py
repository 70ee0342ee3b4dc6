"""Model endpoints on loopback that behave like OpenAI's, Azure's, Ollama's and others, by their public documentation.

A profile says what its endpoint takes and refuses, and how it writes what a model answers. One table, and one way to
serve any of it: a scripted model answers in OpenAI's plain form, and the profile turns that into its endpoint's own.
"""

import json
import re
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.agents.tools.vendor import QuietServer
from tests.model_server import Message, Reply, Request, chunks, usage_of

Model = Callable[[Request], Reply]


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Request


def refusal(status: int, message: str, code: Any = None, **more: Any) -> Reply:
    """An error in OpenAI's form."""
    return Reply(status, {"error": {"message": message, "type": "invalid_request_error", "code": code, **more}})


@dataclass(frozen=True)
class Profile:
    """An endpoint: what is special about it stands in subclasses and fields, what is common is OpenAI's."""

    name: str
    models: tuple[str, str] = ("strong-model", "quick-model")
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    """As the documentation of Warroom names them for this endpoint."""
    base: str = "/v1"
    """Of the address that OPENAI_BASE_URL names."""

    def refuses(self, asked: Asked) -> Reply | None:
        """What the endpoint refuses in any case, such as parameters that it does not know."""
        return None

    def fails(self, number: int) -> Reply | None:
        """What it answers now and then, whatever it is asked; `number` counts the requests."""
        return None

    def refuses_parameter(self) -> Reply:
        """How it refuses the parameter top_k."""
        return refusal(400, "Unrecognized request argument supplied: top_k", param=None)

    def overflow(self) -> Reply:
        """How it says that a conversation is too long."""
        return refusal(
            400,
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. "
            "Please reduce the length of the messages.",
            "context_length_exceeded",
        )

    def rate_limit(self) -> Reply:
        """How it says that it is asked too often."""
        told = refusal(429, "Rate limit reached for requests", "rate_limit_exceeded")
        return told._replace(headers={"Retry-After": "1"})

    def message(self, message: Message, number: int) -> Message:
        """How it writes what the model answers; `number` counts its answers."""
        return message

    def pieces(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """How it streams that."""
        return chunks(body)

    def reason(self, reason: str) -> str | None:
        """How it says why the answer ended."""
        return reason


def with_calls(message: Message, change: Callable[[dict[str, Any], int], dict[str, Any]]) -> Message:
    """A message with each of its tool calls changed."""
    calls = message.get("tool_calls", [])
    return {**message, **({"tool_calls": [change(call, n) for n, call in enumerate(calls)]} if calls else {})}


def with_function(call: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A tool call whose function is changed."""
    return {**call, "function": {**call["function"], **changes}}


def as_chat(body: Request) -> Request:
    """A request to the Responses API as the same request for a chat completion, for the scripted model to read."""
    messages: list[Message] = []
    for item in body["input"]:
        if item["type"] == "message":
            messages.append({"role": item["role"], "content": item["content"]})
        elif item["type"] == "function_call":
            function = {"name": item["name"], "arguments": item["arguments"]}
            call = {"id": item["call_id"], "type": "function", "function": function}
            if messages[-1]["role"] == "assistant" and "tool_calls" in messages[-1]:
                messages[-1]["tool_calls"].append(call)
            else:
                messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        elif item["type"] == "function_call_output":
            messages.append({"role": "tool", "tool_call_id": item["call_id"], "content": item["output"]})
    tools = [{"type": "function", "function": tool} for tool in body.get("tools", [])]
    return {**body, "messages": messages, "tools": tools}


class Server:
    """A profile's endpoint with a scripted model behind it."""

    def __init__(self, profile: Profile, model: Model) -> None:
        self.profile, self._model = profile, model
        self.asked: list[Asked] = []
        self._answers = 0
        self._lock = threading.Lock()

    def reply(self, asked: Asked) -> tuple[int, str, bytes, Mapping[str, str], bool]:
        """Status, content type, body, headers, and whether the connection breaks in its middle."""
        with self._lock:
            self.asked.append(asked)
            self._answers += 1
            number = self._answers
        refused = self.profile.refuses(asked) or self.profile.fails(number)
        by_responses = asked.path.endswith("/responses")
        request = as_chat(asked.body) if by_responses else asked.body
        reply = refused or self._model(request)
        if reply.status != 200 or not reply.body.get("choices"):
            return reply.status, "application/json", json.dumps(reply.body).encode(), reply.headers, reply.cut
        whole = self._completed(request, reply, number)
        if by_responses:
            frames = response_events(whole, number) if asked.body.get("stream") else None
            kind, body = written(response_of(whole, number), frames, ends_with_done=False)
        else:
            frames = self.profile.pieces(whole) if asked.body.get("stream") else None
            kind, body = written(whole, frames)
        return 200, kind, body, reply.headers, reply.cut

    def _completed(self, request: Request, reply: Reply, number: int) -> dict[str, Any]:
        choice = reply.body["choices"][0]
        message = self.profile.message(choice["message"], number)
        ended = {**choice, "message": message, "finish_reason": self.profile.reason(choice["finish_reason"])}
        return {**reply.body, "choices": [ended], "usage": usage_of(request, message), "model": request["model"]}


def written(body: Any, frames: list[dict[str, Any]] | None, ends_with_done: bool = True) -> tuple[str, bytes]:
    """A body as it is sent, or its pieces as server-sent events."""
    if frames is None:
        return "application/json", json.dumps(body).encode()
    named = [f"event: {frame['type']}\n" if "type" in frame else "" for frame in frames]
    lines = [f"{name}data: {json.dumps(frame)}\n\n" for name, frame in zip(named, frames, strict=True)]
    return "text/event-stream", "".join([*lines, *["data: [DONE]\n\n"] * ends_with_done]).encode()


def response_of(body: dict[str, Any], number: int) -> dict[str, Any]:
    """A completion as the Responses API writes it: what the model thought comes first, encrypted."""
    message = body["choices"][0]["message"]
    output: list[dict[str, Any]] = [
        {"type": "reasoning", "id": f"rs_{number}", "summary": [], "encrypted_content": f"gAAAA{number}"}
    ]
    if message.get("content"):
        text: dict[str, Any] = {"type": "output_text", "text": message["content"], "annotations": []}
        said: dict[str, Any] = {
            "type": "message",
            "id": f"msg_{number}",
            "status": "completed",
            "role": "assistant",
            "content": [text],
        }
        output.append(said)
    for n, call in enumerate(message.get("tool_calls", [])):
        told = {"type": "function_call", "id": f"fc_{number}_{n}", "call_id": call["id"], "status": "completed"}
        output.append({**told, "name": call["function"]["name"], "arguments": call["function"]["arguments"]})
    took = body["usage"]
    usage = {
        "input_tokens": took["prompt_tokens"],
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": took["completion_tokens"],
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": took["total_tokens"],
    }
    ended = body["choices"][0]["finish_reason"] == "length"
    whole = {"id": f"resp_{number}", "object": "response", "created_at": 0, "model": body["model"], "output": output}
    details = {"reason": "max_output_tokens"} if ended else None
    state = {"status": "incomplete" if ended else "completed", "error": None, "incomplete_details": details}
    settled: dict[str, Any] = {
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "instructions": None,
        "metadata": {},
    }
    return {**whole, **state, **settled, "usage": usage, "temperature": 1.0, "top_p": 1.0, "text": None}


def response_events(body: dict[str, Any], number: int) -> list[dict[str, Any]]:
    """The same as it is streamed."""
    whole = response_of(body, number)
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {**whole, "output": [], "status": "in_progress", "usage": None}}
    ]
    for place, item in enumerate(whole["output"]):
        at = {"output_index": place}
        begun: dict[str, Any] = (
            {"content": []} if item["type"] == "message" else {"arguments": ""} if "arguments" in item else {}
        )
        events.append({"type": "response.output_item.added", **at, "item": {**item, **begun}})
        if item["type"] == "message":
            inner: dict[str, Any] = {"item_id": item["id"], **at, "content_index": 0, "logprobs": []}
            deltas = re.findall(r"\S+\s*", item["content"][0]["text"])
            events += [{"type": "response.output_text.delta", **inner, "delta": words} for words in deltas]
        for piece in re.findall(r"(?s).{1,500}", item.get("arguments", "")):
            told = {"item_id": item["id"], **at, "delta": piece}
            events.append({"type": "response.function_call_arguments.delta", **told})
        events.append({"type": "response.output_item.done", **at, "item": item})
    ended = "response.completed" if whole["status"] == "completed" else "response.incomplete"
    events.append({"type": ended, "response": whole})
    return [{**event, "sequence_number": n} for n, event in enumerate(events)]


@contextmanager
def serving_as(profile: Profile, model: Model) -> Generator[tuple[str, Server]]:
    """Serve a profile's endpoint on loopback; gives its address and the server."""
    server = Server(profile, model)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            split = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(split.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, kind, content, also, cut = server.reply(Asked(split.path, query, headers, body))
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **also}.items():
                self.send_header(name, value)
            self.end_headers()
            self.close_connection = cut
            self.wfile.write(content[: len(content) // 2] if cut else content)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the base class calls it so

    listening = QuietServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.server_address[1]}{profile.base}", server
    finally:
        listening.shutdown()
        listening.server_close()
