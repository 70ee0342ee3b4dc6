"""Tool calls as models write them: names, ids and arguments read in all the shapes in which they come."""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

from agents.io.outside_text import DEEPEST
from agents.io.redaction import beginning

LONGEST_ARGUMENTS = 100_000
"""Characters; the longest report of a simulated incident has 7,500."""
LARGEST_NUMBER = 10**15
"""Of a number: whole numbers up to here are exact in every program that reads them."""
SHOWN_OF_ARGUMENTS = 500
"""Characters of what cannot be read."""
MOST_ENCODINGS = 3
"""How often arguments may be written as JSON one inside the other."""
TOO_DEEP = f"they are nested more than {DEEPEST} levels deep"
FENCE = re.compile(r"\A```[\w-]*\s*(.*?)\s*(?:```)?\Z", re.DOTALL)
"""A block of code in Markdown; the closing fence may be missing."""
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
ID_LENGTH = 9
"""Of an id that we give: Mistral takes no other than one of nine letters and digits, and the others take it too."""
NO_IDS = ("", "null", "none")
"""What stands in place of an id where there is none."""
Schema = Mapping[str, Any]


def read_name(written: str, offered: Collection[str]) -> str:
    """The tool that is meant: `functions.hand_in` and `hand_in<|channel|>commentary` mean hand_in.

    As it is written where it means none of those that are offered, or more than one.
    """
    if written in offered:
        return written
    meant = {part for part in re.split(r"[^\w-]+", written) if part in offered}
    return meant.pop() if len(meant) == 1 else written


def given_id(written: str, taken: Collection[str], seed: str) -> str:
    """The id of a call, or one of ours where it has none, or one that another call has.

    The same for the same seed, so that a conversation that is repeated is the same to the letter.
    """
    if written.lower() not in NO_IDS and written not in taken:
        return written
    number = int.from_bytes(hashlib.sha256(seed.encode("utf-8", "replace")).digest()[:16])
    found = ""
    while len(found) < ID_LENGTH:
        number, letter = divmod(number, len(LETTERS))
        found += LETTERS[letter]
    return found if found not in taken else given_id("", taken, f"{seed} again")


def read_arguments(written: str, schema: Schema | None = None) -> tuple[dict[str, Any], str]:
    """Give the arguments, and why they cannot be read, empty where they can.

    Read are an object, one in a Markdown fence, and one that was encoded again as a JSON string, as a whole or, by
    the schema, in one of its fields.
    """
    if len(written) > LONGEST_ARGUMENTS:
        return {}, f"they have {len(written):,} characters, and at most {LONGEST_ARGUMENTS:,} are read"
    try:
        value: Any = _loaded(written.strip() or "{}")
        for _ in range(MOST_ENCODINGS):
            if not isinstance(value, str) or not _unfenced(value).startswith(("{", '"')):
                break
            value = _loaded(value)
    except json.JSONDecodeError:
        return {}, f"they are not JSON: {beginning(written, SHOWN_OF_ARGUMENTS)}"
    except RecursionError:
        return {}, TOO_DEEP
    except ValueError as error:
        return {}, str(error)
    if value and not isinstance(value, dict):
        return {}, f"they are no JSON object: {beginning(written, SHOWN_OF_ARGUMENTS)}"
    arguments = cast(dict[str, Any], value or {})
    if schema is not None and not _is_deeper(arguments, DEEPEST):
        arguments = _decoded(arguments, schema, schema.get("$defs", {}))
    return ({}, TOO_DEEP) if _is_deeper(arguments, DEEPEST) else (arguments, "")


def _unfenced(text: str) -> str:
    found = FENCE.match(text.strip())
    return found[1] if found else text.strip()


def _loaded(text: str) -> Any:
    return json.loads(_unfenced(text), strict=False, parse_constant=_constant, parse_float=_float, parse_int=_int)


def _decoded(value: Any, schema: Schema, named: Mapping[str, Schema]) -> Any:
    """A value whose parts that should be objects or lists, and are texts that hold such as JSON, are read."""
    shapes = list(_shapes(schema, named))
    if isinstance(value, str) and not any(shape.get("type") == "string" or "enum" in shape for shape in shapes):
        wanted = {"object": dict, "array": list}
        types = tuple(wanted[kind] for shape in shapes if (kind := shape.get("type")) in wanted)
        inner = _read_or_none(value) if types else None
        return _decoded(inner, schema, named) if types and isinstance(inner, types) else value
    if isinstance(value, dict):
        fields = cast(dict[str, Any], value)
        known = {name: part for shape in shapes for name, part in shape.get("properties", {}).items()}
        return {n: _decoded(v, known[n], named) if n in known else v for n, v in fields.items()}
    if isinstance(value, list):
        items: Schema | None = next((shape["items"] for shape in shapes if "items" in shape), None)
        parts = cast(list[Any], value)
        return parts if items is None else [_decoded(part, items, named) for part in parts]
    return value


def _shapes(schema: Schema, named: Mapping[str, Schema]) -> Iterable[Schema]:
    """The schemas that a value may have by one: itself, what it refers to, its alternatives."""
    if "$ref" in schema:
        yield from _shapes(named.get(str(schema["$ref"]).rpartition("/")[2], {}), named)
    for alternative in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _shapes(alternative, named)
    yield schema


def _read_or_none(text: str) -> Any:
    try:
        return _loaded(text)
    except (ValueError, RecursionError):
        return None


def _is_deeper(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        parts: list[Any] = list(cast(dict[str, Any], value).values())
    elif isinstance(value, list):
        parts = cast(list[Any], value)
    else:
        return False
    return levels == 0 or any(_is_deeper(part, levels - 1) for part in parts)


def _constant(written: str) -> float:
    raise ValueError(f"{written} is no number")


def _float(written: str) -> float:
    value = float(written)
    if not abs(value) <= LARGEST_NUMBER:
        raise ValueError(f"{beginning(written, SHOWN_OF_ARGUMENTS)} is larger than {LARGEST_NUMBER:,}")
    return value


def _int(written: str) -> int:
    _float(written)
    return int(written)
