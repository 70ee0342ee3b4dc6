"""Any text and any JSON that somebody may send, and what must not be left of it in anything that goes out."""

import json
from typing import Any
from unicodedata import category

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

UNSEEN = frozenset("\xad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\ufeff") | frozenset(
    map(chr, (*range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xE0000, 0xE0080)))
)
"""Zero-width characters, those that change the direction of writing, and tags."""
ODD = (
    *("\ud800", "\udfff", "\ud83d\ude00", "\x00", "\x1b[31m", "\x1b]0;title\x07", "\x7f", "\x85", "\x9b2J", "\b", "\f"),
    *(
        "\u202e",
        "\u2066",
        "\u200b",
        "\xad",
        "\ufeff",
        "\u2028",
        "\r",
        "\r\n",
        "e\u0301",
        "\u0323\u0301",
        "\u1100\u1161",
    ),
    *("\u1100\u1161", "\ufffe", "\U000e0041", "\u0344", "%00", "{{", "}}", "<b>", "```", "|", "\\", '"', "'", "\n# "),
)
ANY_TEXT: st.SearchStrategy[str] = st.lists(
    st.text(st.characters(exclude_categories=()), max_size=8) | st.sampled_from(ODD), max_size=6
).map("".join)
NUMBERS = st.integers() | st.floats() | st.sampled_from([10**400, -(10**4000), 2**64, 1e308, float("nan")])
ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)
CHECKS_OFF = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
MANY = settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=CHECKS_OFF)
FEW = settings(MANY, max_examples=8)
"""Where each example is a request, or a run."""


def harms(text: str) -> list[str]:
    """The characters of a text that must not go out."""
    found = [letter for letter in text if category(letter) in ("Cc", "Cs") and letter not in "\n\t"]
    found += [letter for letter in text if letter in UNSEEN]
    return [ascii(letter) for letter in found]


def harms_of_json(told: Any) -> list[str]:
    """The same of all texts and names in a value, and of numbers that JSON does not know."""
    if isinstance(told, dict):
        return [harm for name, each in told.items() for harm in (*harms_of_json(name), *harms_of_json(each))]  # pyright: ignore
    if isinstance(told, list):
        return [harm for each in told for harm in harms_of_json(each)]  # pyright: ignore
    if isinstance(told, float):
        return [] if told - told == 0 else [repr(told)]
    return harms(told) if isinstance(told, str) else []


def sent(told: Any) -> bytes:
    """A value as a careless client writes it: halves of characters, NaN, numbers that nothing holds."""
    return json.dumps(told).encode()
