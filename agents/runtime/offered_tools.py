"""What a model is offered: the duty's tools and the report's form, with the catalogue's names to choose from."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, cast

from pydantic import BaseModel

from agents.llm.gateway import HAND_IN
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.tools.port import PORTS, AnyPort
from agents.tools.ports import list_mcp_tools, use_mcp_tool

Form = dict[str, Any]
"""A JSON schema, or a tool around one."""
OF_SERVICES = ("service", "services", "provider")
"""Fields that hold names of the catalogue."""
MORE: tuple[AnyPort, ...] = (list_mcp_tools, use_mcp_tool)
"""For every duty of a role that may use tools of MCP servers."""
EMPTY: tuple[Any, ...] = ("", None, [], {})
LEFT_OUT = ("title", "maxLength")
MOST_NAMES = 60
"""Of a larger catalogue the names are not listed in every tool: they would outweigh the tools."""


def offered_tools(duty: Duty[Any], briefing: Briefing, may_look: bool) -> list[Form]:
    """The duty's tools, where it may still use them, and the one by which it hands in its report."""
    names = dict.fromkeys([*briefing.catalogue.services, briefing.service])
    listed = tuple(filter(None, names)) if len(names) <= MOST_NAMES else ()
    looking = ports_of(duty, briefing) if may_look else ()
    return [*(_as_tool(port, listed) for port in looking), _hand_in(duty, listed)]


def ports_of(duty: Duty[Any], briefing: Briefing) -> tuple[AnyPort, ...]:
    """The duty's tools, each once, and those of MCP servers where the catalogue lists some for its role."""
    has_more = any(server.read_only.get(duty.role) for server in briefing.catalogue.mcp.values())
    return tuple(sorted({*duty.tools, *(MORE if has_more else ())}, key=_place))


def _place(port: AnyPort) -> int:
    """Where a tool stands among all: in one order for every duty, so that requests begin alike."""
    return list(PORTS).index(port.name)


def _as_tool(port: AnyPort, names: tuple[str, ...]) -> Form:
    return _tool(port.name, port.description, _with_names(port.arguments, names))


def _hand_in(duty: Duty[Any], names: tuple[str, ...]) -> Form:
    return _tool(HAND_IN, "Hand in the report of this duty. This ends the duty.", _with_names(duty.report, names))


def _tool(name: str, description: str, parameters: Form) -> Form:
    words = " ".join(description.split())
    return {"type": "function", "function": {"name": name, "description": words, "parameters": parameters}}


@cache
def shape_of(model: type[BaseModel]) -> Form:
    """A model's JSON schema, worked out once, without what only repeats its names and the tool's description."""
    schema = cast(Form, _plain(model.model_json_schema()))
    schema.pop("description", None)
    return schema


def _plain(schema: Any) -> Any:
    """A schema without titles, empty defaults and lengths, its descriptions each on one line.

    What is left out of the schema still holds: an argument that is too long is complained about. Fields keep their
    names, also one called title.
    """
    if isinstance(schema, list):
        return [_plain(part) for part in cast(list[Any], schema)]
    if not isinstance(schema, dict):
        return schema
    plain: Form = {}
    for name, part in _without_null(cast(Form, schema)).items():
        if name in ("properties", "$defs"):
            plain[name] = {field: _plain(form) for field, form in cast(Form, part).items()}
        elif name == "description":
            plain[name] = " ".join(str(part).split())
        elif name in ("default", "enum", "const"):
            plain |= {name: part} if part not in EMPTY else {}
        elif name not in LEFT_OUT:
            plain[name] = _plain(part)
    return plain


def _without_null(field: Form) -> Form:
    """A field that may be left out need not also be null."""
    kinds = cast(list[Form], field.get("anyOf", []))
    filled = [kind for kind in kinds if kind.get("type") != "null"]
    if field.get("default", field) is not None or len(filled) != 1 or len(filled) == len(kinds):
        return field
    return {**filled[0], **{name: part for name, part in field.items() if name not in ("anyOf", "default")}}


def _with_names(model: type[BaseModel], names: Sequence[str]) -> Form:
    """A model's JSON schema in which fields for services list their names."""
    return _listing(shape_of(model), names) if names else shape_of(model)


def _listing(schema: Form, names: Sequence[str]) -> Form:
    listed = dict(schema)
    if "properties" in schema:
        listed["properties"] = dict(_fields(schema, names))
    if "$defs" in schema:
        listed["$defs"] = {name: _listing(part, names) for name, part in schema["$defs"].items()}
    return listed


def _fields(schema: Form, names: Sequence[str]) -> Iterator[tuple[str, Form]]:
    needed = schema.get("required", ())
    for name, field in cast(Form, schema["properties"]).items():
        values = names if name in needed else (*names, "")
        yield name, _chosen(cast(Form, field), values) if name in OF_SERVICES else field


def _chosen(field: Form, values: Sequence[str]) -> Form:
    """A field's schema with these as its only values; a field that may be left out may also be empty."""
    if field.get("type") == "array" and field.get("items", {}).get("type") == "string":
        return {**field, "items": {**field["items"], "enum": [value for value in values if value]}}
    return {**field, "enum": list(values)} if field.get("type") == "string" else field
