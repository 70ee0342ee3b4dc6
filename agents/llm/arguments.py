"""Arguments: what a model wrote as the arguments of a tool call, read as far as anything can be done with them."""

import json
from typing import Any, cast

from agents.io.outside_text import DEEPEST
from agents.io.redaction import beginning

LONGEST = 100_000
"""Characters; the longest report of a simulated incident has 7,500."""
LARGEST = 10**15
"""Of a number: whole numbers up to here are exact in every program that reads them."""
SHOWN = 500
"""Characters of what cannot be read."""


def read(written: str) -> tuple[dict[str, Any], str]:
    """Give the arguments, and why they cannot be read, empty where they can."""
    if len(written) > LONGEST:
        return {}, f"they have {len(written):,} characters, and at most {LONGEST:,} are read"
    try:
        value: Any = json.loads(
            written.strip() or "{}", strict=False, parse_constant=_constant, parse_float=_float, parse_int=_int
        )
    except json.JSONDecodeError:
        return {}, f"they are not JSON: {beginning(written, SHOWN)}"
    except RecursionError:
        return {}, TOO_DEEP
    except ValueError as error:
        return {}, str(error)
    if not isinstance(value or {}, dict):
        return {}, f"they are no JSON object: {beginning(written, SHOWN)}"
    return ({}, TOO_DEEP) if _is_deeper(value, DEEPEST) else (value or {}, "")


TOO_DEEP = f"they are nested more than {DEEPEST} levels deep"


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
    if not abs(value) <= LARGEST:
        raise ValueError(f"{beginning(written, SHOWN)} is larger than {LARGEST:,}")
    return value


def _int(written: str) -> int:
    _float(written)
    return int(written)
