"""Mistral: ids of nine letters and digits, and nothing in a request that it does not know."""

import re
from dataclasses import dataclass, field
from typing import Any

from tests.model_server import Message, Reply
from tests.profiles.dialects import Asked, Profile, with_calls

MESSAGE = {"role", "content", "tool_calls", "tool_call_id", "name", "prefix"}


def forbidden(*place: str) -> Reply:
    """How it refuses what it does not know."""
    detail = [{"type": "extra_forbidden", "loc": ["body", *place], "msg": "Extra inputs are not permitted", "input": 1}]
    error = {"object": "error", "message": {"detail": detail}, "type": "invalid_request_error"}
    return Reply(422, {**error, "param": None, "code": None})


@dataclass(frozen=True)
class Mistral(Profile):
    """Looks at every field."""

    options: dict[str, Any] = field(default_factory=lambda: {"output_limit": 8000})

    def refuses(self, asked: Asked) -> Reply | None:
        for name in ("max_completion_tokens", "stream_options"):
            if name in asked.body:
                return forbidden(name)
        for number, message in enumerate(asked.body["messages"]):
            if unknown := sorted(message.keys() - MESSAGE):
                return forbidden("messages", str(number), "assistant", unknown[0])
            calls: list[dict[str, Any]] = message.get("tool_calls") or []
            for call in calls:
                if not re.fullmatch("[A-Za-z0-9]{9}", call["id"]):
                    said = f"Tool call id was {call['id']} but must be a-z, A-Z, 0-9, with a length of 9."
                    return Reply(400, {"object": "error", "message": said, "type": "invalid_function_call"})
        return None

    def refuses_parameter(self) -> Reply:
        return forbidden("top_k")

    def overflow(self) -> Reply:
        said = "Prompt contains 9001 tokens and 0 draft tokens, too large for model with 8192 maximum context length"
        return Reply(400, {"object": "error", "message": said, "type": "invalid_request_prompt", "code": "3051"})

    def rate_limit(self) -> Reply:
        error = {"object": "error", "message": "Requests rate limit exceeded", "type": "rate_limited", "code": "1300"}
        return Reply(429, error)

    def message(self, message: Message, number: int) -> Message:
        return with_calls(
            {**message, "content": message.get("content") or ""},
            lambda call, n: {**call, "id": f"{number:06d}{n:03d}" if n else "null"},
        )


MISTRAL = Mistral("Mistral", models=("mistral-large-latest", "mistral-small-latest"))
