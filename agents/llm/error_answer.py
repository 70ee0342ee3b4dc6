"""An error answer: what an endpoint writes where it does not answer a request, and what kind of fault that is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from agents.llm.faults import FaultKind, ModelFault, kind_of

OVERFLOW_CODES = frozenset(
    {
        "context_length_exceeded",
        "exceed_context_size_error",
        "context_window_exceeded",
        "model_context_window_exceeded",
        "string_above_max_length",
        "request_too_large",
    }
)
"""By which OpenAI and others (code), llama.cpp (type), Anthropic's gateways (type) tell that a request is too long."""
OVERFLOW = re.compile(
    r"context[ _]length|context[ _]window|context[ _]size|\bn_ctx\b|contextwindowexceeded"
    r"|maximum (?:context|prompt|input|sequence|model) (?:length|tokens)|max(?:imum)?[ _]model[ _]len"
    r"|(?:prompt|input|inputs|request|messages?|conversation) (?:is|are|was) (?:too|longer) (?:long|large|than)"
    r"|(?:prompt|input|request|conversation) too (?:long|large)|too (?:long|large) (?:for|to process)"
    r"|input token count|input length|reduce the length|reduce your (?:prompt|message|input)"
    r"|tokens? (?:limit|count)? ?exceed|exceeds? (?:the )?(?:model|token|maximum)[\w' ]{0,20}tokens?"
    r"|too many (?:input )?tokens|exceeded model token limit|number of (?:input )?tokens"
    r"|max_tokens must be at least 1, got -|no user query found in messages"
)
"""How the others say it: vLLM, SGLang, llama.cpp, Ollama, LiteLLM, Gemini, DeepSeek, Mistral, Groq, Bedrock, xAI.

The last two tell of what is left once they have cut it themselves."""
TOO_LARGE_AT_ONCE = re.compile(r"request too large|must be reduced|reduce your message")
"""What a limit of tokens per minute says that no wait will help with: the request alone is above it."""
WALLS = (400, 404, 413, 422, 500, 503)
"""Statuses with which an overlong request is refused; llama.cpp and Ollama answer 500."""
MOST_READ = 4000
"""Characters of what is said."""
FAILED_CALL = (
    *("tool_use_failed", "tool call validation failed", "failed to call a function", "malformed_function_call"),
    *("the model produced output that does not match", "failed to parse input at pos", "error parsing tool call"),
)
"""How Groq, Gemini, llama.cpp and Ollama say that the model wrote a call that they cannot read.

Nothing is wrong with the request or the server, and what the model wrote may stand behind these words.
"""


@dataclass(frozen=True)
class ErrorAnswer:
    """What came instead of an answer."""

    status: int
    """0 where there was none, as in the middle of a stream."""
    words: str
    """All that was said, in small letters."""
    code: str = ""
    type: str = ""
    parameter: str = ""
    """The parameter of the request that it names as wrong; empty where it names none."""

    @property
    def kind(self) -> FaultKind:
        """What is wrong."""
        if self.is_overflow:
            return "context too long"
        if self.is_failed_call:
            return "unreadable"
        return kind_of(self.status) if self.status else "unreadable"

    @property
    def is_failed_call(self) -> bool:
        """Whether the model wrote a call that the endpoint cannot read."""
        return self.code in FAILED_CALL or any(said in self.words for said in FAILED_CALL)

    @property
    def is_overflow(self) -> bool:
        """Whether the conversation is longer than the model takes."""
        if self.is_failed_call:
            return False
        if {self.code, self.type} & OVERFLOW_CODES:
            return True
        if self.status == 429 or "rate_limit" in f"{self.code} {self.type}":
            return TOO_LARGE_AT_ONCE.search(self.words) is not None
        return (not self.status or self.status in WALLS) and OVERFLOW.search(self.words) is not None


class ErrorAnswered(ModelFault):
    """The endpoint answered with an error."""

    def __init__(self, error: ErrorAnswer, said: str, retry_after: float | None = None) -> None:
        super().__init__(error.kind, said, retry_after)
        self.error = error


def read_error(status: int, message: str, body: Any) -> ErrorAnswer:
    """Read an error's body, whatever its shape."""
    told = _error_in(body)
    code, parameter = told.get("code"), told.get("param")
    if isinstance(code, int) and not status and 400 <= code < 600:
        status = code
    words = " ".join(filter(None, (_written(told.get(name)) for name in ("message", "detail", "errors")))) or message
    place = _word(parameter) or _place(told.get("detail"))
    return ErrorAnswer(status, f"{words} {place}".lower(), _word(code), _word(told.get("type")), place)


def _error_in(body: Any) -> Mapping[str, Any]:
    """The part of a body that tells of the error: {"error": {...}}, {"error": "..."}, {"detail": ...}, or itself."""
    if isinstance(body, list) and body:  # Gemini answers with a list of one
        return _error_in(cast(list[Any], body)[0])
    if not isinstance(body, Mapping):
        return {"message": body}
    known = cast(Mapping[str, Any], body)
    inner, message = known.get("error"), known.get("message")
    if isinstance(inner, Mapping):
        return cast(Mapping[str, Any], inner)
    if isinstance(message, Mapping):  # Mistral's has FastAPI's in its place
        return {**known, "message": None, **cast(Mapping[str, Any], message)}
    return {**known, "message": inner} if isinstance(inner, str) else known


def _place(detail: Any) -> str:
    """The parameter that FastAPI's servers name: [{"loc": ["body", "stream_options"], ...}]."""
    first: Any = cast(list[Any], detail)[0] if isinstance(detail, list) and detail else None
    place: Any = cast(dict[str, Any], first).get("loc") if isinstance(first, dict) else None
    parts = [str(part) for part in cast(list[Any], place)] if isinstance(place, list) else []
    return ".".join(part for part in parts if part != "body")


def _written(value: Any) -> str:
    """What is said somewhere in a value; what it echoes of the request is left out."""
    if isinstance(value, list):
        return " ".join(map(_written, cast(list[Any], value)[:20]))
    if isinstance(value, dict):
        known = cast(dict[str, Any], value)
        return " ".join(_written(known.get(name)) for name in ("msg", "message", "type"))
    return "" if value is None else str(value)[:MOST_READ]


def _word(value: Any) -> str:
    return value.lower() if isinstance(value, str) else ""
