"""Redaction: secrets are taken out of text once, before it is written or sent. What cannot be checked is withheld."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, cast

from agents.io import account_numbers, secret_shapes
from agents.io.outside_text import FIGURES, sanitize, sanitize_json
from agents.io.secret_shapes import PrivateKeys, is_cut, is_secret_name, may_hold_key
from agents.io.settings import known_secrets
from agents.io.text_windows import OVERLAP, Span, replaced

GONE = "[redacted]"
WITHHELD = "[withheld: it could not be checked for secrets]"
SHORTEST_CODE = 1000
"""A smaller number under the name of a secret is none."""
SHORTEST_CARD = 10**12
"""The smallest number that can be one of a payment card."""
AT_ONCE = 100_000
"""Entries of a series; threads take turns only between so many."""
SHORT = 200
"""Characters; texts up to here come again and again, above all names. Longer ones are looked at several times at once:
when they are read, when they are taken in, and when they are written."""
LONGEST = 64 * 1024
"""Characters of one text in a value; of a longer one the beginning and the end are kept, and how much is left out."""
BEGINNING, END = 48 * 1024, 15 * 1024


def redacted(text: str) -> str:
    """The text, harmless and without its secrets; withheld as a whole where that cannot be told."""
    return without_secrets(sanitize(text))  # in this order: what nobody sees would hide a secret


def without_secrets(text: str) -> str:
    """The text letter by letter, but for its secrets; withheld as a whole where that cannot be told."""
    return _redacted(text, PrivateKeys())


def beginning(text: str, most: int) -> str:
    """The beginning of a text, so many characters at most, without its secrets: a part of one would not be found."""
    return without_secrets(sanitize(text)[: most + OVERLAP])[:most]


def ending(text: str, most: int) -> str:
    """The end of a text, in the same way."""
    return without_secrets(sanitize(text)[-most - OVERLAP :])[-most:]


def without_keys(texts: Iterable[str]) -> list[str]:
    """Texts that come one after another, such as lines of a log, without private keys that stand in several of them."""
    keys = PrivateKeys()
    return [replaced(text, keys.spans(text), GONE) for text in map(sanitize, texts)]


def _redacted(text: str, keys: PrivateKeys) -> str:
    try:
        if len(text) <= SHORT and not keys.is_expected and not _may_hold_key(text):
            return _short_without(text, known_secrets())
        text = replaced(text, keys.spans(text), GONE)
        if len(text) > LONGEST:
            return _without(text, known_secrets())
        return (_short_without if len(text) <= SHORT else _long_without)(text, known_secrets())
    except (re.error, RecursionError, MemoryError, TypeError, ValueError):
        return WITHHELD


def _without(text: str, secrets: tuple[str, ...]) -> str:
    return replaced(text, _secrets(text, secrets), GONE)


_may_hold_key = lru_cache(maxsize=20_000)(may_hold_key)
_short_without = lru_cache(maxsize=20_000)(_without)
_long_without = lru_cache(maxsize=500)(_without)


def _secrets(text: str, known: tuple[str, ...]) -> Iterator[Span]:
    for secret in known:
        start = text.find(secret)
        while start >= 0:
            yield start, start + len(secret)
            start = text.find(secret, start + len(secret))
    yield from secret_shapes.spans(text)
    yield from account_numbers.spans(text)


def cleaned(value: Any, longest: int = LONGEST) -> Any:
    """A plain value, its texts harmless, without secrets in them and under names of secrets; longer texts are cut."""
    return _Cleaning(longest).cleaned(value)


def shortened(value: Any) -> Any:
    """A value without secrets, its endless texts cut."""
    match value:
        case str():
            return value if len(value) <= LONGEST else _cut(value, value, len(value))
        case dict():
            return {name: shortened(entry) for name, entry in cast(dict[str, Any], value).items()}
        case list():
            return [shortened(entry) for entry in cast(list[Any], value)]
        case _:
            return value


def _cut(first: str, last: str, length: int) -> str:
    """The beginning and the end of a text of a length."""
    return f"{first[:BEGINNING]} [... {length - BEGINNING - END} characters left out ...] {last[-END:]}"


class _Name(NamedTuple):
    """The name of a field."""

    shown: str
    """Harmless, and without its own secrets."""
    is_secret: bool
    """What stands under it is a secret."""


def _looked_at(name: str, secrets: tuple[str, ...]) -> _Name:
    """Look at a name. `secrets` are those that are known: with others it has to be looked at again."""
    name = sanitize(name)
    return _Name(without_secrets(name), is_secret_name(name))


def _sound(text: str, secrets: tuple[str, ...]) -> str | None:
    """A short text, harmless and without its secrets; None where other texts matter, for it may hold part of a key."""
    text = sanitize(text)
    return None if len(text) > SHORT or may_hold_key(text) else _redacted(text, PrivateKeys())


_short_name = lru_cache(maxsize=20_000)(_looked_at)
_short_text = lru_cache(maxsize=20_000)(_sound)
"""The same names and short texts come time and again: nearly all of them are looked up here, and not looked through."""


class _Cleaning:
    """Cleans a value text by text, for a key may be spread over several of them."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._keys = PrivateKeys()
        self._secrets = known_secrets()

    def cleaned(self, value: Any, is_secret: bool = False) -> Any:
        """Clean a value, which may stand under the name of a secret."""
        if isinstance(value, dict):
            return self._fields(cast(dict[Any, Any], value))
        match value:
            case str():
                return GONE if value and is_secret else self._text(value)
            case bool() | None:
                return value
            case float():
                return GONE if value.is_integer() and _is_secret_number(int(value), is_secret) else value
            case int():
                return GONE if _is_secret_number(value, is_secret) else value
            case list() | tuple():
                entries = cast(list[Any], value)
                return list(entries) if _are_figures(entries) else [self.cleaned(entry, is_secret) for entry in entries]
            case _:
                return value

    def _fields(self, fields: dict[Any, Any]) -> dict[str, Any]:
        """Fields have no order: the rest of a key may stand before its beginning."""
        for entry in fields.values():
            if isinstance(entry, str) and self._sound(entry) is None and is_cut(entry):
                self._keys.begin()
                break
        kept: dict[str, Any] = {}
        for name, entry in fields.items():
            shown, is_secret = self._name(str(name))
            if isinstance(entry, str):
                kept[shown] = GONE if entry and is_secret else self._text(entry)
            else:
                kept[shown] = self.cleaned(entry, is_secret)
        return kept

    def _sound(self, text: str) -> str | None:
        """A short text without its secrets, in which no key can begin; None where it has to be looked at."""
        return _short_text(text, self._secrets) if len(text) <= SHORT else None

    def _name(self, name: str) -> _Name:
        return (_short_name if len(name) <= SHORT else _looked_at)(name, self._secrets)

    def _text(self, text: str) -> str:
        if not self._keys.is_expected:
            sound = self._sound(text)
            if sound is not None:
                return sound
        text = sanitize(text)
        if len(text) <= self._longest:
            return _redacted(text, self._keys)
        head = _redacted(text[: BEGINNING + OVERLAP], self._keys)
        tail = _redacted(text[-END - OVERLAP :], self._keys)
        return _cut(head, tail, len(text))


def _are_figures(entries: list[Any]) -> bool:
    """Whether a whole series hides no secret: it is passed at once."""
    starts = range(0, len(entries), AT_ONCE)
    return all(FIGURES.issuperset(map(type, entries[start : start + AT_ONCE])) for start in starts)


def _is_secret_number(number: int, has_secret_name: bool) -> bool:
    """Whether it is one of a card, or a code. Whose number of a card is below zero, wrote a dash before it."""
    if abs(number) >= SHORTEST_CARD and account_numbers.is_card(str(abs(number))):
        return True
    return abs(number) >= SHORTEST_CODE and has_secret_name


class CleanJson(str):
    """JSON of a value that was cleaned before: it is written as it stands, and not looked through again."""

    __slots__ = ()


def written(payload: Mapping[str, Any]) -> str:
    """A payload as JSON without its secrets; what cannot be checked is withheld."""
    ready = {name: text for name, text in payload.items() if isinstance(text, CleanJson)}
    try:
        text = json.dumps(cleaned(sanitize_json({name: payload[name] for name in payload if name not in ready})))
    except (RecursionError, TypeError, ValueError):
        return json.dumps({"withheld": WITHHELD})
    if not ready:
        return text
    fields = [f"{json.dumps(name)}: {content}" for name, content in ready.items()]
    return "".join(("{", ", ".join([text[1:-1], *fields] if len(text) > len("{}") else fields), "}"))
