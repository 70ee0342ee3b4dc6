"""Adapters: an alert sender's body -> our own alerts. One file per sender; a new one is a file and a line here."""

from collections.abc import Callable, Mapping
from typing import Any

from api.adapters import alertmanager, warroom
from api.adapters.inbox import Inbox

Adapter = Callable[[Mapping[str, Any]], Inbox]

ADAPTERS: dict[str, Adapter] = {
    "alertmanager": alertmanager.read,
    "warroom": warroom.read,
}
"""The last part of `/v1/alerts/{source}` -> who reads it."""


class UnknownSource(LookupError):
    """Nobody here reads alerts of that sender."""


def read(source: str, body: Mapping[str, Any]) -> Inbox:
    """Read a sender's body. Raises UnknownSource and UnusableAlert."""
    if source not in ADAPTERS:
        raise UnknownSource(source)
    return ADAPTERS[source](body)
