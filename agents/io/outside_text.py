"""Text from outside: whatever senders, tools, models and people wrote is made harmless here before it goes any further.

What comes out is valid UTF-8 in Unicode's normal form NFC, with `\\n` at the end of lines, and without characters that
nobody sees or that steer a terminal or a page: control characters, changes of writing direction, zero-width characters.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import isfinite
from typing import Any, NamedTuple, cast
from unicodedata import category, combining, normalize
from urllib.parse import parse_qsl

from agents.io import large_json

DEEPEST = 40
"""Levels of nesting that are read; nothing that a sender is known to send has more than ten."""
DEEPEST_SENT = 100
"""Levels of a request's body that are read: templates of a sender's own nest as they like."""
DEEPEST_KEPT = DEEPEST + 20
"""Levels that are kept: what was read stands inside what Warroom writes of it."""
LEFT_OUT = "(nested too deep)"
"""What stands in place of the rest, where a value is nested too deep to be kept."""
TOO_DEEP = "it is nested deeper than {levels} levels"
MOST_MARKS = 30
"""Accents on one letter, as in Unicode's stream-safe text; sorting an endless row of them takes for ever."""
MOST_FIELDS = 10_000
"""Of a form."""
WHOLE_NUMBERS = range(-(2**63), 2**64)
"""What checkpoints can hold."""
FIGURES = frozenset({float, type(None)})
LONGEST_SERIES = 10_000
"""Numbers that are looked at in one go."""
PIECE = 100_000
"""Characters that are worked on in one go: threads take turns only between them."""
LINE_END = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Control characters, and what Unicode calls default ignorable: zero-width, directional, tags, fillers, selectors."""
JOINING = re.compile("[\u1160-\u11ff\ud7b0-\ud7fb]")
"""Parts of Korean letters that become one with the part before them."""
MARKS = re.compile(rf"[^\w\s\x00-\x7f]{{{MOST_MARKS + 1},}}")
"""Where too many accents may stand in a row; or other signs, which are left alone."""


SUSPECT = ("\\u", "\\r", "\\b", "\\f", "\x7f", "NaN", "Infinity")
"""In JSON as Python writes it: what a harmless text or number has not, but for letters beyond ASCII."""
LONG_NUMBER = re.compile(r"\d{19}")
DOUBTFUL = re.compile(r"""[^\t\n\r -~]|\\[^"\\/nt]|NaN|Infinity|\d{19}|\d\.?[eE]\+?\d{3}""")
"""In JSON from anywhere: without these every text in it is harmless, and every number one that JSON can hold."""


class NotJson(ValueError):
    """The text is not JSON, or nested too deep."""


class Parsed(NamedTuple):
    """What a text says."""

    value: Any
    has_doubles: bool
    """A name stands twice in one object, the one that nobody sees of two included; the last one counts."""
    is_harmless: bool = False
    """To make it harmless would change nothing."""


def sanitize(text: str) -> str:
    """Make a text harmless; what is harmless already stays as it is, letter by letter."""
    return _sanitized(text) if len(text) <= PIECE else "".join(map(_sanitized, pieces(text)))


def pieces(text: str) -> Iterator[str]:
    """The text in pieces that can be worked on one by one.

    Of a row of a hundred thousand characters that nobody sees, or that only change another one, the rest is left out.
    """
    start = 0
    while start < len(text):
        places = range(start + PIECE, len(text))
        stop = next((place for place in places if _stands_for_itself(text, place)), len(text))
        yield text[start : min(stop, start + 2 * PIECE)]
        start = stop


def clean(text: str) -> str:
    """Put a text on one line, without what a terminal would take for a command."""
    printable = text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())


def _stands_for_itself(text: str, place: int) -> bool:
    """Whether nothing before a character becomes one with it, or changes what is made of it."""
    letter = text[place]
    if letter.isascii():
        return letter.isprintable() or (letter in "\n\t" and text[place - 1] != "\r")
    if category(letter) in ("Mn", "Mc", "Me", "Cs"):
        return False
    return not UNSEEN.match(letter) and not JOINING.match(letter)


def _sanitized(text: str) -> str:
    if text.isascii() and (text.isprintable() or not CONTROL.search(text)):
        return text
    text = _without_lone_surrogates(text)
    if UNSEEN.search(text):
        text = UNSEEN.sub("", LINE_END.sub("\n", text))
    return _with_few_marks(normalize("NFC", _with_few_marks(text)))


def sanitize_json(value: Any, levels: int = DEEPEST_KEPT) -> Any:
    """Give a value as JSON can hold it, its texts and names harmless; for a number that it cannot hold, None."""
    if isinstance(value, str):
        return sanitize(value)
    if isinstance(value, dict):
        fields = cast(dict[Any, Any], value).items()
        return {sanitize(str(name)): sanitize_json(each, levels - 1) for name, each in fields} if levels else LEFT_OUT
    if isinstance(value, (list, tuple)):
        entries = cast(list[Any], value)
        if not levels:
            return LEFT_OUT
        return list(entries) if _is_series(entries) else [sanitize_json(each, levels - 1) for each in entries]
    match value:
        case bool() | None:
            return value
        case int():
            return value if value in WHOLE_NUMBERS else None
        case float():
            return value if isfinite(value) else None
        case Mapping():
            return sanitize_json(dict(cast(Mapping[Any, Any], value)), levels)
        case _:
            return sanitize(str(value))


def _is_series(entries: list[Any]) -> bool:
    """Whether it holds nothing but numbers that JSON can hold: the sum of others is no number either."""
    figures = len(entries) <= LONGEST_SERIES and FIGURES.issuperset(map(type, entries))
    return figures and isfinite(sum(filter(None, entries)))


def read_json(text: bytes | str) -> Any:
    """Read JSON from outside, its texts harmless; a whole number of too many digits becomes a text. Raises NotJson."""
    return sanitize_json(parse_json(text), DEEPEST)


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form's body, also those left empty; of two with one name the last. Raises NotJson."""
    return parse_form(body).value


def parse_form(body: bytes) -> Parsed:
    """Read the fields of a form, their texts harmless. Raises NotJson where there are too many."""
    try:
        fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise NotJson(f"it is a form with more than {MOST_FIELDS} fields") from error
    kept = {sanitize(name): sanitize(text) for name, text in fields}
    return Parsed(kept, len(kept) < len(fields))


def read_kept_json(text: str) -> Any:
    """Read JSON that was harmless when it was written; quickly, where nothing in it asks for a second look.

    Raises NotJson.
    """
    may_be_deep = text.count("[") + text.count("{") > DEEPEST_KEPT
    if may_be_deep or not text.isascii() or any(mark in text for mark in SUSPECT) or LONG_NUMBER.search(text):
        return sanitize_json(parse_json(text, DEEPEST_KEPT))
    try:
        return json.loads(text)
    except ValueError as error:
        raise NotJson(str(error)) from error


def parse_json(text: bytes | str, deepest: int = DEEPEST) -> Any:
    """Read JSON letter by letter as it was sent: only what is signed is looked at so. Raises NotJson."""
    return _parsed(_text_of(text), deepest, json.loads)


def parse_large_json(text: bytes | str) -> Parsed:
    """Read JSON in the same way, in a thread: other threads can work meanwhile. Raises NotJson."""
    doubles, said = 0, _text_of(text)
    is_harmless = len(said) <= large_json.LARGE and not DOUBTFUL.search(said)

    def fields_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal doubles
        fields = {name: content for name, content in pairs}  # noqa: C416 - `dict` would stop everybody until it is done
        doubles += len(pairs) - len(fields if is_harmless else {sanitize(name) for name in fields})
        return fields

    value = _parsed(said, DEEPEST_SENT, partial(large_json.read, object_pairs_hook=fields_of))
    return Parsed(value, doubles > 0, is_harmless)


def _text_of(text: bytes | str) -> str:
    return text if isinstance(text, str) else text.decode("utf-8-sig", "replace")


def _parsed(said: str, deepest: int, parse: Callable[..., Any]) -> Any:
    try:
        told = parse(said, parse_int=_whole_number)
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise NotJson("it is nested too deep") from error
    except large_json.TooManyParts as error:
        raise NotJson(str(error)) from error
    if _is_deeper(told, deepest):
        raise NotJson(TOO_DEEP.format(levels=deepest))
    return told


def _without_lone_surrogates(text: str) -> str:
    """Put halves of characters together where both are there, and U+FFFD where one is alone."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _with_few_marks(text: str) -> str:
    return MARKS.sub(lambda found: _trimmed(found[0]), text)


def _trimmed(row: str) -> str:
    """Leave out the accents that are too many on one letter."""
    if not any(map(combining, row)):
        return row
    kept: list[str] = []
    in_a_row = 0
    for letter in row:
        in_a_row = in_a_row + 1 if combining(letter) else 0
        if in_a_row <= MOST_MARKS:
            kept.append(letter)
    return "".join(kept)


def _whole_number(digits: str) -> int | str:
    number = int(digits) if len(digits) <= len(str(WHOLE_NUMBERS.start)) else None
    return digits if number is None or number not in WHOLE_NUMBERS else number


def _is_deeper(told: Any, levels: int) -> bool:
    """Whether objects and arrays are nested in more than so many levels; level by level, without recursion."""
    level: list[Any] = [told]
    for _ in range(levels):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return any(isinstance(each, dict | list) for each in level)


def _inside(outer: Any) -> list[Any]:
    if isinstance(outer, dict):
        return list(cast(dict[str, Any], outer).values())
    return cast(list[Any], outer) if isinstance(outer, list) else []
