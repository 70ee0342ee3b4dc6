"""Redaction: secrets leave no trace, ordinary words stay, and what cannot be checked is withheld."""

import json
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, cast

import pytest

from agents.io import account_numbers, redaction, secret_shapes
from agents.io.redaction import (
    AT_ONCE,
    BEGINNING,
    END,
    GONE,
    LONGEST,
    WITHHELD,
    CleanJson,
    beginning,
    cleaned,
    ending,
    redacted,
    written,
)
from agents.io.text_windows import OVERLAP, WINDOW, read
from tests.benchmarks.redaction import BITS


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("password=hunter2xyz now", "hunter2xyz"),
        ("mysqldump --no-data --db-password hunter2xyz shop", "hunter2xyz"),
        ("['serve', '-api-token', 'hunter2xyz']", "hunter2xyz"),
        ("postgres://app:s3cr3t@db/x", "s3cr3t"),
        ("Authorization: Bearer abcdefghijkl.mn", "abcdefghijkl.mn"),
        ("id AKIAABCDEFGHIJKLMNOP", "AKIAABCDEFGHIJKLMNOP"),
        ("token ghp_abcdefghijklmnopqrstuv", "ghp_abcdefghijklmnopqrstuv"),
        ('{"api_key": "x9y8z7w6"}', "x9y8z7w6"),
        ('{"routing_key": "ab", "shared_secret": "two \\" words"}', "words"),
        ("curl -H warroom_0a1b2c3d_abcdefghijklmnopqrst", "abcdefghijklmnopqrst"),
        ('{\\"client_secret\\": \\"x9y8z7w6\\"}', "x9y8z7w6"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc\n", "abc"),
        ("jwt eyJhbGciOiJI.eyJzdWIiOiIx.sig", "eyJzdWIiOiIx"),
        ("session-eyJhbGciOiJI.eyJzdWIiOiIx.sig", "eyJzdWIiOiIx"),
        ("SECRET_KEY=x9y8z7w6", "x9y8z7w6"),
        ("db password: 'correct horse battery'", "horse"),
        ('{"password": "correct horse battery"}', "battery"),
        ("https://app:p@ss@db/x", "ss@"),
    ],
)
def test_a_secret_is_taken_out(text: str, secret: str) -> None:
    assert secret not in redacted(text)
    assert GONE in redacted(text)


@pytest.mark.parametrize("text", ["tokens: 100", "unexpected token <n>", "sign-in 5.19.0 at 03:16", "token: none"])
def test_ordinary_words_stay(text: str) -> None:
    assert redacted(text) == text


PATTERNS = [
    *(shape.pattern for shape in secret_shapes.SHAPES),
    *(account_numbers.RUN, account_numbers.IBAN, secret_shapes.MARK, secret_shapes.PART),
]


def goes_back(parsed: Any) -> bool:
    """Whether a part of a parsed pattern may be repeated without an end, and be given back piece by piece."""
    if not isinstance(parsed, list | tuple) and not hasattr(parsed, "data"):
        return False
    parts: list[Any] = list(cast(Any, parsed))
    if str(parts[:1]) in ("[MAX_REPEAT]", "[MIN_REPEAT]") and str(parts[1][1]) == "MAXREPEAT":
        return True
    return any(map(goes_back, parts))


def test_no_pattern_goes_back_over_what_it_has_read() -> None:
    """Every repetition without an end is possessive: it never gives back what it has read."""
    parse = import_module("re._parser").parse
    assert goes_back(parse("a(?:b|c+)d"))
    assert not goes_back(parse("a(?:b|c++)d{1,3}"))
    assert [pattern.pattern for pattern in PATTERNS if goes_back(parse(pattern.pattern))] == []


class Noted:
    """A pattern that notes how far it is asked to read, and finds what it was told to."""

    def __init__(self, *found: tuple[int, int]) -> None:
        self.read: list[tuple[int, int]] = []
        self._found = found

    def finditer(self, text: str, start: int, end: int) -> Iterator[Any]:
        self.read.append((start, end))
        yield from (re.compile("x+").search(text, a, b) for a, b in self._found if start <= a < end)


@pytest.mark.parametrize("windows", [1, 4, 16])
def test_a_text_of_four_times_the_length_is_read_in_four_times_as_many_windows(windows: int) -> None:
    noted, text = Noted(), "x" * (windows * WINDOW)
    assert list(read(noted, text)) == []  # type: ignore[arg-type]
    assert len(noted.read) == windows
    assert all(end - start <= WINDOW + OVERLAP for start, end in noted.read)
    assert noted.read[-1][1] == len(text)


def test_what_begins_in_one_window_and_ends_in_the_next_is_found_once() -> None:
    over_the_edge, in_the_next = (WINDOW - 5, WINDOW + 5), (WINDOW + 10, WINDOW + 12)
    noted, text = Noted(over_the_edge, in_the_next), "x" * (2 * WINDOW)
    assert [found.span() for found in read(noted, text)] == [over_the_edge, in_the_next]  # type: ignore[arg-type]


@pytest.mark.parametrize("secret", ["password=hunter2xyz", "ghp_abcdefghijklmnopqrstuv", "4111 1111 1111 1111"])
@pytest.mark.parametrize("place", [WINDOW - 30, WINDOW - 10, WINDOW - 1, WINDOW, 2 * WINDOW - 12])
def test_a_secret_is_taken_out_wherever_the_windows_end(secret: str, place: int) -> None:
    text = "." * (place - 1) + " " + secret + " " + "." * WINDOW
    left = redacted(text)
    assert GONE in left
    assert secret[-5:] not in left
    assert len(left) >= len(text) - len(secret)


def test_a_secret_longer_than_a_window_is_taken_out_whole() -> None:
    text = f"token={'x' * 3 * WINDOW} and more"
    assert redacted(text) == f"token={GONE} and more"


@pytest.mark.parametrize("bit", BITS)
def test_a_long_text_comes_to_an_end(bit: str) -> None:
    """Where a pattern began again at every word, this took hours."""
    assert len(redacted(bit * (100_000 // len(bit)))) > 0


def test_an_endless_text_in_a_value_keeps_its_beginning_and_its_end() -> None:
    told = cleaned({"text": f"begins {'word ' * 50_000}ends"})["text"]
    assert len(told) <= LONGEST
    assert told.startswith("begins word")
    assert told.endswith("word ends")
    assert f"[... {250_011 - BEGINNING - END} characters left out ...]" in told
    assert cleaned(told) == told


@pytest.mark.parametrize("place", [BEGINNING - 10, 100_000 - END - 10])
def test_what_is_cut_hides_no_half_of_a_secret(place: int) -> None:
    text = ("." * place + " ghp_" + "secret" * 10).ljust(100_000, ".")
    assert "secr" not in cleaned({"text": text})["text"]


@pytest.mark.parametrize("text", ["refused: password=hunter2xyz for app", "sent ghp_abcdefghijklmnopqrstuv to them"])
def test_the_beginning_and_the_end_of_a_text_show_no_half_of_a_secret(text: str) -> None:
    for most in range(1, len(text) + 1):
        assert beginning(text, most) == redacted(text)[:most]
        assert ending(text, most) == redacted(text)[-most:]


@pytest.mark.parametrize("cut", [beginning, ending])
def test_what_nobody_sees_moves_no_half_of_a_secret_to_where_a_text_is_cut(cut: Callable[[str, int], str]) -> None:
    hidden = "\u200b" * OVERLAP
    for number in range(30):
        assert "defghi" not in cut(f"{hidden[number:]}sent ghp_abcdefghijklmnopqrstuv to{hidden[number:]}", 24)


def test_a_value_is_made_harmless_before_its_secrets_are_looked_for() -> None:
    told = {
        "text": "pass\u200bword=hunter2xyz",
        "api\u200b_key": "x",
        "long": f"to\u00adken=hunter2xyz {'a ' * LONGEST}",
    }
    kept = cleaned(told)
    assert (kept["text"], kept["api_key"]) == (f"password={GONE}", GONE)
    assert kept["long"].startswith(f"token={GONE} a")


def test_a_number_of_a_card_in_an_endless_series_is_taken_out() -> None:
    series = [1.5] * (2 * AT_ONCE)
    assert cleaned(series) == series
    assert cleaned([*series, 4111111111111111])[-1] == GONE


def test_a_value_under_a_secret_name_goes_and_numbers_stay() -> None:
    told = {"labels": {"api_key": "zz", "my pin": 7, "token": 123456}, "tokens_in": 3000, "idempotency_key": "run/x"}
    kept = {"labels": {"api_key": GONE, "my pin": 7, "token": GONE}, "tokens_in": 3000, "idempotency_key": "run/x"}
    assert cleaned(told) == kept
    assert cleaned({"client secret": "zz", "unexpected token": "zz"}) == {
        "client secret": GONE,
        "unexpected token": "zz",
    }


def test_what_cannot_be_checked_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Any:
        raise ValueError("unreadable")

    monkeypatch.setattr(redaction, "known_secrets", fails)
    assert redacted("anything") == WITHHELD
    assert "anything" not in written({"text": "anything"})


def test_json_that_was_cleaned_before_is_written_as_it_stands_beside_the_rest() -> None:
    ready = CleanJson('{"title": "password=[redacted]", "n": [1, null]}')
    text = written({"run": "one", "alert": ready, "why": "password=hunter2xyz"})
    whole = {"run": "one", "why": f"password={GONE}", "alert": {"title": "password=[redacted]", "n": [1, None]}}
    assert json.loads(text) == whole
    assert json.loads(written({"alert": ready})) == {"alert": whole["alert"]}
