"""What a model is offered: the duty's tools and the report's form, with the catalogue's names to choose from."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, cast

from pydantic import BaseModel

from agents.llm.gateway import HAND_IN
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.tools.port import AnyPort
from agents.tools.ports import list_mcp_tools, use_mcp_tool

Form = dict[str, Any]
"""A JSON schema, or a tool around one."""
OF_SERVICES = ("service", "services", "provider")
"""Fields that hold names of the catalogue."""
MORE: tuple[AnyPort, ...] = (list_mcp_tools, use_mcp_tool)
"""For every duty of a role that may use tools of MCP servers."""
MOST_NAMES = 60
"""Of a larger catalogue the names are not listed in every tool: they would outweigh the tools."""


def offered_tools(duty: Duty[Any], briefing: Briefing, may_look: bool) -> list[Form]:
    """The duty's tools, where it may still use them, and the one by which it hands in its report."""
    names = dict.fromkeys([*briefing.catalogue.services, briefing.service])
    listed = tuple(filter(None, names)) if len(names) <= MOST_NAMES else ()
    looking = ports_of(duty, briefing) if may_look else ()
    return [*(_as_tool(port, listed) for port in looking), _hand_in(duty, listed)]


def ports_of(duty: Duty[Any], briefing: Briefing) -> tuple[AnyPort, ...]:
    """The duty's tools, and those of MCP servers where the catalogue lists some for its role."""
    has_more = any(server.read_only.get(duty.role) for server in briefing.catalogue.mcp.values())
    return (*duty.tools, *MORE) if has_more else duty.tools


def _as_tool(port: AnyPort, names: tuple[str, ...]) -> Form:
    return _tool(port.name, port.description, _with_names(port.arguments, names))


def _hand_in(duty: Duty[Any], names: tuple[str, ...]) -> Form:
    return _tool(HAND_IN, "Hand in the report of this duty. This ends the duty.", _with_names(duty.report, names))


def _tool(name: str, description: str, parameters: Form) -> Form:
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


@cache
def shape_of(model: type[BaseModel]) -> Form:
    """A model's JSON schema, worked out once."""
    return model.model_json_schema()


def _with_names(model: type[BaseModel], names: Sequence[str]) -> Form:
    """A model's JSON schema in which fields for services list their names."""
    return _listing(shape_of(model), names) if names else shape_of(model)


def _listing(schema: Form, names: Sequence[str]) -> Form:
    listed = dict(schema)
    if "properties" in schema:
        listed["properties"] = dict(_fields(schema["properties"], names))
    if "$defs" in schema:
        listed["$defs"] = {name: _listing(part, names) for name, part in schema["$defs"].items()}
    return listed


def _fields(properties: Form, names: Sequence[str]) -> Iterator[tuple[str, Form]]:
    for name, field in properties.items():
        yield name, _chosen(cast(Form, field), names) if name in OF_SERVICES else field


def _chosen(field: Form, names: Sequence[str]) -> Form:
    """A field's schema with the names as its only values; a field that may be empty may stay so."""
    if field.get("type") == "array" and field.get("items", {}).get("type") == "string":
        return {**field, "items": {**field["items"], "enum": list(names)}}
    if field.get("type") != "string":
        return field
    return {**field, "enum": [*names, ""] if field.get("default") == "" else list(names)}
