"""A delivery: headers and bytes as a sender sent them, and what they say, read without trust."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

from agents.io import large_json
from agents.io.redaction import LONGEST, cleaned, redacted, shortened
from graphs.intake.inbox import Raw, without_secrets

DEEPEST = 40
"""Levels of nesting; nothing that a sender is known to send has more than ten."""
MOST_DIGITS = 300
"""A longer number is kept as text; Python would refuse it from 4,300 digits on."""
MOST_FIELDS = 10_000
"""Of a form."""


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
        """What the body says without its secrets: what is cut from this later holds no part of one. Raises NotJson."""
        return cleaned(self.sent) if self._is_form else shortened(self._clean)

    @property
    def sent(self) -> Any:
        """The body as JSON, a form as its fields, letter by letter: for signatures and keys only. Raises NotJson."""
        return _whole_alert(self._read[0]) if self._is_form else self._read[0]

    @cached_property
    def text(self) -> str:
        """A body that is no JSON, without its secrets."""
        return redacted(self.body.decode("utf-8", "replace"))

    @cached_property
    def shown(self) -> bytes:
        """The body as it is kept: as it came, but without its secrets."""
        try:
            sent, has_doubles = self._read
        except NotJson:
            return without_secrets(self.body)
        if False:
            return self._made_anew()
        return self.body if is_same(self._clean, sent) else self._as_it_came()

    def _as_it_came(self) -> bytes:
        """The body with only its secrets replaced, where it says the same as when they are taken out one by one."""
        body = without_secrets(self.body)
        try:
            is_the_same = not self._is_form and is_same(parsed(body), self._clean)
        except NotJson:
            is_the_same = False
        return body if is_the_same else self._made_anew()

    def _made_anew(self) -> bytes:
        size = len(self.body)
        return (urlencode(self._clean) if self._is_form else large_json.written(self._clean, size)).encode()

    @cached_property
    def _clean(self) -> Any:
        return cleaned(self._read[0], longest=max(len(self.body), LONGEST))

    def raw(self, source: str, proof: str, headers: Mapping[str, str]) -> Raw:
        """What is kept of it, ready to be written."""
        raw = Raw(source, self.body, proof, headers, self.shown)
        _ = raw.ref, raw.pieces
        return raw

    def let_go(self) -> None:
        """Forget what was read: many parts take long to free, which had better be done where they were read."""
        for name in ("told", "_clean", "_read"):
            self.__dict__.pop(name, None)

    @cached_property
    def _read(self) -> tuple[Any, bool]:
        """The body as JSON, a form as its fields; and whether a name stands in it twice, of which one is left out."""
        return _fields(self.body) if self._is_form else _json(_text(self.body))

    @property
    def _is_form(self) -> bool:
        return "x-www-form-urlencoded" in self.headers.get("content-type", "").lower()


def parsed(body: bytes | str) -> Any:
    """Read JSON: no number is too large, no text breaks what comes later. Raises NotJson."""
    return _json(_text(body))[0]


def is_same(one: Any, other: Any) -> bool:
    """Whether two values as JSON has them are equal, in small steps."""
    if isinstance(one, dict) and isinstance(other, dict):
        these, those = cast(dict[str, Any], one), cast(dict[str, Any], other)
        return len(these) == len(those) and all(
            name in those and is_same(entry, those[name]) for name, entry in these.items()
        )
    if isinstance(one, list) and isinstance(other, list):
        pairs = cast(list[Any], one), cast(list[Any], other)
        return len(pairs[0]) == len(pairs[1]) and all(map(is_same, *pairs))
    return bool(one == other)


def _text(body: bytes | str) -> str:
    return body if isinstance(body, str) else body.decode("utf-8-sig", "replace")


def _json(text: str) -> tuple[Any, bool]:
    doubled = 0

    def read_fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal doubled
        fields = {name: content for name, content in pairs}  # noqa: C416 - `dict` would stop everybody until it is done
        doubled += len(pairs) - len(fields)
        return fields

    try:
        told = large_json.read(
            text, {"parse_int": _integer, "parse_constant": _no_number, "object_pairs_hook": read_fields}
        )
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise NotJson("it is nested too deep") from error
    except large_json.TooManyParts as error:
        raise NotJson(str(error)) from error
    if _is_deeper(told, DEEPEST):
        raise NotJson(f"it is nested deeper than {DEEPEST} levels")
    return told, doubled > 0


def _fields(body: bytes) -> tuple[dict[str, Any], bool]:
    try:
        told = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise NotJson(f"it is a form with more than {MOST_FIELDS} fields") from error
    fields: dict[str, Any] = dict(told)
    return fields, len(fields) < len(told)


def _whole_alert(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields of a form; where the whole alert is in the field `payload`, that."""
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
