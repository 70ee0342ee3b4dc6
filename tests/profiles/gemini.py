"""Gemini's OpenAI-compatible endpoint: signatures of thoughts on the calls, demanded back, and errors in a list."""

from dataclasses import dataclass
from typing import Any

from tests.model_server import Message, Reply
from tests.profiles.dialects import Asked, Profile, with_calls, with_function


def listed(status: int, message: str, state: str) -> Reply:
    """An error as it writes it."""
    return Reply(status, [{"error": {"code": status, "message": message, "status": state}}])


@dataclass(frozen=True)
class Gemini(Profile):
    """Demands the signature of each step's first call."""

    base: str = "/v1beta/openai"

    def refuses(self, asked: Asked) -> Reply | None:
        for number, message in enumerate(asked.body["messages"]):
            for call in message.get("tool_calls", [])[:1]:
                signature = call.get("extra_content", {}).get("google", {}).get("thought_signature", "")
                if not signature.startswith("signed"):
                    name = call["function"]["name"]
                    said = "Function call is missing a thought_signature in functionCall parts. This is required"
                    return listed(400, f"{said}: `default_api:{name}`, position {number}.", "INVALID_ARGUMENT")
        return None

    def refuses_parameter(self) -> Reply:
        said = 'Invalid JSON payload received. Unknown name "top_k": Cannot find field.'
        return listed(400, said, "INVALID_ARGUMENT")

    def overflow(self) -> Reply:
        said = "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575)."
        return listed(400, said, "INVALID_ARGUMENT")

    def rate_limit(self) -> Reply:
        return listed(429, "You exceeded your current quota. Please retry in 1.2s.", "RESOURCE_EXHAUSTED")

    def message(self, message: Message, number: int) -> Message:
        def signed(call: dict[str, Any], n: int) -> dict[str, Any]:
            known = {"google": {"thought_signature": f"signed{number}"}} if n == 0 else None
            named = with_function({**call, "id": ""}, name=f"default_api:{call['function']['name']}")
            return {**named, **({"extra_content": known} if known else {})}

        return with_calls(message, signed)

    def reason(self, reason: str) -> str | None:
        return "stop"


GEMINI = Gemini("Gemini", models=("gemini-3-pro", "gemini-3-flash"))
