"""Statements: everything in a report that cites events."""

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from pydantic import BaseModel


class Statement(NamedTuple):
    """Something that a report states, where it stands, and what it cites."""

    where: str
    text: str
    cites: list[str]
    needs_evidence: bool


def statements(value: Any, where: str = "") -> Iterator[Statement]:
    """Everything in a report that cites, wherever it stands."""
    if isinstance(value, BaseModel):
        if isinstance(cites := getattr(value, "cites", None), list):
            text = str(getattr(value, "text", None) or getattr(value, "what", ""))
            unknown_or_normal = getattr(value, "verdict", "abnormal") != "abnormal"
            yield Statement(where, text, cast(list[str], cites), not unknown_or_normal)
        for name, part in value:
            yield from statements(part, f"{where}.{name}" if where else name)
    elif isinstance(value, list):
        for number, part in enumerate(cast(list[Any], value)):
            yield from statements(part, f"{where}.{number}")
