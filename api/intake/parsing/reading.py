"""Reading: text, times and labels out of JSON that nobody promised the shape of."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from agents.io.outside_text import NotJson, read_json, sanitize
from agents.io.redaction import cleaned

LONGEST_TEXT = 20_000
MOST_LABELS = 100
LONGEST_LABEL = 1_000
LONGEST_NAME = 100
"""Characters of a name whose plain spelling is remembered."""
SANE_YEARS = range(1990, 2200)
"""Zero times such as 0001-01-01 are a sender's way to say none."""
UNFILLED = re.compile(r"\{\{.*\}\}|\{[\w.$#-]+\}|\$\{?[A-Z][A-Z0-9_]+\}?|\*\w+\*|null|none|undefined", re.DOTALL)
"""What a template leaves behind where it had nothing to put in."""
NUMBER = re.compile(r"[0-9]+\.?[0-9]*(?:[eE]\+?[0-9]{1,3})?")
"""A number of seconds, milliseconds and so on as senders write it; float() would take other digits and _ too."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(told: Any, path: str) -> Any:
    """What stands at a dotted path; None where nothing does. Names match also in another spelling."""
    while path:
        if isinstance(told, dict):
            fields = cast(dict[str, Any], told)
            if path in fields:
                return fields[path]
            first, _, path = path.partition(".")
            told = _spelled(fields, first)
        elif isinstance(told, list):
            first, _, path = path.partition(".")
            entries = cast(list[Any], told)
            told = entries[int(first)] if first.isdecimal() and int(first) < len(entries) else None
        else:
            return None
    return told


def _spelled(fields: Mapping[str, Any], name: str) -> Any:
    """A field by its name, or by the same name in another case or with other separators."""
    if name in fields or len(fields) > MOST_LABELS:
        return fields.get(name)
    plain = _short_plain(name)
    for given in fields:
        if (_short_plain if len(given) <= LONGEST_NAME else _plain)(given) == plain:
            return fields[given]
    return None


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(" ", "").lower()


_short_plain = lru_cache(maxsize=5_000)(_plain)
"""The names of a sender's fields come with each of its bodies."""


def text(value: Any) -> str:
    """A scalar as text; empty for everything else and for what a template left unfilled."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str):
        return ""
    said = value[:LONGEST_TEXT].strip()
    return "" if UNFILLED.fullmatch(said) else said


def clean(said: str) -> str:
    """Text that can be stored and shown: harmless, and not endless."""
    return sanitize(said[:LONGEST_TEXT])


def words(value: Any) -> str:
    """Text for a person: scalars as they are, anything else as JSON."""
    if isinstance(value, dict | list) and value:
        return json.dumps(value, ensure_ascii=False)[:LONGEST_TEXT]
    return text(value)


def first(told: Any, paths: tuple[str, ...]) -> str:
    """The first of these places that holds a text."""
    return next((said for path in paths if (said := text(at(told, path)))), "")


def moment(value: Any) -> datetime | None:
    """A time in UTC, from ISO text or from seconds to nanoseconds since 1970; None where it is none."""
    said = text(value)
    return _since_1970(float(said)) if NUMBER.fullmatch(said) else _written(said)


def _since_1970(number: float) -> datetime | None:
    if not math.isfinite(number) or number <= 0:
        return None
    steps = max(0, math.floor((math.log10(number) - 8) / 3))
    return sane(EPOCH + timedelta(seconds=number / 1000**steps)) if steps <= 3 else None


def _written(said: str) -> datetime | None:
    plain = re.sub(r"\s*(UTC|GMT|Z)$", "+00:00", said.replace("/", "-"))
    try:
        return sane(datetime.fromisoformat(plain))
    except ValueError:
        return None


def sane(when: datetime | None) -> datetime | None:
    """The time in UTC, one without a zone taken as UTC; None where it is a zero or cannot be."""
    if when is None or when.year not in SANE_YEARS:
        return None
    return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)


def labels(value: Any) -> dict[str, str]:
    """Labels, however a sender writes them: fields, pairs, name:value texts in a list or between commas."""
    if isinstance(value, str):
        value = _loads(value) if value.lstrip().startswith(("[", "{")) else value.split(",")
    pairs = _fields(cast(dict[str, Any], value)) if isinstance(value, dict) else _entries(value)
    kept: dict[str, str] = {}
    for name, content in pairs:
        if name and content and len(kept) < MOST_LABELS:
            kept[name] = f"{kept[name]}, {content}"[:LONGEST_LABEL] if name in kept else content
    return kept


def json_in(said: bytes | str) -> Any:
    """JSON that stands in a text of a body, harmless and without its secrets. Raises NotJson."""
    return cleaned(read_json(said))


def object_in(said: str) -> dict[str, Any] | None:
    """The object that stands in a text as JSON; None where there is none."""
    if said.lstrip()[:1] != "{":
        return None
    try:
        inner = json_in(said)
    except NotJson:
        return None
    return cast(dict[str, Any], inner) if isinstance(inner, dict) else None


def _loads(said: str) -> Any:
    try:
        return json_in(said)
    except NotJson:
        return [said]


def _fields(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, content in fields.items():
        yield name[:LONGEST_LABEL], words(content)[:LONGEST_LABEL]


def _entries(entries: Any) -> Iterator[tuple[str, str]]:
    for entry in cast(list[Any], entries) if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            yield _named(cast(dict[str, Any], entry))
        elif isinstance(entry, list) and len(cast(list[Any], entry)) == 2:
            yield text(entry[0])[:LONGEST_LABEL], text(entry[1])[:LONGEST_LABEL]
        else:
            yield _split(text(entry))


def _named(entry: Mapping[str, Any]) -> tuple[str, str]:
    name = first(entry, ("key", "tag", "name", "context"))
    return name[:LONGEST_LABEL], (first(entry, ("value", "content")) or name)[:LONGEST_LABEL]


def _split(said: str) -> tuple[str, str]:
    name, found, content = (said.strip() + " ").partition("=" if "=" in said and ":" not in said else ":")
    if found and name.strip() and content.strip():
        return name.strip()[:LONGEST_LABEL], content.strip()[:LONGEST_LABEL]
    return "tag", said.strip()[:LONGEST_LABEL]
