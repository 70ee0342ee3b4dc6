"""The MCP client: one connection for each question to somebody's server, by the official SDK. Nothing is kept open."""

import json
import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO, TypeVar, cast

import anyio
import httpx2
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent, Tool

from agents.io.credentials import reveal, sendable
from agents.io.mcp_server import McpServer
from agents.tools.http_client import MOST_BYTES, AnswerTooLarge

MOST_PAGES = 10
"""Of a list of tools."""
Answer = TypeVar("Answer")
WhyNot = Callable[[Tool | None], str]
"""Says why a tool, or one that is not there, must not be used; empty where it may be."""
FAULTS = (
    *(MCPError, RuntimeError, ValueError, anyio.ClosedResourceError, anyio.BrokenResourceError),
    *(httpx2.HTTPError, AnswerTooLarge),
)
"""What the SDK and the connection below it raise."""


class McpFault(Exception):
    """A server cannot be reached, or what it says is no MCP."""


class Spoken(NamedTuple):
    """What a tool answered."""

    text: str
    failed: bool


async def tools_of(server: McpServer) -> list[Tool]:
    """All tools that a server has. Raises McpFault, TimeoutError, OSError."""
    return await _connected(server, _tools)


async def use(server: McpServer, tool: str, arguments: Mapping[str, Any], why_not: WhyNot) -> Spoken:
    """Use a tool, unless what its server says of it is a reason not to. Raises McpFault, TimeoutError, OSError."""

    async def ask(client: Client) -> Spoken:
        known = next((one for one in await _tools(client) if one.name == tool), None)
        if refused := why_not(known):
            raise McpFault(refused)
        answer = await client.call_tool(tool, dict(arguments))
        return Spoken("\n".join(_texts(answer)), answer.is_error)

    return await _connected(server, ask)


async def _tools(client: Client) -> list[Tool]:
    tools: list[Tool] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if cursor is None:
            break
    return tools


def _texts(answer: CallToolResult) -> Iterator[str]:
    """The words of an answer; pictures and sounds are not shown."""
    for part in answer.content:
        yield part.text if isinstance(part, TextContent) else f"({part.type}: not shown)"
    if answer.structured_content is not None and not answer.content:
        yield json.dumps(answer.structured_content, ensure_ascii=False)


async def _connected(server: McpServer, ask: Callable[[Client], Awaitable[Answer]]) -> Answer:
    """Connect, ask, and end the connection, within the server's time. The client offers the server nothing."""
    try:
        with anyio.fail_after(server.seconds):
            async with _transport(server) as transport, Client(transport) as client:
                return await ask(client)
    except McpFault:
        raise
    except ExceptionGroup as errors:
        raise McpFault(_said(errors)) from errors
    except FAULTS as error:
        raise McpFault(_said(error)) from error


def _said(error: BaseException) -> str:
    """What an error says, and each of several that came together."""
    if isinstance(error, BaseExceptionGroup):
        several: Sequence[BaseException] = cast("BaseExceptionGroup[BaseException]", error).exceptions
        return "; ".join(_said(one) for one in several)
    return f"{type(error).__name__}: {error}"


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w")


@asynccontextmanager
async def _transport(server: McpServer) -> AsyncGenerator[Any]:
    """A child process with the variables that the catalogue names and no secret besides, or an HTTP address."""
    if server.command:
        given = {name: reveal(credential) for name, credential in server.environment.items()}
        command, *arguments = server.command
        with _nowhere() as nowhere:  # what it says besides is not for this terminal
            yield stdio_client(StdioServerParameters(command=command, args=arguments, env=given), errlog=nowhere)
        return
    headers = {"Authorization": f"Bearer {sendable(reveal(server.token), server.token)}"} if server.token else {}
    # The environment is read in settings.py only: no proxy is taken from it behind our back.
    async with httpx2.AsyncClient(
        transport=_Transport(trust_env=False), headers=headers, timeout=server.seconds, trust_env=False
    ) as http:
        yield streamable_http_client(str(server.url), http_client=http)


class _Transport(httpx2.AsyncHTTPTransport):
    """Takes no more of an answer than of any other system's; of a packed one nobody knows how much it is."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["Accept-Encoding"] = "identity"
        response = await super().handle_async_request(request)
        response.headers.pop("Content-Encoding", None)
        response.stream = _Limited(cast(httpx2.AsyncByteStream, response.stream))
        return response


class _Limited(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        taken = 0
        async for part in self._stream:
            taken += len(part)
            if taken > MOST_BYTES:
                raise AnswerTooLarge(MOST_BYTES)
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
