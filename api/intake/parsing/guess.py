"""Guesses: the title of an alert where no field is named like one."""

from collections.abc import Iterator
from typing import Any, cast

from api.intake.parsing import reading
from api.intake.parsing.status_words import STATUS_WORDS, is_envelope_word, plain

MOST_LOOKED_AT = 2_000
"""Fields of a body that are looked at for want of a better title."""


def title(told: Any) -> str:
    """The most likely title: the first text that says something, else the first text, else the first number."""
    texts = list(_texts(told))
    says_most = next((text for text in texts if says_what(text) and not is_envelope_word(text)), "")
    return says_most or next(filter(says_what, texts), "") or next(iter(texts), "") or next(_numbers(told), "")


def says_what(text: str) -> bool:
    """Whether a text can be what happened: no status, no time, no address."""
    return plain(text) not in STATUS_WORDS and not reading.moment(text) and not text.startswith("http")


def _texts(told: Any) -> Iterator[str]:
    return (said for _, content in _scalars(told) if isinstance(content, str) and (said := reading.text(content)))


def _numbers(told: Any) -> Iterator[str]:
    return (f"{name}: {reading.text(content)}" for name, content in _scalars(told) if reading.text(content))


def _scalars(told: Any) -> Iterator[tuple[str, Any]]:
    """Names and contents, the outer ones first."""
    level: list[tuple[str, Any]] = [("", told)]
    seen = 0
    while level and seen < MOST_LOOKED_AT:
        inner: list[tuple[str, Any]] = []
        for name, content in level[:MOST_LOOKED_AT]:
            seen += 1
            if isinstance(content, dict):
                inner += list(cast(dict[str, Any], content).items())
            elif isinstance(content, list):
                inner += [(name, each) for each in cast(list[Any], content)[:MOST_LOOKED_AT]]
            else:
                yield name, content
        level = inner
