"""A chat: one call of a model through ChatOpenAI, and what came of it, as the endpoint wrote it."""

# pyright: reportUnknownMemberType=false
# langchain leaves the type of `astream` partly unknown.

import asyncio
import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from agents.io.credentials import Unsendable
from agents.io.outbound import Unroutable
from agents.io.settings import Settings
from agents.llm.endpoint import client, client_that_is_not_used, endpoint_of, patience
from agents.llm.faults import ModelFault, kind_of

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk, ChatResult
    from langchain_core.runnables import Runnable
    from langchain_openai import ChatOpenAI
    from openai import APIError

WordListener = Callable[[str], None]
"""Hears the model's words as they come."""
LONGEST_ANSWER = 1_000_000
"""Bytes, words and tool calls together: more than any answer has that helps."""
WORK_OF_A_PIECE, WORK_OF_A_CALL = 100, 1_000
"""Bytes that a piece of a stream and a tool call count for at least: reading one is work, however little it says.

So an answer has at most 10,000 pieces, as a rule 40,000 letters, and 1,000 tool calls.
"""
SIZE_OF_A_CALL = 50
"""Bytes that a tool call takes beside its name and its arguments."""


@dataclass
class Call:
    """A tool call as it was written, in one piece or in many."""

    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list[str])

    @property
    def arguments(self) -> str:
        """What should be a JSON object."""
        return "".join(self.pieces)


@dataclass
class Received:
    """What has come of an answer so far."""

    pieces: list[str] = field(default_factory=list[str])
    """Of its words."""
    calls: list[Call] = field(default_factory=list[Call])
    usage: Any = None
    """As it was told last: who tells it with every piece of a stream tells the sum so far."""
    refusal: str = ""
    finish_reason: str = ""
    model: str = ""
    size: int = 0
    """Bytes of the words and the tool calls."""
    _work: int = 0
    _at: dict[str, Call] = field(default_factory=dict[str, Call])

    @property
    def words(self) -> str:
        return "".join(self.pieces)

    def hear(self, words: str) -> None:
        """Take in words. Raises ModelFault where the answer is too long by now."""
        self.pieces.append(words)
        size = len(words.encode("utf-8", "replace"))
        self.size += size
        self._work += max(size, WORK_OF_A_PIECE)
        if max(self.size, self._work) > LONGEST_ANSWER:
            raise ModelFault("too long", f"the answer is longer than {LONGEST_ANSWER:,} bytes")

    def take_out(self, body: dict[str, Any]) -> None:
        """Take all but the words out of a completion, or out of a piece of one."""
        usage = body.pop("usage", None)
        self.usage = self.usage if usage is None else usage
        self.model = str(body.get("model") or self.model)
        choices = body.get("choices")
        choice: Any = cast(list[Any], choices)[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return
        known = cast(dict[str, Any], choice)
        self.finish_reason = str(known.get("finish_reason") or self.finish_reason)
        for name in ("message", "delta"):
            if isinstance(message := known.get(name), dict):
                self._take_message(cast(dict[str, Any], message), is_whole=name == "message")

    def _take_message(self, message: dict[str, Any], is_whole: bool) -> None:
        self.refusal += str(message.pop("refusal", None) or "")
        written = message.pop("tool_calls", None)
        for piece in cast(list[Any], written) if isinstance(written, list) else []:
            if isinstance(piece, dict):
                self._take_piece(cast(dict[str, Any], piece), is_whole)

    def _take_piece(self, piece: Mapping[str, Any], is_whole: bool) -> None:
        """A whole call, or a piece of the one with its index; another id at an index begins another call."""
        index, name = str(piece.get("index")), str(piece.get("id") or "")
        call = None if is_whole else self._at.get(index)
        if call is None or (name and call.id and name != call.id):
            call = self._at[index] = Call()
            self.calls.append(call)
            self.size += SIZE_OF_A_CALL
            self._work += WORK_OF_A_CALL
        function: Any = piece.get("function")
        said = cast(dict[str, Any], function) if isinstance(function, dict) else {}
        arguments = said.get("arguments")
        written = arguments if isinstance(arguments, str) else json.dumps(arguments) if arguments else ""
        call.id, call.name = call.id or name, call.name + str(said.get("name") or "")
        call.pieces.append(written)
        self.size += len(written.encode("utf-8", "replace"))


_received: ContextVar[Received] = ContextVar("received")
"""Of the answer that is being read: langchain hands on nothing that it does not know."""


async def listen(
    chat: "Runnable[Any, BaseMessage]", messages: list[Any], came: Received, seconds: float, hear: WordListener | None
) -> None:
    """Ask, and take in what is answered within so many seconds; with an hear as a stream. Raises ModelFault."""
    from httpx2 import HTTPError
    from langchain_core.exceptions import LangChainException
    from langsmith import tracing_context  # pyright: ignore[reportUnknownVariableType] - its annotations lack a part
    from openai import OpenAIError

    _received.set(came)
    try:
        with tracing_context(enabled=False):  # what is asked goes to this endpoint and nowhere else
            async with asyncio.timeout(seconds):
                await (_in_pieces(chat, messages, came, hear) if hear else _whole(chat, messages, came))
    except (OpenAIError, LangChainException, HTTPError, OSError) as error:
        raise _fault(error) from error
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        # What ChatOpenAI raises where the body is no chat completion.
        raise ModelFault("unreadable", f"no chat completion: {type(error).__name__}: {error}") from error


async def _whole(chat: "Runnable[Any, BaseMessage]", messages: list[Any], came: Received) -> None:
    came.hear(str((await chat.ainvoke(messages)).text))


async def _in_pieces(
    chat: "Runnable[Any, BaseMessage]", messages: list[Any], came: Received, hear: WordListener
) -> None:
    # Of usage in a shape that it does not know the client would warn with every piece.
    warnings.filterwarnings("ignore", "Pydantic serializer warnings", UserWarning)
    async with aclosing(cast(Any, chat.astream(messages))) as pieces:
        async for piece in pieces:
            words = str(piece.text)
            came.hear(words)
            if words:
                hear(words)


@cache
def _chat_class() -> "type[ChatOpenAI]":
    """ChatOpenAI, but for what it reads in ways that a bad answer can abuse.

    It reads a stream's tool calls anew with every piece, adds up usage that is told with every piece,
    and where it cannot read the usage, or arguments are no object, it reads nothing of the answer.
    """
    from langchain_openai import ChatOpenAI
    from openai import BaseModel as Completion

    class Chat(ChatOpenAI):
        """Leaves all but the words to what was received."""

        def _create_chat_result(
            self, response: "dict[str, Any] | Completion", generation_info: dict[str, Any] | None = None
        ) -> "ChatResult":
            body: Any = response.model_dump(warnings=False) if isinstance(response, Completion) else response
            if isinstance(body, dict):  # it may be the page of a proxy
                _received.get().take_out(cast(dict[str, Any], body))
            return super()._create_chat_result(body, generation_info)

        def _convert_chunk_to_generation_chunk(
            self,
            chunk: dict[str, Any],
            default_chunk_class: type[Any],
            base_generation_info: dict[str, Any] | None,
        ) -> "ChatGenerationChunk | None":
            _received.get().take_out(chunk)
            return super()._convert_chunk_to_generation_chunk(chunk, default_chunk_class, base_generation_info)

    return Chat


def chat(settings: Settings, name: str) -> "ChatOpenAI":
    """The client of one model of the endpoint. Raises ModelFault where the endpoint cannot be asked from here."""
    seconds = settings.model_seconds
    try:
        endpoint = endpoint_of(settings)
        speaks = client(endpoint.way, seconds)
    except Unsendable as error:
        raise ModelFault("unauthorized", str(error)) from error
    except Unroutable as error:
        raise ModelFault("no connection", str(error)) from error
    return _chat_class()(
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
    """Seconds, at most a day, where the header gives them; a date is not read."""
    try:
        seconds = float(header) if header else nan
    except ValueError:
        return None
    return min(max(0.0, seconds), 86_400.0) if isfinite(seconds) else None
