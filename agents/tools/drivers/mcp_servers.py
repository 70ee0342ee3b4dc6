"""The MCP servers driver: tools of other people's servers, each role those that the catalogue lists for it.

Names, descriptions and answers are whatever these servers say: they are cleaned and cut, and reach a model as a tool's
answer only, never as a tool of its own."""

import asyncio
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, model_validator

from agents.io.clock import Clock, outside
from agents.io.credentials import reveal
from agents.io.mcp_server import McpServer
from agents.io.redaction import GONE, beginning
from agents.io.settings import SHORTEST_SECRET
from agents.readings.mcp import McpCall, McpResult, McpTool, McpTools
from agents.readings.production import Refusal
from agents.tools.port import Unanswered

if TYPE_CHECKING:
    from mcp_types import Tool

NAME = re.compile(r"[A-Za-z0-9_./-]{1,128}")
"""What a tool may be called, as MCP says; another name is not shown to anybody."""
LONGEST_ANSWER = 10_000
"""Characters."""
LONGEST_TEXT = 500
LONGEST_SCHEMA = 2_000


class McpServersSettings(BaseModel, extra="forbid"):
    """The `mcp` of the catalogue."""

    driver: str = "mcp_servers"
    servers: dict[str, McpServer]

    @model_validator(mode="after")
    def can_be_spoken_to(self) -> "McpServersSettings":
        if find_spec("mcp") is None:
            raise ValueError("MCP servers need one more package: pip install 'warroom[mcp]'")
        return self


class McpServers:
    """Asks the servers of the catalogue. What a role may use is decided here, whatever a server or a model says."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._servers = McpServersSettings.model_validate(settings).servers
        self._clock = clock

    async def list_mcp_tools(self, role: str) -> McpTools:
        """The tools that a role may use, of the servers that answer."""
        mine = {name: server for name, server in self._servers.items() if server.read_only.get(role)}
        answers = await asyncio.gather(*(self._tools(name) for name in mine))
        tools: list[McpTool] = []
        missing: list[str] = []
        for (name, server), answer in zip(mine.items(), answers, strict=True):
            if isinstance(answer, Refusal):
                missing.append(_said(server, answer.said, LONGEST_TEXT))
                continue
            allowed = [tool for tool in answer if tool.name in server.read_only[role] and not _why_not(tool)]
            tools += [_told(name, server, tool) for tool in allowed]
        return McpTools(tools=tools, missing=missing)

    async def use_mcp_tool(self, role: str, **asked: Any) -> McpResult:
        """Use one of them. A tool whose server says that it changes something is refused."""
        call = McpCall.model_validate(asked)
        server = self._servers.get(call.server)
        if server is None or call.tool not in server.read_only.get(role, []):
            raise _refused(f"{call.tool} of {call.server}: the catalogue does not list it for {role}")
        spoken = await self._ask(call)
        text = _said(server, spoken.text, LONGEST_ANSWER)
        is_cut = len(spoken.text) > LONGEST_ANSWER
        return McpResult(server=call.server, tool=call.tool, text=text, failed=spoken.failed, is_cut=is_cut)

    async def _tools(self, name: str) -> "list[Tool] | Refusal":
        from agents.tools.mcp_client import McpFault, tools_of

        try:
            return await outside(self._clock, tools_of(self._servers[name]))
        except TimeoutError:
            return Refusal(error="timeout", said=f"{name}: no answer in {self._servers[name].seconds:g} s")
        except (McpFault, OSError) as error:
            return Refusal(error="failed", said=f"{name}: {error}")

    async def _ask(self, call: McpCall) -> Any:
        from agents.tools.mcp_client import McpFault, use

        try:
            return await outside(self._clock, use(self._servers[call.server], call.tool, call.arguments, _why_not))
        except TimeoutError as error:
            said = f"{call.tool} of {call.server}: no answer in {self._servers[call.server].seconds:g} s"
            raise Unanswered(Refusal(error="timeout", said=said)) from error
        except (McpFault, OSError) as error:
            raise _refused(f"{call.tool} of {call.server}: {_said(self._servers[call.server], str(error))}") from error


def _why_not(tool: "Tool | None") -> str:
    """Why a tool is not used, though the catalogue lists it; empty where it may be."""
    if tool is None:
        return "the server has no such tool"
    if not NAME.fullmatch(tool.name):
        return "it has a name that MCP does not allow"
    hints = tool.annotations
    if hints and (hints.read_only_hint is False or (hints.destructive_hint and not hints.read_only_hint)):
        return "its server says that it changes something; only what reads is used"
    return ""


def _told(name: str, server: McpServer, tool: "Tool") -> McpTool:
    schema = json.dumps(tool.input_schema, ensure_ascii=False)
    says = _said(server, " ".join((tool.description or "").split()), LONGEST_TEXT)
    return McpTool(server=name, tool=tool.name, says=says, arguments=_said(server, schema, LONGEST_SCHEMA))


def _said(server: McpServer, text: str, most: int = 2_000) -> str:
    """What a server says, without the secrets that it was given itself."""
    for credential in (*server.environment.values(), *([server.token] if server.token else [])):
        with suppress(OSError):  # what is not there cannot be told
            secret = reveal(credential)
            text = text.replace(secret, GONE) if len(secret) >= SHORTEST_SECRET else text
    return beginning(text, most)


def _refused(said: str) -> Unanswered:
    return Unanswered(Refusal(error="failed", said=beginning(said, 2000)))
