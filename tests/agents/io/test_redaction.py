"""Redaction: secrets leave no trace, ordinary words stay, and what cannot be checked is withheld."""

from typing import Any

import pytest

from agents.io import redaction
from agents.io.redaction import GONE, WITHHELD, cleaned, redacted, written


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("password=hunter2xyz now", "hunter2xyz"),
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
    ],
)
def test_a_secret_is_taken_out(text: str, secret: str) -> None:
    assert secret not in redacted(text)
    assert GONE in redacted(text)


@pytest.mark.parametrize("text", ["tokens: 100", "unexpected token <n>", "sign-in 5.19.0 at 03:16", "token: none"])
def test_ordinary_words_stay(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize("bit", ["a-", "eyJaaaaaaaa-", "://a:", "password ", "token", "-----BEGIN ", "sk_"])
def test_a_long_text_is_read_in_one_go(bit: str) -> None:
    """Where a pattern began again at every word, this took hours."""
    assert len(redacted(bit * 200_000)) > 0


def test_a_value_under_a_secret_name_goes_and_numbers_stay() -> None:
    told = {"labels": {"api_key": "zz"}, "tokens_in": 3, "idempotency_key": "run/x"}
    assert cleaned(told) == {"labels": {"api_key": GONE}, "tokens_in": 3, "idempotency_key": "run/x"}


def test_what_cannot_be_checked_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Any:
        raise ValueError("unreadable")

    monkeypatch.setattr(redaction, "known_secrets", fails)
    assert redacted("anything") == WITHHELD
    assert "anything" not in written({"text": "anything"})
