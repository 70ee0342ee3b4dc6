"""Misspelt keys: what belongs to nothing where it stands in a file, told with the nearest keys that may stand there."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

MOST_TOLD = 3
SLIP = 0.85
"""How alike two names are that differ by a slip of the hand: a letter in ten, two changed places."""


def in_words(fault: ErrorDetails, model: type[BaseModel] | None) -> str:
    """What is wrong with a value of a file that is to be of this model, for the person who wrote the file."""
    if fault["type"] == "literal_error" and (near := _near(str(fault["input"]), _choices(fault))):
        return f"{fault['input']} is none of the words that may stand here; {near}"
    if fault["type"] != "extra_forbidden":
        return fault["msg"].removeprefix("Value error, ")
    *place, key = fault["loc"]
    return f"there is no key {key} here{nearest(str(key), _keys_at(model, place))}"


def nearest(name: str, known: Iterable[str]) -> str:
    """The names that one may have been meant to be; where none is like it, all of them."""
    names = list(known)
    told = _near(name, names) or f"there is {', '.join(names)}"
    return f"; {told}" if names else ""


def misspelt(name: str, known: Iterable[str]) -> str:
    """What a name that is not known, and may be of one's own, is most likely a slip of; empty where of nothing."""
    names = list(known)
    return "" if name in names else _near(name, names, SLIP)


def _near(name: str, names: Sequence[str], likeness: float = 0.6) -> str:
    near = get_close_matches(name, names, MOST_TOLD, likeness)
    return f"did you mean {' or '.join(near)}?" if near else ""


def _choices(fault: ErrorDetails) -> list[str]:
    return re.findall(r"'([^']+)'", str(fault.get("ctx", {}).get("expected", "")))


def _keys_at(model: type[BaseModel] | None, place: Sequence[int | str]) -> list[str]:
    """The keys that may stand at a place of a model; none where that is not known."""
    kind: Any = model
    for step in place:
        field = _fields(kind).get(str(step))
        kind = _plain(field.annotation if field else (get_args(kind) or (None,))[-1])
    return list(_fields(kind))


def _fields(kind: Any) -> Mapping[str, FieldInfo]:
    if not isinstance(kind, type) or not issubclass(kind, BaseModel):
        return {}
    return kind.model_fields


def _plain(kind: Any) -> Any:
    """A type without what is said about it, and without None."""
    if hasattr(kind, "__metadata__"):
        return _plain(kind.__origin__)
    if get_origin(kind) in (dict, list):
        return kind
    others = [other for other in get_args(kind) if other is not type(None)]
    return _plain(others[0]) if len(others) == 1 else kind
