"""Guesses: what an alert says where nobody told us which field says it."""

from collections.abc import Iterator
from typing import Any, cast

from api.intake.parsing import reading
from api.intake.parsing.table import STATUS_WORDS, plain

MOST_LOOKED_AT = 2_000
"""Fields of a body that are looked at for want of a better title."""
TITLES = (
    *("title", "summary", "subject", "alertname", "alert_name", "headline", "message", "name", "event_title"),
    *("alert", "alert.title", "alert.name", "event", "event.title", "incident.title", "incident.name", "incident"),
    *("data.title", "data.summary", "data.message", "data.name", "payload.summary", "labels.alertname"),
    *("text", "msg", "description", "reason", "detail", "details", "check", "check_name", "monitor", "rule", "host"),
)


def title(told: Any) -> str:
    """The most likely title: a field that is named like one, else the first text, else the first number by its name."""
    named = reading.first(told, TITLES)
    return named or next(filter(_says_what, _texts(told)), "") or next(_texts(told), "") or next(_numbers(told), "")


def _says_what(said: str) -> bool:
    """Whether a text can be what happened: no status, no time, no address."""
    return plain(said) not in STATUS_WORDS and not reading.moment(said) and not said.startswith("http")


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
