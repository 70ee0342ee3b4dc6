"""SGLang: no reason for the end of an answer, no ids, and arguments that are encoded twice."""

import json
from dataclasses import dataclass
from typing import Any

from tests.model_server import Message, Reply
from tests.profiles.dialects import Profile, with_calls, with_function


def plain(message: str) -> Reply:
    """An error as it writes it."""
    return Reply(400, {"object": "error", "message": message, "type": "BadRequest", "param": None, "code": 400})


@dataclass(frozen=True)
class Sglang(Profile):
    """Leaves out what others say."""

    def refuses_parameter(self) -> Reply:
        return plain("top_k: Extra inputs are not permitted")

    def overflow(self) -> Reply:
        return plain("The input (9001 tokens) is longer than the model's context length (8192 tokens).")

    def message(self, message: Message, number: int) -> Message:
        def twice(call: dict[str, Any], n: int) -> dict[str, Any]:
            return with_function({**call, "id": None}, arguments=json.dumps(call["function"]["arguments"]))

        return with_calls(message, twice)

    def reason(self, reason: str) -> str | None:
        return None if reason == "tool_calls" else reason


SGLANG = Sglang("SGLang")
