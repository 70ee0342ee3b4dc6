"""A gateway to Amazon Bedrock: FastAPI's errors, no forced tool calls, arguments as objects, no end of the answer."""

import json
from dataclasses import dataclass
from typing import Any

from tests.model_server import Message, Reply
from tests.profiles.dialects import Asked, Profile, with_calls, with_function


def calls_of(message: Message) -> list[dict[str, Any]]:
    """The tool calls of a message."""
    return message.get("tool_calls") or []


def raised(status: int, kind: str, message: str) -> Reply:
    """An error of the service behind the gateway."""
    return Reply(status, {"detail": f"An error occurred ({kind}) when calling the Converse operation: {message}"})


@dataclass(frozen=True)
class Bedrock(Profile):
    """Hands on what the service says."""

    base: str = "/api/v1"

    def refuses(self, asked: Asked) -> Reply | None:
        if asked.body.get("tool_choice") == "required":
            said = "This model doesn't support the toolConfig.toolChoice.any field."
            return raised(400, "ValidationException", f"{said} Remove toolConfig.toolChoice.any and try again.")
        wanted = [str(call["id"]) for message in asked.body["messages"] for call in calls_of(message)]
        results = [m["tool_call_id"] for m in asked.body["messages"] if m["role"] == "tool"]
        if wanted != results:
            said = "Expected toolResult blocks for the following Ids"
            return raised(400, "ValidationException", f"{said}: {set(wanted) - set(results)}")
        return None

    def refuses_parameter(self) -> Reply:
        said = "Malformed input request: #: extraneous key [top_k] is not permitted, please reformat your input."
        return raised(400, "ValidationException", said)

    def overflow(self) -> Reply:
        return raised(400, "ValidationException", "Input is too long for requested model.")

    def rate_limit(self) -> Reply:
        return raised(429, "ThrottlingException", "Too many tokens, please wait before trying again.")

    def message(self, message: Message, number: int) -> Message:
        def opened(call: dict[str, Any], n: int) -> dict[str, Any]:
            return with_function(call, arguments=json.loads(call["function"]["arguments"]))

        return with_calls(message, opened)

    def reason(self, reason: str) -> str | None:
        return ""


BEDROCK = Bedrock("Bedrock gateway", models=("nova-pro", "nova-lite"))
