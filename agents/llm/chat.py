"""A chat: one call of a model through ChatOpenAI, and what came of it, as the endpoint wrote it."""

# pyright: reportUnknownMemberType=false
# langchain leaves the type of `astream` partly unknown.

import asyncio
import warnings
from collections.abc import Callable, Iterator
from contextlib import aclosing
from contextvars import ContextVar
from functools import cache
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from agents.io.credentials import Unsendable
from agents.io.outbound import Unroutable
from agents.io.settings import Settings
from agents.llm.conversation import as_asked, as_input, without_extras
from agents.llm.dialect import ON_RESPONSES, Dialect
from agents.llm.endpoint import client, client_that_is_not_used, endpoint_of, patience
from agents.llm.error_answer import ErrorAnswered, read_error
from agents.llm.faults import ModelFault
from agents.llm.received import Received

if TYPE_CHECKING:
    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk, ChatResult
    from langchain_core.runnables import Runnable
    from langchain_openai import ChatOpenAI

WordListener = Callable[[str], None]
"""Hears the model's words as they come."""
_received: ContextVar[Received] = ContextVar("received")
"""Of the answer that is being read: langchain hands on nothing that it does not know."""
_asked: ContextVar[list[dict[str, Any]]] = ContextVar("asked")
"""The conversation as it was put: langchain sends nothing that it does not know either."""


async def listen(
    chat: "Runnable[Any, BaseMessage]", messages: list[Any], came: Received, seconds: float, hear: WordListener | None
) -> None:
    """Ask, and take in what is answered within so many seconds; with a listener as a stream. Raises ModelFault."""
    from httpx2 import HTTPError
    from langchain_core.exceptions import LangChainException
    from langsmith import tracing_context  # pyright: ignore[reportUnknownVariableType] - its annotations lack a part
    from openai import OpenAIError

    _received.set(came)
    _asked.set(messages)
    plain = [without_extras(message) for message in messages]
    try:
        with tracing_context(enabled=False):  # what is asked goes to this endpoint and nowhere else
            async with asyncio.timeout(seconds):
                await (_in_pieces(chat, plain, came, hear) if hear else _whole(chat, plain, came))
    except (OpenAIError, LangChainException, HTTPError, OSError) as error:
        raise _fault(error) from error
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        # What ChatOpenAI raises where the body is no chat completion.
        raise ModelFault("unreadable", f"no chat completion: {type(error).__name__}: {error}") from error


async def _whole(chat: "Runnable[Any, BaseMessage]", messages: list[Any], came: Received) -> None:
    for words in _read(await chat.ainvoke(messages), came):
        came.hear(words)


async def _in_pieces(
    chat: "Runnable[Any, BaseMessage]", messages: list[Any], came: Received, hear: WordListener
) -> None:
    # Of usage in a shape that it does not know the client would warn with every piece.
    warnings.filterwarnings("ignore", "Pydantic serializer warnings", UserWarning)
    async with aclosing(cast(Any, chat.astream(messages))) as pieces:
        async for piece in pieces:
            for words in _read(piece, came):
                came.hear(words)
                if words:
                    hear(words)


def _read(message: "BaseMessage", came: Received) -> Iterator[str]:
    """The words of an answer, or of a piece of one; of the Responses API's also all the rest is taken in."""
    if not came.is_by_responses:
        yield str(message.text)
        return
    yield from came.take_blocks(message.content)
    came.take_metadata(message.response_metadata, getattr(message, "usage_metadata", None))


@cache
def _chat_class() -> "Callable[..., ChatOpenAI]":
    """ChatOpenAI, but for what it reads in ways that a bad answer can abuse.

    It reads a stream's tool calls anew with every piece, adds up usage that is told with every piece,
    and where it cannot read the usage, or arguments are no object, it reads nothing of the answer.
    """
    from langchain_openai import ChatOpenAI
    from openai import BaseModel as Completion

    class Chat(ChatOpenAI):
        """Leaves all but the words to what was received, and asks in its model's dialect."""

        dialect: Dialect

        def _get_request_payload(
            self, input_: "LanguageModelInput", *, stop: list[str] | None = None, **kwargs: Any
        ) -> dict[str, Any]:
            return _in_dialect(cast(Any, super())._get_request_payload(input_, stop=stop, **kwargs), self.dialect)

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


def _in_dialect(payload: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """A request as the model takes it, its conversation as it was put."""
    if dialect.api == "responses":
        payload["input"] = as_input(_asked.get())
    else:
        payload["messages"] = as_asked(payload["messages"], _asked.get(), dialect.left_out)
    return dialect.shaped(payload)


def chat(settings: Settings, name: str, dialect: Dialect) -> "ChatOpenAI":
    """The client of one model of the endpoint. Raises ModelFault where the endpoint cannot be asked from here."""
    seconds = settings.model_seconds
    try:
        endpoint = endpoint_of(settings, name)
        speaks = client(endpoint.way, seconds)
    except Unsendable as error:
        raise ModelFault("unauthorized", str(error)) from error
    except Unroutable as error:
        raise ModelFault("no connection", str(error)) from error
    by_responses = dialect.api == "responses"
    return _chat_class()(
        model=name,
        base_url=endpoint.url,
        api_key=SecretStr(endpoint.key or "none"),
        timeout=patience(seconds),
        max_retries=0,
        use_responses_api=by_responses,
        stream_usage=not by_responses and not dialect.without("stream_options"),
        openai_proxy=None,  # read from the environment, unless it is named here
        http_client=client_that_is_not_used(),
        http_async_client=speaks,
        default_headers=endpoint.headers or None,
        default_query=endpoint.query or None,
        reasoning_effort=dialect.reasoning_effort or None,
        max_completion_tokens=dialect.output_limit,
        extra_body=dict(dialect.parameters) or None,
        dialect=dialect,
        **(ON_RESPONSES if by_responses else {}),
    )


def _fault(error: Exception) -> ModelFault:
    """Tell what an error of the client's means."""
    from httpx2 import ReadError, RemoteProtocolError, TimeoutException, TransportError
    from langchain_openai.chat_models.base import OpenAIAPIContextOverflowError
    from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError

    said = f"{type(error).__name__}: {error}"
    if isinstance(error, APIStatusError):
        told = read_error(error.status_code, error.message, error.body)
        return ErrorAnswered(told, said, _retry_after(error.response.headers.get("retry-after")))
    if type(error) is APIError or isinstance(error, OpenAIAPIContextOverflowError):  # in the middle of a stream
        return ErrorAnswered(read_error(0, error.message, error.body), said)
    if isinstance(error, TimeoutError | TimeoutException | APITimeoutError):
        return ModelFault("too slow", f"no answer in time ({type(error).__name__})")
    causes = list(_causes(error))
    if any(isinstance(cause, RemoteProtocolError | ReadError) for cause in causes):
        return ModelFault("cut off", f"{said} {causes[-1]}")
    if isinstance(error, APIConnectionError | TransportError | OSError):
        return ModelFault("no connection", f"{said} {causes[-1]}")
    return ModelFault("unreadable", said)


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
