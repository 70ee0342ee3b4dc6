"""The record: what a data directory and the production's journal hold after all is over."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from warroom import Life

from graphs.transcript.event import Event

MITIGATIONS = ("rollback", "deploy", "scale", "restart", "failover", "fallback", "build_hotfix")


class Deed(NamedTuple):
    """A line of the production's journal."""

    key: str
    port: str
    arguments: dict[str, Any]
    done: bool


class Outcome(NamedTuple):
    """What a run came to, as it must be whether or not anything was killed."""

    severity: str
    cause: str
    component: str
    deeds: list[str]
    """Changes to production, in their order."""


class Run:
    """One run: its transcript and what the production saw of it."""

    def __init__(self, name: str, events: list[Event], deeds: list[Deed]) -> None:
        self.name, self.events, self.deeds = name, events, deeds

    def of(self, *kinds: str) -> list[Event]:
        return [event for event in self.events if event.kind in kinds]

    def at(self, moment: datetime, kind: str) -> Event | None:
        """The last event of a kind up to a moment."""
        return next((event for event in reversed(self.of(kind)) if event.at <= moment), None)

    @property
    def is_closed(self) -> bool:
        return bool(self.of("closed"))

    @cached_property
    def outcome(self) -> Outcome:
        severities = self.of("classification")
        conclusions = [event.payload["conclusion"] for event in self.of("conclusion")]
        last: dict[str, Any] = conclusions[-1] if conclusions else {}
        changes = [deed for deed in self.deeds if deed.port in MITIGATIONS]
        return Outcome(
            severities[-1].payload["severity"] if severities else "",
            str(last.get("cause")),
            str(last.get("component")),
            [f"{d.port} {json.dumps(d.arguments, sort_keys=True)}: {d.done}" for d in changes],
        )


def runs(life: Life) -> dict[int, Run]:
    """The runs of a data directory by the number of their play."""
    deeds = _deeds(life.folder / "journal", life.name)
    with sqlite3.connect(life.database()) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute("SELECT id, dedup_key FROM runs ORDER BY received_at").fetchall()
        plays = {row["id"]: int(json.loads(row["dedup_key"])[-1].rpartition(" ")[2]) for row in rows}
        found = {play: Run(run, _events(connection, run), deeds[run]) for run, play in plays.items()}
    connection.close()
    return found


def _events(connection: sqlite3.Connection, run: str) -> list[Event]:
    rows = connection.execute("SELECT * FROM events WHERE run = ? ORDER BY seq", (run,)).fetchall()
    return [_event(dict(row)) for row in rows]


def _event(row: dict[str, Any]) -> Event:
    parsed = {"rows": json.loads(row["rows"]), "payload": json.loads(row["payload"]), "key": row["event_key"]}
    return Event.model_validate({**row, **parsed})


def _deeds(journal: Path, house: str) -> defaultdict[str, list[Deed]]:
    """What was done, by run: the key that Warroom gave begins with it."""
    found: defaultdict[str, list[Deed]] = defaultdict(list)
    # The last line may be half written: the production lives on while this house is judged.
    for line in journal.read_bytes().split(b"\n")[:-1] if journal.exists() else []:
        act = json.loads(line)
        if act["play"].partition("/")[0] == house:
            deed = Deed(act["key"], act["port"], act["arguments"], act["result"]["done"])
            found[deed.key.partition("/")[0]].append(deed)
    return found


def each_number(life: Life, of: Callable[[Run], Any]) -> dict[int, Any]:
    """Something about each run, by the number of its play."""
    return {number: of(run) for number, run in runs(life).items()}
