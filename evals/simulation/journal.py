"""The journal of acts: what was asked of the simulated production, and what came of it."""

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel

from agents.readings.production import ActionResult

OUTGOING_PORTS = ("open_channel", "notify", "publish_status", "send_brief", "add_to_backlog")
"""They tell people something, and change nothing that can be measured."""


class JournalEntry(BaseModel, frozen=True):
    """One act."""

    at: datetime
    port: str
    arguments: dict[str, str | int | list[str]]
    key: str
    """Its idempotency key."""
    result: ActionResult

    @property
    def changes_production(self) -> bool:
        return self.result.done and self.port not in OUTGOING_PORTS

    def of(self, name: str) -> str:
        """One argument as text; empty where the port has no such argument."""
        return str(self.arguments.get(name, ""))


class Journal(Protocol):
    """Acts in the order in which they were done. May live in another process."""

    def acts(self) -> Sequence[JournalEntry]: ...

    def add(self, act: JournalEntry) -> None: ...


class InMemoryJournal:
    """A journal that lasts as long as its process."""

    def __init__(self) -> None:
        self._acts: list[JournalEntry] = []

    def acts(self) -> Sequence[JournalEntry]:
        return self._acts

    def add(self, act: JournalEntry) -> None:
        self._acts.append(act)


class FileJournal:
    """A journal that outlives its process: the time at which its world began, then a line per act, on disk at once."""

    def __init__(self, file: Path, began: datetime) -> None:
        """Go on with the journal in a file, or begin one. A last line that a crash cut off never happened."""
        self._file = file
        lines = file.read_bytes().split(b"\n")[:-1] if file.exists() else []
        self.began = datetime.fromisoformat(json.loads(lines[0])["began"]) if lines else began
        self._acts = [JournalEntry.model_validate_json(line) for line in lines[1:]]
        with file.open("ab") as kept:
            kept.truncate(sum(len(line) + 1 for line in lines))
        if not lines:
            self._append(json.dumps({"began": began.isoformat()}))

    def acts(self) -> Sequence[JournalEntry]:
        return self._acts

    def add(self, act: JournalEntry) -> None:
        self._append(act.model_dump_json())
        self._acts.append(act)

    def _append(self, line: str) -> None:
        with self._file.open("a", encoding="utf-8") as kept:
            kept.write(f"{line}\n")
            kept.flush()
            os.fsync(kept.fileno())
