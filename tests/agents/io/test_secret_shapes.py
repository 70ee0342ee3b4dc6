"""Private keys are found, whole, cut short and in parts."""

import base64
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from agents.io import secret_shapes
from agents.io.redaction import GONE, cleaned, redacted

LUCK = random.Random(3)
BEGINNINGS = {
    "RSA PRIVATE KEY": bytes.fromhex("308204a40201000282010100"),
    "PRIVATE KEY": bytes.fromhex("308204be020100300d06092a864886f70d0101010500048204a8"),
    "EC PRIVATE KEY": bytes.fromhex("30770201010420"),
    "ENCRYPTED PRIVATE KEY": bytes.fromhex("308204fe302806092a864886f70d010c0103301a0414"),
    "OPENSSH PRIVATE KEY": b"openssh-key-v1\0\0\0\0\4none",
    "PGP PRIVATE KEY BLOCK": bytes.fromhex("95039804690a00de"),
    "DSA PRIVATE KEY": bytes.fromhex("308201bb02010002818100"),
}
"""Kind of key -> the bytes that one begins with."""


def key(kind: str, first: bytes) -> list[str]:
    """A key's lines."""
    written = base64.b64encode(first + LUCK.randbytes(600)).decode()
    lines = [written[at : at + 64] for at in range(0, len(written), 64)]
    return [f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----"]


KEYS = {kind: key(kind, first) for kind, first in BEGINNINGS.items()}
WHOLE: dict[str, Callable[[list[str]], str]] = {
    "as it is": "\n".join,
    "with the other line ends": "\r\n".join,
    "on one line": " ".join,
    "escaped": lambda lines: json.dumps("\n".join(lines)),
    "as a list in a text": json.dumps,
    "in an address": lambda lines: "?key=" + "%0A".join(lines).replace(" ", "%20"),
    "without its end": lambda lines: "\n".join(lines[:-1]),
    "without its beginning": lambda lines: "\n".join(lines[1:]),
    "without either": lambda lines: "\n".join(lines[1:-1]),
    "cut in a line": lambda lines: "\n".join(lines)[:300],
    "indented": lambda lines: "\n    ".join(["key: |", *lines]),
}
PARTS: dict[str, Callable[[list[str]], Any]] = {
    "title and description": lambda lines: {"title": lines[0], "description": "\n".join(lines[1:])},
    "description and title": lambda lines: {"description": "\n".join(lines[1:]), "title": lines[0]},
    "half and half": lambda lines: {"a": "\n".join(lines[:5]), "b": "in between", "c": "\n".join(lines[5:])},
    "a list of lines": lambda lines: lines,
    "lines of a log": lambda lines: [{"at": "03:00", "level": "error", "line": line} for line in lines],
    "lines with a time": lambda lines: [f"2026-03-03 03:16:22 ERROR {line}" for line in lines],
    "fields in any order": lambda lines: {"rest": "\n".join(lines[4:-1]), "x": "-", "first": "\n".join(lines[:4])},
    "labels": lambda lines: {"labels": {f"line{number}": line for number, line in enumerate(lines)}},
}


def seen(lines: list[str], text: str) -> list[str]:
    return [line for line in lines[1:-1] if line in text]


@pytest.mark.parametrize("form", WHOLE)
@pytest.mark.parametrize("kind", KEYS)
def test_no_line_of_a_key_is_left(kind: str, form: str) -> None:
    text = redacted(f"before\n{WHOLE[form](KEYS[kind])}")
    assert seen(KEYS[kind], text) == []
    assert text.startswith("before")
    assert GONE in text


@pytest.mark.parametrize("form", PARTS)
@pytest.mark.parametrize("kind", KEYS)
def test_no_line_of_a_key_in_parts_is_left(kind: str, form: str) -> None:
    told = PARTS[form](KEYS[kind])
    assert seen(KEYS[kind], json.dumps(told))
    assert seen(KEYS[kind], json.dumps(cleaned(told))) == []


def test_a_key_of_another_program_is_taken_out() -> None:
    lines = KEYS["RSA PRIVATE KEY"][1:-1]
    putty = ["PuTTY-User-Key-File-3: ssh-rsa", "Private-Lines: 13", *lines, "Private-MAC: 0123abcd"]
    assert redacted("\n".join(["here:", *putty, "there"])) == f"here:\n{GONE}\nthere"
    old = ["Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,00", "", *lines[::-1]]
    assert seen(["", *lines, ""], redacted("\n".join(old))) == []
    in_base64 = base64.b64encode("\n".join(KEYS["PRIVATE KEY"]).encode()).decode()
    assert redacted(f"tls.key: {in_base64} tls.crt") == f"tls.key: {GONE} tls.crt"


def test_words_around_a_key_stay() -> None:
    block = "\n".join(KEYS["PRIVATE KEY"])
    assert redacted(f"one {block} two {block} three") == f"one{GONE}two{GONE}three"
    told = cleaned({"host": "web-1", "log": [block, "nginx is down"], "fingerprint": "0123456789abcdef" * 4})
    assert told == {"host": "web-1", "log": [GONE, "nginx is down"], "fingerprint": "0123456789abcdef" * 4}


@pytest.mark.parametrize("kind", ["CERTIFICATE", "PUBLIC KEY", "CERTIFICATE REQUEST"])
def test_what_is_public_stays(kind: str) -> None:
    written = base64.b64encode(bytes.fromhex("308202f9308201e1a003020102021400") + LUCK.randbytes(300)).decode()
    text = f"-----BEGIN {kind}-----\n{written}\n-----END {kind}-----"
    assert redacted(text) == text
    in_base64 = base64.b64encode(text.encode()).decode()
    assert redacted(in_base64) == in_base64


def test_a_key_that_was_begun_hides_what_is_near_and_no_more() -> None:
    looks_like_a_part = "Ab3" * 10
    lines = ["-----BEGIN PRIVATE KEY-----", "checkout", "the pool is full", looks_like_a_part, "ServiceUnavailable"]
    assert cleaned(lines) == [GONE, "checkout", "the pool is full", GONE, "ServiceUnavailable"]
    far = ["-----BEGIN PRIVATE KEY-----", *["a word"] * secret_shapes.NEAR, looks_like_a_part]
    assert cleaned(far)[-1] == looks_like_a_part


def test_the_lines_before_an_end_are_looked_at_once() -> None:
    """Each END looks back only as far as the one before it."""
    text = ("x" * 50 + " -----END PRIVATE KEY-----") * 1000
    looked_at = 0

    class Counted:
        def finditer(self, text: str, start: int, end: int) -> Any:
            nonlocal looked_at
            looked_at += end - start
            return standing.finditer(text, start, end)

    standing = secret_shapes.TOKEN
    secret_shapes.TOKEN = Counted()  # type: ignore[assignment]
    try:
        redacted(text)
    finally:
        secret_shapes.TOKEN = standing
    assert 0 < looked_at <= len(text)
