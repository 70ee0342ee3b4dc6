"""LiteLLM before a model that thinks: signed thoughts that are demanded back, and no forced tool calls."""

from dataclasses import dataclass
from typing import Any

from tests.model_server import Message, Reply, chunks
from tests.profiles.dialects import Asked, Profile, refusal


@dataclass(frozen=True)
class LiteLlm(Profile):
    """Passes on what the model's own endpoint says, in a frame of its own."""

    def refuses(self, asked: Asked) -> Reply | None:
        if asked.body.get("tool_choice") == "required":
            said = "Thinking may not be enabled when tool_choice forces tool use."
            return refusal(400, f"litellm.BadRequestError: AnthropicException - {said}", "400")
        for number, message in enumerate(asked.body["messages"]):
            thought: list[dict[str, Any]] = message.get("thinking_blocks") or [{}]
            if message.get("tool_calls") and not str(thought[0].get("signature", "")).startswith("signed"):
                said = f"messages.{number}.content.0.type: Expected `thinking`, but found `tool_use`."
                return refusal(400, f"litellm.BadRequestError: AnthropicException - {said}", "400")
        return None

    def refuses_parameter(self) -> Reply:
        said = "litellm.UnsupportedParamsError: anthropic does not support parameters: ['top_k'], for model=claude."
        return refusal(400, f"{said} To drop these, set `litellm.drop_params=True`", "400")

    def overflow(self) -> Reply:
        said = "AnthropicException - prompt is too long: 213462 tokens > 200000 maximum"
        return refusal(400, f"litellm.ContextWindowExceededError: litellm.BadRequestError: {said}", "400")

    def rate_limit(self) -> Reply:
        return refusal(429, "litellm.RateLimitError: AnthropicException - rate_limit_error", "429", param=None)

    def message(self, message: Message, number: int) -> Message:
        thought = {"type": "thinking", "thinking": "Facts.", "signature": f"signed{number}=="}
        return {**message, "reasoning_content": "Facts.", "thinking_blocks": [thought]}

    def pieces(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """A thought comes first, and what signs it in a piece of its own."""
        streamed = chunks(body)
        for place, chunk in enumerate(streamed):
            thought = chunk["choices"][0]["delta"].get("thinking_blocks") if chunk["choices"] else None
            if thought:
                signed = {**thought[0], "thinking": ""}
                second = {**chunk["choices"][0], "delta": {"thinking_blocks": [signed]}}
                thought[0] = {**thought[0], "signature": ""}
                return [*streamed[: place + 1], {**chunk, "choices": [second]}, *streamed[place + 1 :]]
        return streamed


LITELLM = LiteLlm("LiteLLM", models=("claude", "claude-small"))
