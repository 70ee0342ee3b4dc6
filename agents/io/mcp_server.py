"""An MCP server as the catalogue names it: how it is reached, and which of its tools each role may use."""

from pydantic import BaseModel, Field, field_validator, model_validator

import prompts
from agents.io.credentials import Credential
from agents.io.web_address import WebAddress


class McpServer(BaseModel, extra="forbid"):
    """A server of the catalogue's `mcp`."""

    command: list[str] = []
    """A program that speaks MCP on its standard input and output."""
    environment: dict[str, Credential] = {}
    """Variables of that program -> where their values stand. It knows no others but the path and the like."""
    url: WebAddress | None = None
    """In place of a command: an address that speaks MCP by streamable HTTP."""
    token: Credential | None = None
    """Sent to that address as a bearer token."""
    read_only: dict[str, list[str]] = Field(min_length=1)
    """Role -> the names of the tools that it may use. By naming them you say that they only read."""
    seconds: float = Field(default=20, gt=0, le=120)
    """For one question, with the start of the program."""

    @model_validator(mode="after")
    def is_reached_one_way(self) -> "McpServer":
        if bool(self.command) == bool(self.url):
            raise ValueError("expected either a command or a url")
        return self

    @field_validator("read_only")
    @classmethod
    def roles_are_known(cls, read_only: dict[str, list[str]]) -> dict[str, list[str]]:
        if unknown := [role for role in read_only if role not in prompts.roles()]:
            raise ValueError(f"there is no role {unknown[0]}; there is {', '.join(prompts.roles())}")
        return read_only
