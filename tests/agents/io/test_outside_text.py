"""Text from outside: whatever comes in, what goes further can be kept, sent and shown, and hides nothing."""

import json
from contextlib import suppress
from itertools import combinations, product
from math import isfinite
from typing import Any
from unicodedata import is_normalized

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.io import outside_text, settings
from agents.io.outside_text import (
    DEEPEST,
    DEEPEST_KEPT,
    LEFT_OUT,
    PIECE,
    NotJson,
    parse_json,
    parse_large_json,
    pieces,
    read_form,
    read_json,
    read_kept_json,
    sanitize,
    sanitize_json,
)
from agents.io.redaction import GONE, cleaned, redacted, written
from tests.any_text import ANY_JSON, ANY_TEXT, FEW, MANY, ODD, harms, harms_of_json, sent

HIDING = ["\x00", "\x1b", "\x7f", "\x9b", "\xad", "\u200b", "\u200d", "\u202e", "\u2066", "\ufeff", "\U000e0041"]
MEETING = [
    *("e", "\n", "\r", "\t", "\x00", "\u0323", "\u200b", "\u3164", "\u1100", "\u1161", "\uac00", "\u11a8"),
    *("\u09c7", "\u09be", "\ud83d", "\ude00", "\u2028", "\u0f73", "\U00011131", "\U00011127", "\u4e2d"),
]
"""Characters of which some become one where they meet, or are nothing where they stand."""


@MANY
@given(ANY_TEXT)
def test_any_text_becomes_harmless_and_stays_so(text: str) -> None:
    harmless = sanitize(text)
    assert not harms(harmless)
    assert is_normalized("NFC", harmless)
    assert harmless.encode().decode() == harmless
    assert sanitize(harmless) == harmless


@MANY
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from("\n\tàéßжж漢字🔥─→")))
def test_an_ordinary_text_is_left_alone(text: str) -> None:
    assert sanitize(text) == text


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("half \ud800 of it", "half \ufffd of it"),
        ("\ud83d\ude00", "😀"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\u202eevil\u202c", "evil"),
        ("roll\u200bback", "rollback"),
        ("pass\xadword", "password"),
        ("a\r\nb\rc\x0bd\u2028e\x85f", "a\nb\nc\nd\ne\nf"),
        ("cafe\u0301", "café"),
        ("a\x00b\tc", "ab\tc"),
        ("A\U000e0041\U000e0042", "A"),
    ],
)
def test_what_harms_is_taken_out(text: str, harmless: str) -> None:
    assert sanitize(text) == harmless


def test_an_endless_row_of_accents_is_cut_and_other_signs_are_not() -> None:
    """Sorting half a million of them, as the normal form wants it, took a minute."""
    assert len(sanitize("a" + "\u0301\u0323" * 500_000)) < 60
    assert sanitize("─" * 1000) == "─" * 1000


@pytest.mark.parametrize("row", ["\u0301", "\u200b", "\ud55c", "\u11a8", "\ud800", "\r\n", "\U0001f600", "a\u0301"])
def test_no_piece_of_a_long_text_is_endless(row: str) -> None:
    """Nobody else has a turn while one is worked on."""
    assert max(map(len, pieces(row * 5 * PIECE))) <= 2 * PIECE


def test_a_text_becomes_the_same_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is cut. Only a row without a character that stands for itself loses some."""
    letters = {three for meeting in combinations(MEETING, 2) for three in product(meeting, repeat=3)}
    whole = {text: sanitize(text) for text in (f"abcd{''.join(three)}\u0301." for three in letters)}
    monkeypatch.setattr(outside_text, "PIECE", 5)
    assert [ascii(text) for text in whole if len(list(pieces(text))) == 1] == []
    assert [ascii(text) for text, cleaned in whole.items() if sanitize(text) != cleaned] == []


@FEW
@given(st.lists(ANY_TEXT, min_size=1, max_size=4))
def test_a_long_text_becomes_what_its_lines_become(texts: list[str]) -> None:
    lines = texts * (2 * PIECE // (20 * len(texts)) + 1)
    assert sanitize(".".join(lines)) == ".".join(map(sanitize, lines))


@MANY
@given(ANY_JSON)
def test_any_value_can_be_kept_as_json(value: Any) -> None:
    kept = sanitize_json(value)
    assert not harms_of_json(kept)
    assert json.loads(json.dumps(kept, allow_nan=False, ensure_ascii=False).encode()) == kept
    assert sanitize_json(kept) == kept


@MANY
@given(ANY_JSON)
def test_any_json_that_is_sent_is_read(value: Any) -> None:
    read = read_json(sent(value))
    assert not harms_of_json(read)
    json.dumps(read, allow_nan=False, ensure_ascii=False).encode()


@MANY
@given(st.binary(max_size=40))
def test_any_bytes_are_json_or_refused(body: bytes) -> None:
    with suppress(NotJson):
        assert not harms_of_json(read_json(body))
    assert not harms_of_json(read_form(body))


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b"[NaN, -Infinity, 1e400]", [None, None, None]),
        (b"9" * 5000, "9" * 5000),
        (b"18446744073709551616", "18446744073709551616"),
        (b'{"a": 18446744073709551615}', {"a": 2**64 - 1}),
        (b'\xef\xbb\xbf"\xff"', "\ufffd"),
    ],
)
def test_numbers_that_nothing_holds_do_no_harm(body: bytes, read: Any) -> None:
    assert read_json(body) == read


@pytest.mark.parametrize("body", [b"[" * 41 + b"]" * 41, b"[" * 100_000, b'{"a":' * 50 + b"1" + b"}" * 50])
def test_what_is_nested_too_deep_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(NotJson, match="nested"):
        read_json(body)


def test_what_is_nested_too_deep_already_is_cut() -> None:
    deep: Any = "here"
    for _ in range(10_000):
        deep = [deep]
    assert json.dumps(sanitize_json({"a": deep})).count("[") == DEEPEST_KEPT - 1
    assert LEFT_OUT in written({"a": deep})
    assert read_kept_json(written({"a": deep})) == sanitize_json({"a": deep})


def test_as_many_levels_are_read_as_are_kept() -> None:
    body = b"[" * DEEPEST + b"1" + b"]" * DEEPEST
    assert json.dumps(read_json(body)).encode() == body


def test_what_is_signed_is_read_letter_by_letter() -> None:
    assert parse_json(b'"a\\r\\nb\\u200b"') == "a\r\nb\u200b"


@pytest.mark.parametrize("hiding", HIDING, ids=ascii)
def test_a_secret_that_is_split_by_what_nobody_sees_is_found(hiding: str) -> None:
    for text, secret in [
        (f"pass{hiding}word=hunter2{hiding}xyz now", "hunter2xyz"),
        (f"token ghp_abcdefgh{hiding}ijklmnopqrstuv", "ijklmnopqrstuv"),
    ]:
        assert secret not in sanitize(redacted(text))
        assert GONE in redacted(text)
        assert secret not in written({"said": text})
    assert json.loads(written({f"api{hiding}_key": "x9y8z7"})) == {"api_key": GONE}
    assert "x9y8z7" not in str(cleaned(sanitize_json({f"api{hiding}_key": "x9y8z7"})))


def test_a_known_secret_is_found_however_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "cafe\u0301-con-leche-y-pan")
    settings.known_secrets.cache_clear()
    try:
        for text in ("café-con-leche-y-pan", "cafe\u0301-con-leche-y-pan", "café-con\u200b-leche-y-pan"):
            assert redacted(f"used {text}") == f"used {GONE}"
    finally:
        monkeypatch.undo()
        settings.known_secrets.cache_clear()


@MANY
@given(st.dictionaries(ANY_TEXT, ANY_JSON, max_size=3))
def test_whatever_is_written_down_is_harmless_json(payload: dict[str, Any]) -> None:
    kept = json.loads(written(payload))
    assert not harms_of_json(kept)
    assert json.loads(written(kept)) == kept


def test_the_odd_texts_are_odd() -> None:
    assert sum(bool(harms(text)) for text in ODD) > 15


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("others", [[0.5], [0.0, None], [float("inf")], [1e308, 1e308]])
def test_no_number_of_a_series_stays_that_json_cannot_hold(odd: float, others: list[float | None]) -> None:
    possible = [number if number is None or isfinite(number) else None for number in others]
    assert sanitize_json([*others, odd, *others]) == [*possible, None, *possible]
    assert sanitize_json(others) == possible


SCRAPS = st.lists(
    st.sampled_from(
        [
            *('"', '"a"', '": "', "{", "}", "[", "]", ",", ":", " ", "\n", "\r\n", "\t", "0", "1.5", "-7", "1e3"),
            *("1e999", "1.e400", "-1E+999", "123456789012345678901", "NaN", "-Infinity", "null", "true"),
            *(
                "\\n",
                "\\r",
                "\\u0000",
                "\\u200b",
                "\\\\",
                '\\"',
                "\\/",
                "\\b",
                "\x7f",
                "\x01",
                "é",
                "\u200b",
                "a",
                "e9",
            ),
        ]
    ),
    max_size=12,
).map("".join)


@MANY
@given(SCRAPS | ANY_JSON.map(json.dumps) | st.builds('{{"k": [{}, "{}"]}}'.format, SCRAPS, SCRAPS))
def test_what_is_taken_for_harmless_json_is_not_changed_by_making_it_so(text: str) -> None:
    with suppress(NotJson):
        parsed = parse_large_json(text)
        if parsed.is_harmless:
            assert repr(sanitize_json(parsed.value)) == repr(parsed.value)


@pytest.mark.parametrize("text", ["[NaN]", "[-Infinity]", f"[{'9' * 400}.5]", "[1E400]", '["\\u200b"]', '["\x7f"]'])
def test_what_would_be_changed_is_not_taken_for_harmless(text: str) -> None:
    parsed = parse_large_json(text)
    assert repr(sanitize_json(parsed.value)) != repr(parsed.value)
    assert not parsed.is_harmless


@pytest.mark.parametrize("text", ['{"a": "x\\ny", "b": [1, 2.5e-3, -7], "c": {"fingerprint": "00e12f"}}', "[]"])
def test_what_senders_send_day_by_day_is_taken_for_harmless(text: str) -> None:
    assert parse_large_json(text).is_harmless


@pytest.mark.parametrize("name", ["a\\u200b", "a\u200b"])
def test_a_name_that_looks_like_another_one_is_a_double(name: str) -> None:
    assert parse_large_json(f'{{"a": 1, "{name}": 2}}').has_doubles
    assert parse_large_json('{"a": 1, "a": 2}').has_doubles
    assert not parse_large_json('{"a": 1, "b": 2}').has_doubles
