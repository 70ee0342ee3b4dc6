"""A delivery: headers and bytes as a sender sent them, and what they say, read without trust."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from agents.io.outside_text import NotJson, read_form, read_json


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
        return read_json(self.body)


def _form(body: bytes) -> dict[str, Any]:
    """Fields of a form; where the whole alert is in the field `payload`, that."""
    fields: dict[str, Any] = read_form(body)
    try:
        whole = read_json(fields.get("payload", "null"))
    except NotJson:
        return fields
    return cast(dict[str, Any], whole) if isinstance(whole, dict) else fields
