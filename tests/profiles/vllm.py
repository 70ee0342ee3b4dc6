"""vLLM with gpt-oss: names with prefixes and channel suffixes, thoughts beside the words, errors without a frame."""

from dataclasses import dataclass
from typing import Any

from tests.model_server import Message, Reply
from tests.profiles.dialects import Asked, Profile, with_calls, with_function


def plain(message: str) -> Reply:
    """An error as older versions write it."""
    return Reply(400, {"object": "error", "message": message, "type": "BadRequestError", "param": None, "code": 400})


@dataclass(frozen=True)
class Vllm(Profile):
    """Started without a parser for tool calls, it takes tool_choice required and refuses auto."""

    def refuses(self, asked: Asked) -> Reply | None:
        if asked.body.get("tools") and asked.body.get("tool_choice", "auto") == "auto":
            return plain('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set')
        return None

    def refuses_parameter(self) -> Reply:
        fault = "{'type': 'extra_forbidden', 'loc': ('body', 'top_k'), 'msg': 'Extra inputs are not permitted'}"
        return plain(f"1 validation error: [{fault}]")

    def overflow(self) -> Reply:
        return plain(
            "This model's maximum context length is 8192 tokens. However, you requested 9257 tokens (9001 in the "
            "messages, 256 in the completion). Please reduce the length of the messages or completion."
        )

    def message(self, message: Message, number: int) -> Message:
        def harmony(call: dict[str, Any], n: int) -> dict[str, Any]:
            name = call["function"]["name"]
            written = f"{name}<|channel|>commentary" if n % 2 else f"functions.{name}"
            return with_function({**call, "id": f"chatcmpl-tool-{number:x}{n:x}"}, name=written)

        return {**with_calls(message, harmony), "reasoning": "The user wants facts.", "reasoning_content": "Facts."}


VLLM = Vllm("vLLM", models=("openai/gpt-oss-120b", "openai/gpt-oss-20b"))
