"""DeepSeek in its thinking mode: the thoughts are demanded back, no call is forced, and now and then nothing comes."""

from dataclasses import dataclass

from tests.model_server import Message, Reply
from tests.profiles.dialects import Asked, Profile, refusal

NOTHING_EVERY = 7


@dataclass(frozen=True)
class DeepSeek(Profile):
    """Thinks unless told otherwise."""

    def refuses(self, asked: Asked) -> Reply | None:
        if asked.body.get("tool_choice") == "required":
            return refusal(400, "Thinking mode does not support this tool_choice", "invalid_request_error", param=None)
        if any("reasoning_content" not in m for m in asked.body["messages"] if m["role"] == "assistant"):
            said = "The `reasoning_content` in the thinking mode must be passed back to the API."
            return refusal(400, said, "invalid_request_error", param=None)
        return None

    def refuses_parameter(self) -> Reply:
        said = "Failed to deserialize the JSON body into the target type: unknown field `top_k`"
        return refusal(422, said, "invalid_request_error", param=None)

    def overflow(self) -> Reply:
        return refusal(
            400,
            "This model's maximum context length is 131072 tokens. However, you requested 131134 tokens (122942 in "
            "the messages, 8192 in the completion). Please reduce the length of the messages or completion.",
            "invalid_request_error",
        )

    def message(self, message: Message, number: int) -> Message:
        if number % NOTHING_EVERY == 0:
            return {"role": "assistant", "content": "", "reasoning_content": "Facts."}
        return {**message, "content": message.get("content") or "", "reasoning_content": "Facts, and more facts."}


DEEPSEEK = DeepSeek("DeepSeek", models=("deepseek-v4-pro", "deepseek-v4-flash"))
