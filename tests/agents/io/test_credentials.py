"""Credentials: a secret is what it is without the line break behind it, and one that cannot be sent is told so."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.io.clock import VirtualClock
from agents.io.credentials import Unsendable, reveal, sendable
from agents.tools.http_client import HttpApi
from agents.tools.port import Unanswered
from evals.playing.play import EPOCH
from tests.agents.tools.vendor import Answer, Asked, on_loopback


@pytest.mark.parametrize("written", ["s3cret", "s3cret\n", " s3cret\r\n", "s3cret\n\n"])
def test_blanks_around_a_secret_are_not_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("A_TOKEN", written)
    (tmp_path / "token").write_text(written)
    assert reveal("env:A_TOKEN") == reveal(f"file:{tmp_path}/token") == "s3cret"


def test_what_is_no_text_is_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN", "s3cret\udcff")
    (tmp_path / "token").write_bytes(b"s3cret\xff")
    for credential in ("env:A_TOKEN", f"file:{tmp_path}/token"):
        with pytest.raises(OSError, match="is not text in UTF-8"):
            reveal(credential)


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("one two", "its character number 4 is a blank or a line break"),
        ("one\ntwo", "its character number 4 is a blank or a line break"),
        ("one\x00", "its character number 4 is a control character"),
        ("schlüssel", "its character number 5 is none of ASCII"),
        ("one\udcff", "its character number 4 is none of ASCII"),
    ],
)
def test_a_secret_that_cannot_be_sent_says_where_and_not_what(secret: str, said: str) -> None:
    with pytest.raises(Unsendable) as told:
        sendable(secret, "A_TOKEN")
    assert str(told.value) == f"A_TOKEN cannot be sent: {said}"


@given(st.text(st.characters()))
@example("\x7f")
@example("\u00a0")
def test_whatever_is_let_through_can_stand_in_a_header(secret: str) -> None:
    try:
        assert sendable(secret, "it").isascii()
        assert f" {secret} ".isprintable()
        assert len(secret.split()) <= 1
    except Unsendable:
        assert secret  # an empty one is sent as it is


@pytest.mark.parametrize("written", ["ein schlüssel", "one\ntwo", "one\x01", "one\udcff"])
async def test_a_driver_whose_secret_cannot_be_sent_says_so_and_sends_nothing(
    monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    asked: list[Asked] = []

    def answer(request: Asked) -> Answer:
        asked.append(request)
        return Answer(200, {})

    monkeypatch.setenv("A_TOKEN", written)
    with on_loopback(answer) as url, pytest.raises(Unanswered) as unanswered:
        await HttpApi(url, VirtualClock(EPOCH)).with_credential("Bearer", "env:A_TOKEN").get("/x")
    said = unanswered.value.refusal.said
    assert "answered: nothing; it was not sent: " in said
    assert "env:A_TOKEN" in said
    assert written not in said
    assert asked == []
