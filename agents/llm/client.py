"""The one seam to a chat model: ask a question, get words or tool requests back, their arguments read and checked."""

# pyright: reportUnknownMemberType=false

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel, field_validator

from agents.io.outside_text import DEEPEST, sanitize, sanitize_json
from agents.io.redaction import beginning
from agents.io.settings import Settings
from agents.llm.adapting import CHANGES_PER_CALL, adapted
from agents.llm.chat import WordListener, chat, listen
from agents.llm.dialect import CACHE_KEY, Dialect
from agents.llm.endpoint import dialect_of
from agents.llm.error_answer import ErrorAnswered
from agents.llm.faults import COSTS, ModelFault, Sent, Usage, counted
from agents.llm.received import Received
from agents.llm.tool_calls import given_id, read_arguments, read_name

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
    also: dict[str, Any] = {}
    """What else the endpoint wrote into the call, to be sent back with it."""

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
    also: dict[str, Any] = {}
    """What else the endpoint wrote into its message, to be sent back with it."""
    changes: list[str] = []
    """How the model was asked otherwise than set up, because its endpoint wanted it so."""

    @field_validator("also", mode="before")
    @classmethod
    def can_be_kept(cls, also: Any) -> Any:
        """Whatever the endpoint writes, it can be kept and shown."""
        return sanitize_json(also, DEEPEST)

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
    run: str = ""
    """Whose call it is: calls of one run begin alike, and an endpoint that is told so keeps what they share."""

    def request(self) -> dict[str, Any]:
        """All that the answer depends on."""
        return self.model_dump(exclude={"run"})

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
        names = (settings.strong_model, settings.quick_model)
        self._dialects = {name: dialect_of(settings, name) for name in names}
        self._chats: dict[str, tuple[Dialect, ChatOpenAI]] = {}
        with suppress(ModelFault):  # what keeps it from being asked is told when it is asked, and may be gone by then
            for name in names:
                self._chat(name)

    def _chat(self, name: str) -> "ChatOpenAI":
        """The client of a model, in its dialect. Raises ModelFault where it cannot be asked from here."""
        dialect = self._dialects[name]
        if name not in self._chats or self._chats[name][0] is not dialect:
            self._chats[name] = dialect, chat(self.settings, name, dialect)
        return self._chats[name][1]

    async def answer(self, question: ModelRequest, hear: WordListener | None = None) -> ModelAnswer:
        """Ask; with a listener the words are streamed to it as they come. Raises ModelFault.

        Where the endpoint refuses the request and says what it does not take, it is asked without that from then on.
        """
        name = self.settings.model_named(question.strength)
        for _ in range(CHANGES_PER_CALL):
            dialect = self._dialects[name]
            try:
                return await self._ask(question, hear)
            except ErrorAnswered as failed:
                changed = adapted(dialect, failed.error, self.settings.options_of(name))
                if changed is None:
                    raise
                if self._dialects[name] is dialect:  # others may have been refused meanwhile
                    self._dialects[name] = changed
        return await self._ask(question, hear)

    async def _ask(self, question: ModelRequest, hear: WordListener | None) -> ModelAnswer:
        """Ask once."""
        name = self.settings.model_named(question.strength)
        dialect, came = self._dialects[name], Received(is_by_responses=self._dialects[name].api == "responses")
        keys: dict[str, Any] = {CACHE_KEY: question.run} if question.run and dialect.takes_cache_key else {}
        chat = self._chat(name).bind_tools(question.tools, tool_choice=dialect.tool_choice, **keys)
        try:
            await listen(chat, question.messages, came, self.settings.model_seconds, hear if dialect.streams else None)
            _check(came)
        except ModelFault as failed:
            if failed.fault.kind in COSTS:
                failed.usage = self._usage(question, came)
            raise
        if hear and not dialect.streams:
            hear(came.words)
        usage = self._usage(question, came).model_dump()
        return ModelAnswer(
            text=_kept(came.words),
            requests=_requests(came, question),
            model=came.model,
            also=came.also,
            changes=list(dialect.changes),
            **usage,
        )

    def _usage(self, question: ModelRequest, came: Received) -> Usage:
        usage = counted(_sent(question), came.size, came.usage)
        price = self.settings.model_prices.get(self.settings.model_named(question.strength))
        return usage.model_copy(
            update={"cost": price.of(usage.tokens_in, usage.tokens_out, usage.cached) if price else None}
        )


TOO_LONG = ("model_length", "model_context_window_exceeded")
"""Reasons to end with which some say that the conversation left no room for an answer."""


def _check(came: Received) -> None:
    """Raise ModelFault where what came is no answer."""
    if came.refusal:
        raise ModelFault("refusal", came.refusal)
    if came.finish_reason in TOO_LONG:
        raise ModelFault("context too long", f"the answer ended for lack of room: {came.finish_reason}")
    if not came.finish_reason and not _is_complete(came):
        raise ModelFault("cut off", "the answer ended before the model had finished")
    if not came.calls and not came.words.strip():
        kind = "refusal" if came.finish_reason == "content_filter" else "empty"
        raise ModelFault(kind, f"no words and no tool request; finish reason: {came.finish_reason}")


def _is_complete(came: Received) -> bool:
    """Whether an answer that does not say that it is over holds whole calls all the same."""
    written = [call.arguments.strip() for call in came.calls]
    return bool(written) and all(text and not read_arguments(text)[1] for text in written)


def _kept(words: str) -> str:
    left_out = len(words) - LONGEST_WORDS
    return words if left_out <= 0 else f"{beginning(words, LONGEST_WORDS)} ... ({left_out} more characters)"


def _requests(came: Received, question: ModelRequest) -> list[ToolRequest]:
    """The tool calls of an answer, each with a name that is offered where one is meant, and with an id of its own."""
    cut_short = CUT_SHORT if came.finish_reason == "length" else ""
    schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in question.tools}
    taken = {call["id"] for message in question.messages for call in message.get("tool_calls", [])}
    requests: list[ToolRequest] = []
    for call in came.calls:
        name = read_name(call.name[:LONGEST_NAME], schemas)
        arguments, unreadable = read_arguments(call.arguments, schemas.get(name))
        seed = f"{len(question.messages)} {len(requests)} {name} {call.arguments}"
        own = given_id(call.id[:LONGEST_NAME], taken, seed)
        taken.add(own)
        requests.append(
            ToolRequest(id=own, name=name, arguments=arguments, unreadable=cut_short or unreadable, also=call.also)
        )
    return requests


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _sent(question: ModelRequest) -> Sent:
    whole = json.dumps([question.messages, question.tools], ensure_ascii=False)
    return Sent(messages=sum(_size(str(m["content"])) for m in question.messages), whole=_size(whole))


def as_message(answer: ModelAnswer) -> dict[str, Any]:
    """The model's own answer, as the next message of the conversation."""
    calls = [_as_call(request) for request in answer.requests]
    return {**answer.also, "role": "assistant", "content": answer.text, **({"tool_calls": calls} if calls else {})}


def _as_call(request: ToolRequest) -> dict[str, Any]:
    inner = request.also.get("function", {})
    function = {**inner, "name": request.name, "arguments": json.dumps(request.arguments)}
    return {**request.also, "id": request.id, "type": "function", "function": function}
