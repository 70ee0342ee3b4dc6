"""The one seam to a chat model: ask a question, get words or tool requests back."""

# pyright: reportUnknownMemberType=false
# langchain leaves the type of `bind_tools` partly unknown.

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel, SecretStr

from agents.io.credentials import Unsendable
from agents.io.outbound import Unroutable
from agents.io.settings import Settings
from agents.llm.endpoint import client, client_that_is_not_used, endpoint_of, patience
from agents.llm.faults import ModelFault, kind_of

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage
    from langchain_core.runnables import Runnable
    from langchain_openai import ChatOpenAI
    from openai import APIError

Strength = Literal["strong", "quick"]
WordListener = Callable[[str], None]
"""Hears the model's words as they come."""


CUT_SHORT = "cut off at the longest answer that the model may give; write less"


class ToolRequest(BaseModel):
    """The model asks for a tool, or hands in its report."""

    id: str
    name: str
    arguments: dict[str, Any]
    unreadable: str = ""
    """The arguments as written, where they are not JSON."""


class ModelAnswer(BaseModel):
    """What the model said."""

    text: str = ""
    requests: list[ToolRequest] = []
    model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None
    """None: its price is not set."""


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
        from langchain_openai import ChatOpenAI

        seconds = self.settings.model_seconds
        try:
            endpoint = endpoint_of(self.settings)
            speaks = client(endpoint.way, seconds)
        except Unsendable as error:
            raise ModelFault("unauthorized", str(error)) from error
        except Unroutable as error:
            raise ModelFault("no connection", str(error)) from error

        def chat(name: str) -> ChatOpenAI:
            return ChatOpenAI(
                model=name,
                base_url=endpoint.url,
                api_key=SecretStr(endpoint.key or "none"),
                timeout=patience(seconds),
                max_retries=0,
                use_responses_api=False,
                stream_usage=True,
                openai_proxy=None,  # read from the environment, unless it is named here
                http_client=client_that_is_not_used(),
                http_async_client=speaks,
            )

        strong, quick = self.settings.strong_model, self.settings.quick_model
        self._chats = {"strong": chat(strong), "quick": chat(quick)}

    async def answer(self, question: ModelRequest, hear: WordListener | None = None) -> ModelAnswer:
        """Ask; with an ear the words are streamed into it as they come."""
        from httpx2 import HTTPError
        from langchain_core.exceptions import LangChainException
        from langsmith import tracing_context  # pyright: ignore[reportUnknownVariableType] - its annotations lack a part
        from openai import OpenAIError

        if not self._chats:
            self._connect()
        chat = self._chats[question.strength].bind_tools(question.tools, tool_choice="auto")
        try:
            with tracing_context(enabled=False):  # what is asked goes to this endpoint and nowhere else
                async with asyncio.timeout(self.settings.model_seconds):
                    said = await (_streamed(chat, question, hear) if hear else chat.ainvoke(question.messages))
        except (OpenAIError, LangChainException, HTTPError, OSError) as error:
            raise _fault(error) from error
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            # What ChatOpenAI raises where the body is no chat completion.
            raise ModelFault("unreadable", f"no chat completion: {type(error).__name__}: {error}") from error
        return self._checked(question.strength, said)

    def _checked(self, strength: Strength, said: "AIMessage") -> ModelAnswer:
        usage = said.usage_metadata or {}
        tokens = usage.get("input_tokens", 0), usage.get("output_tokens", 0)
        price = self.settings.model_prices.get(self.settings.model_named(strength))
        told: dict[str, Any] = said.response_metadata
        cut_short = told.get("finish_reason") == "length"
        answer = ModelAnswer(
            text=str(said.text),
            requests=[r.model_copy(update={"unreadable": CUT_SHORT}) if cut_short else r for r in _requests(said)],
            model=str(told.get("model_name", "")),
            tokens_in=tokens[0],
            tokens_out=tokens[1],
            cost=price.of(*tokens) if price else None,
        )
        if refused := said.additional_kwargs.get("refusal"):
            raise ModelFault("refusal", str(refused))
        if not told.get("finish_reason"):
            raise ModelFault("cut off", "the answer ended before the model had finished")
        if not answer.requests and not answer.text.strip():
            kind = "refusal" if told["finish_reason"] == "content_filter" else "empty"
            raise ModelFault(kind, f"no words and no tool request; finish reason: {told['finish_reason']}")
        return answer


async def _streamed(chat: "Runnable[Any, AIMessage]", question: ModelRequest, hear: WordListener) -> "AIMessage":
    whole: Any = None
    async for chunk in chat.astream(question.messages):
        whole = chunk if whole is None else whole + chunk
        if words := str(chunk.text):
            hear(words)
    if whole is None:
        raise ModelFault("empty", "the stream held nothing")
    return whole


def _requests(said: "AIMessage") -> list[ToolRequest]:
    asked = [ToolRequest(id=c["id"] or "", name=c["name"], arguments=c["args"]) for c in said.tool_calls]
    return asked + [
        ToolRequest(id=c["id"] or "", name=c["name"] or "", arguments={}, unreadable=c["args"] or "nothing")
        for c in said.invalid_tool_calls
    ]


def _fault(error: Exception) -> ModelFault:
    """Tell what an error of the client's means."""
    from httpx2 import ReadError, RemoteProtocolError, TimeoutException, TransportError
    from langchain_core.exceptions import ContextOverflowError
    from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError

    said = f"{type(error).__name__}: {error}"
    if isinstance(error, ContextOverflowError) or (isinstance(error, APIError) and _is_too_long(error)):
        return ModelFault("context too long", said)
    if isinstance(error, APIStatusError):
        return ModelFault(kind_of(error.status_code), said, _retry_after(error.response.headers.get("retry-after")))
    if isinstance(error, TimeoutError | TimeoutException | APITimeoutError):
        return ModelFault("too slow", f"no answer in time ({type(error).__name__})")
    causes = list(_causes(error))
    if any(isinstance(cause, RemoteProtocolError | ReadError) for cause in causes):
        return ModelFault("cut off", f"{said} {causes[-1]}")
    if isinstance(error, APIConnectionError | TransportError | OSError):
        return ModelFault("no connection", f"{said} {causes[-1]}")
    return ModelFault("unreadable", said)


def _is_too_long(error: "APIError") -> bool:
    """OpenAI gives a code; vLLM and others say it in words."""
    words = error.message.lower()
    return error.code == "context_length_exceeded" or "context length" in words or "context window" in words


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what caused it, what caused that."""
    while error is not None:
        yield error
        error = error.__cause__


def _retry_after(header: str | None) -> float | None:
    """Seconds, where the header gives them; a date is not read."""
    try:
        seconds = float(header) if header else nan
    except ValueError:
        return None
    return max(0.0, seconds) if isfinite(seconds) else None


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
