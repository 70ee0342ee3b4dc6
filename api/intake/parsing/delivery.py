"""A delivery: headers and bytes as a sender sent them, and what they say, read without trust."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast
from urllib.parse import parse_qsl

DEEPEST = 40
"""Levels of nesting; nothing that a sender is known to send has more than ten."""
MOST_DIGITS = 300
"""A longer number is kept as text; Python would refuse it from 4,300 digits on."""


class NotJson(ValueError):
    """The body is not JSON."""


@dataclass(frozen=True)
class Delivery:
    """One request of a sender. Header names are lower case."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    token: str = ""
    """What stood in the address as its proof."""

    @cached_property
    def told(self) -> Any:
        """The body as JSON; a form as its fields. Raises NotJson."""
        if "x-www-form-urlencoded" in self.headers.get("content-type", "").lower():
            return _form(self.body)
        return parsed(self.body)


def parsed(body: bytes | str) -> Any:
    """Read JSON: no number is too large, no text breaks what comes later. Raises NotJson."""
    text = body if isinstance(body, str) else body.decode("utf-8-sig", "replace")
    try:
        told = json.loads(text, parse_int=_integer, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise NotJson("it is nested too deep") from error
    if _is_deeper(told, DEEPEST):
        raise NotJson(f"it is nested deeper than {DEEPEST} levels")
    return told


def _form(body: bytes) -> dict[str, Any]:
    """Fields of a form; where the whole alert is in the field `payload`, that."""
    fields: dict[str, Any] = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        whole = parsed(fields.get("payload", "null"))
    except NotJson:
        return fields
    return cast(dict[str, Any], whole) if isinstance(whole, dict) else fields


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= MOST_DIGITS else digits


def _no_number(_: str) -> None:
    """NaN and Infinity are no numbers that anybody could use."""


def _is_deeper(told: Any, levels: int) -> bool:
    """Whether something stands below so many levels; level by level, without recursion."""
    level = [told]
    for _ in range(levels):
        if not level:
            return False
        level = [inner for outer in level for inner in _inside(outer)]
    return bool(level)


def _inside(outer: Any) -> list[Any]:
    if isinstance(outer, dict):
        return list(cast(dict[str, Any], outer).values())
    return cast(list[Any], outer) if isinstance(outer, list) else []
