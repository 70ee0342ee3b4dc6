"""Groq: answers that it could not read itself, limits by the minute that a single request exceeds, strict messages."""

from dataclasses import dataclass

from tests.model_server import Message, Reply
from tests.profiles.dialects import Asked, Profile, refusal

THOUGHTS = ("reasoning_content", "reasoning_details")
UNREADABLE_EVERY = 9


@dataclass(frozen=True)
class Groq(Profile):
    """Takes back nothing of what was thought."""

    base: str = "/openai/v1"

    def refuses(self, asked: Asked) -> Reply | None:
        for number, message in enumerate(asked.body["messages"]):
            for name in THOUGHTS:
                if name in message:
                    inner = f"('messages.{number}' : property '{name}' is unsupported)"
                    said = f"'messages.{number}' : for 'role:assistant' the following must be satisfied[{inner}]"
                    return Reply(400, {"error": {"message": said, "type": "invalid_request_error"}})
        return None

    def fails(self, number: int) -> Reply | None:
        if number % UNREADABLE_EVERY:
            return None
        said = "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details."
        more = {"type": "invalid_request_error", "code": "tool_use_failed", "failed_generation": "<function=hand_in>{"}
        return Reply(400, {"error": {"message": said, **more}})

    def refuses_parameter(self) -> Reply:
        return Reply(400, {"error": {"message": "property 'top_k' is unsupported", "type": "invalid_request_error"}})

    def overflow(self) -> Reply:
        said = (
            "Request too large for model `openai/gpt-oss-120b` in organization `org_1` service tier `on_demand` on "
            "tokens per minute (TPM): Limit 8000, Requested 9001, please reduce your message size and try again."
        )
        return Reply(413, {"error": {"message": said, "type": "tokens", "code": "rate_limit_exceeded"}})

    def rate_limit(self) -> Reply:
        told = refusal(429, "Rate limit reached for model in organization on requests per minute (RPM)", "rate_limit")
        return told._replace(headers={"Retry-After": "2"})

    def message(self, message: Message, number: int) -> Message:
        return {**message, "reasoning": "Facts.", "reasoning_content": "Facts."}


GROQ = Groq("Groq", models=("openai/gpt-oss-120b", "openai/gpt-oss-20b"))
