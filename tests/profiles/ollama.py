"""Ollama: small models that fence what they write, every call at index 0, and a silent cut at the context's end."""

from dataclasses import dataclass
from typing import Any

from tests.model_server import Message, Reply, chunks
from tests.profiles.dialects import Profile, with_calls, with_function


@dataclass(frozen=True)
class Ollama(Profile):
    """Takes every parameter of a type that it knows."""

    def refuses_parameter(self) -> Reply:
        said = "json: cannot unmarshal number into Go struct field ChatCompletionRequest.top_k of type string"
        return Reply(400, {"error": {"message": said, "type": "invalid_request_error", "param": None, "code": None}})

    def overflow(self) -> Reply:
        """It cuts the beginning of the conversation away, and misses it afterwards."""
        return Reply(500, {"error": {"message": "no user query found in messages", "type": "api_error", "code": None}})

    def rate_limit(self) -> Reply:
        return Reply(503, {"error": {"message": "server busy, please try again. maximum pending requests exceeded"}})

    def message(self, message: Message, number: int) -> Message:
        def fenced(call: dict[str, Any], n: int) -> dict[str, Any]:
            return with_function(call, arguments=f"```json\n{call['function']['arguments']}\n```")

        return with_calls({**message, "content": message.get("content") or ""}, fenced)

    def pieces(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        streamed = chunks(body)
        for chunk in streamed:
            for choice in chunk["choices"]:
                for call in choice["delta"].get("tool_calls", []):
                    call["index"] = 0
        return [{name: value for name, value in chunk.items() if name != "usage"} for chunk in streamed]


OLLAMA = Ollama("Ollama", models=("qwen3:32b", "qwen3:8b"))
