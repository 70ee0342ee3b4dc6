"""llama.cpp's server: calls without an id, and its own type of error for a conversation that is too long."""

from dataclasses import dataclass

from tests.model_server import Message, Reply
from tests.profiles.dialects import Profile, with_calls


@dataclass(frozen=True)
class LlamaCpp(Profile):
    """Tells of its errors by their type."""

    def refuses_parameter(self) -> Reply:
        return Reply(
            400, {"error": {"code": 400, "message": "Unsupported param: top_k", "type": "invalid_request_error"}}
        )

    def overflow(self) -> Reply:
        said = "request (9001 tokens) exceeds the available context size (8192 tokens), try increasing it"
        counts = {"n_prompt_tokens": 9001, "n_ctx": 8192}
        return Reply(400, {"error": {"code": 400, "message": said, "type": "exceed_context_size_error", **counts}})

    def rate_limit(self) -> Reply:
        return Reply(503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}})

    def message(self, message: Message, number: int) -> Message:
        return with_calls(message, lambda call, n: {**call, "id": ""})


LLAMA_CPP = LlamaCpp("llama.cpp")
