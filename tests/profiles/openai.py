"""OpenAI: models that take tools on chat completions only without reasoning, and the Responses API."""

from dataclasses import dataclass
from typing import Any

from tests.model_server import Reply
from tests.profiles.dialects import Asked, Profile, refusal

NO_TOOLS = (
    "Function tools with reasoning_effort are not supported for {model} in /v1/chat/completions. "
    "To use function tools, use /v1/responses or set reasoning_effort to 'none'."
)


@dataclass(frozen=True)
class OpenAI(Profile):
    """Refuses what its newest models refuse."""

    models: tuple[str, str] = ("gpt-5.6", "gpt-5.6-mini")

    def refuses(self, asked: Asked) -> Reply | None:
        body = asked.body
        if asked.path == "/v1/responses":
            return self._refuses_items(body["input"])
        if asked.path != "/v1/chat/completions":
            return refusal(404, f"Invalid URL (POST {asked.path})")
        if body.get("tools") and body.get("reasoning_effort") != "none":
            return refusal(400, NO_TOOLS.format(model=body["model"]), param="reasoning_effort")
        return None

    def _refuses_items(self, items: list[dict[str, Any]]) -> Reply | None:
        """What was thought before a call is demanded back in front of it."""
        known = {item["call_id"] for item in items if item["type"] == "function_call"}
        for before, item in zip([{"type": "none"}, *items], items, strict=False):
            kinds = ("reasoning", "message", "function_call")
            if item["type"] == "function_call" and before["type"] not in kinds:
                missing = "was provided without its required 'reasoning' item"
                return refusal(400, f"Item '{item['call_id']}' of type 'function_call' {missing}.", param="input")
            if item["type"] == "reasoning" and not item.get("encrypted_content"):
                return refusal(404, f"Item with id '{item.get('id')}' not found. Items are not persisted.")
            if item["type"] == "function_call_output" and item["call_id"] not in known:
                return refusal(400, f"No tool call found for function call output with call_id {item['call_id']}.")
        return None

    def refuses_parameter(self) -> Reply:
        return refusal(400, "Unknown parameter: 'top_k'.", "unknown_parameter", param="top_k")


UNSET = OpenAI("OpenAI, nothing set")
RESPONSES = OpenAI("OpenAI, Responses", options={"api": "responses", "reasoning_effort": "low"})
CHAT = OpenAI("OpenAI, chat", options={"api": "chat", "reasoning_effort": "none"})
