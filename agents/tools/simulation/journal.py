"""The journal of acts: what was asked of the simulated production, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel

from agents.readings import ActionResult


class Act(BaseModel, frozen=True):
    """One act."""

    at: datetime
    port: str
    arguments: dict[str, str | int]
    key: str
    """Its idempotency key."""
    result: ActionResult

    def of(self, name: str) -> str:
        """One argument as text; empty where the port has no such argument."""
        return str(self.arguments.get(name, ""))


class Journal(Protocol):
    """Acts in the order in which they were done. May live in another process."""

    def acts(self) -> Sequence[Act]: ...

    def add(self, act: Act) -> None: ...


class InMemoryJournal:
    """A journal that lasts as long as its process."""

    def __init__(self) -> None:
        self._acts: list[Act] = []

    def acts(self) -> Sequence[Act]:
        return self._acts

    def add(self, act: Act) -> None:
        self._acts.append(act)
