"""The one seam to a chat model: ask a question, get words or tool requests back, their arguments read and checked."""

# pyright: reportUnknownMemberType=false

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from pydantic import BaseModel, field_validator

from agents.io.outside_text import DEEPEST, sanitize, sanitize_json
from agents.io.redaction import beginning
from agents.io.settings import Settings
from agents.llm.chat import Call, Received, WordListener, chat, listen
from agents.llm.faults import COSTS, ModelFault, Sent, Usage, counted

# langchain leaves the type of `bind_tools` partly unknown.


if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI

Strength = Literal["strong", "quick"]
CUT_SHORT = "they are cut off at the longest answer that the model may give; write less"
LONGEST_WORDS = 20_000
"""Characters that are kept of what the model says beside its tool calls."""
LONGEST_NAME = 200
"""Characters of a tool's name and of a call's id."""


class ToolRequest(BaseModel):
    """The model asks for a tool, or hands in its report."""

    id: str
    name: str
    arguments: dict[str, Any]
    unreadable: str = ""
    """Why the arguments cannot be read; empty where they can."""

    @field_validator("*", mode="before")
    @classmethod
    def is_harmless(cls, said: Any) -> Any:
        """Whatever the model writes, it can be kept and shown."""
        return sanitize_json(said, DEEPEST)


class ModelAnswer(Usage):
    """What the model said."""

    text: str = ""
    requests: list[ToolRequest] = []
    refused: int = 0
    """Tool calls beyond a limit: they are not kept and not done."""
    refusal: str = ""
    """Which limit that was."""
    model: str = ""

    @field_validator("text", "model")
    @classmethod
    def is_harmless(cls, said: str) -> str:
        """Whatever the model writes, it can be kept and shown."""
        return sanitize(said)


class ModelRequest(BaseModel):
    """A conversation so far, and the tools the model may ask for."""

    strength: Strength
    messages: list[dict[str, Any]]
    """In the shape of OpenAI's chat completions."""
    tools: list[dict[str, Any]]

    def request(self) -> dict[str, Any]:
        """All that the answer depends on."""
        return self.model_dump()

    def shown(self) -> dict[str, Any]:
        """What the transcript keeps: the words that are new in this call, and the names of the tools."""
        last = max((i for i, m in enumerate(self.messages) if m["role"] == "assistant"), default=-1)
        names = [tool["function"]["name"] for tool in self.tools]
        return {"strength": self.strength, "new_messages": self.messages[last + 1 :], "tools": names}


class ChatModel(Protocol):
    """Anything that answers questions. Raises ModelFault, and nothing else."""

    settings: Settings

    async def answer(self, question: ModelRequest, hear: WordListener | None = None) -> ModelAnswer: ...


class OpenAIChatModel:
    """OpenAI, or any endpoint that speaks its chat completions, through ChatOpenAI."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._chats: dict[Strength, ChatOpenAI] = {}
        with suppress(ModelFault):  # what keeps it from being asked is told when it is asked, and may be gone by then
            self._connect()

    def _connect(self) -> None:
        """Make the clients. Raises ModelFault where the endpoint cannot be asked from here."""
        strong, quick = self.settings.strong_model, self.settings.quick_model
        self._chats = {"strong": chat(self.settings, strong), "quick": chat(self.settings, quick)}

    async def answer(self, question: ModelRequest, hear: WordListener | None = None) -> ModelAnswer:
        """Ask; with a listener the words are streamed to it as they come. Raises ModelFault."""
        if not self._chats:
            self._connect()
        came = Received()
        chat = self._chats[question.strength].bind_tools(question.tools, tool_choice="auto")
        try:
            await listen(chat, question.messages, came, self.settings.model_seconds, hear)
            _check(came)
        except ModelFault as failed:
            if failed.fault.kind in COSTS:
                failed.usage = self._usage(question, came)
            raise
        usage = self._usage(question, came).model_dump()
        return ModelAnswer(text=_kept(came.words), requests=_requests(came), model=came.model, **usage)

    def _usage(self, question: ModelRequest, came: Received) -> Usage:
        usage = counted(_sent(question), came.size, came.usage)
        price = self.settings.model_prices.get(self.settings.model_named(question.strength))
        return usage.model_copy(update={"cost": price.of(usage.tokens_in, usage.tokens_out) if price else None})


def _check(came: Received) -> None:
    """Raise ModelFault where what came is no answer."""
    if came.refusal:
        raise ModelFault("refusal", came.refusal)
    if not came.finish_reason:
        raise ModelFault("cut off", "the answer ended before the model had finished")
    if not came.calls and not came.words.strip():
        kind = "refusal" if came.finish_reason == "content_filter" else "empty"
        raise ModelFault(kind, f"no words and no tool request; finish reason: {came.finish_reason}")


def _kept(words: str) -> str:
    left_out = len(words) - LONGEST_WORDS
    return words if left_out <= 0 else f"{beginning(words, LONGEST_WORDS)} ... ({left_out} more characters)"


def _requests(came: Received) -> list[ToolRequest]:
    cut_short = CUT_SHORT if came.finish_reason == "length" else ""
    return [_request(call, cut_short) for call in came.calls]


def _request(call: Call, cut_short: str) -> ToolRequest:
    read, unreadable = read_arguments(call.arguments)
    return ToolRequest(
        id=call.id[:LONGEST_NAME], name=call.name[:LONGEST_NAME], arguments=read, unreadable=cut_short or unreadable
    )


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _sent(question: ModelRequest) -> Sent:
    whole = json.dumps([question.messages, question.tools], ensure_ascii=False)
    return Sent(messages=sum(_size(str(m["content"])) for m in question.messages), whole=_size(whole))


def as_message(answer: ModelAnswer) -> dict[str, Any]:
    """The model's own answer, as the next message of the conversation."""
    calls = [
        {
            "id": r.id,
            "type": "function",
            "function": {"name": r.name, "arguments": json.dumps(r.arguments)},
        }
        for r in answer.requests
    ]
    return {"role": "assistant", "content": answer.text, **({"tool_calls": calls} if calls else {})}


LONGEST_ARGUMENTS = 100_000
"""Characters; the longest report of a simulated incident has 7,500."""
LARGEST_NUMBER = 10**15
"""Of a number: whole numbers up to here are exact in every program that reads them."""
SHOWN_OF_ARGUMENTS = 500
"""Characters of what cannot be read."""


def read_arguments(written: str) -> tuple[dict[str, Any], str]:
    """Give the arguments, and why they cannot be read, empty where they can."""
    if len(written) > LONGEST_ARGUMENTS:
        return {}, f"they have {len(written):,} characters, and at most {LONGEST_ARGUMENTS:,} are read"
    try:
        value: Any = json.loads(
            written.strip() or "{}", strict=False, parse_constant=_constant, parse_float=_float, parse_int=_int
        )
    except json.JSONDecodeError:
        return {}, f"they are not JSON: {beginning(written, SHOWN_OF_ARGUMENTS)}"
    except RecursionError:
        return {}, TOO_DEEP
    except ValueError as error:
        return {}, str(error)
    if not isinstance(value or {}, dict):
        return {}, f"they are no JSON object: {beginning(written, SHOWN_OF_ARGUMENTS)}"
    return ({}, TOO_DEEP) if _is_deeper(value, DEEPEST) else (value or {}, "")


TOO_DEEP = f"they are nested more than {DEEPEST} levels deep"


def _is_deeper(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        parts: list[Any] = list(cast(dict[str, Any], value).values())
    elif isinstance(value, list):
        parts = cast(list[Any], value)
    else:
        return False
    return levels == 0 or any(_is_deeper(part, levels - 1) for part in parts)


def _constant(written: str) -> float:
    raise ValueError(f"{written} is no number")


def _float(written: str) -> float:
    value = float(written)
    if not abs(value) <= LARGEST_NUMBER:
        raise ValueError(f"{beginning(written, SHOWN_OF_ARGUMENTS)} is larger than {LARGEST_NUMBER:,}")
    return value


def _int(written: str) -> int:
    _float(written)
    return int(written)
