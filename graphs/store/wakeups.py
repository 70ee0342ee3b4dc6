"""Wake-ups: which workflow of which run is to go on, and not before when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from graphs.store.database import Database, Row, iso, time_or_none


@dataclass(frozen=True)
class WorkflowOfRun:
    """One of the workflows of a run: the main one, or one beside it."""

    run: str
    lane: str


@dataclass(frozen=True)
class WakeupRow:
    """A wake-up of a workflow."""

    key: str
    run: str
    lane: str
    reason: str
    not_before: datetime


def _wakeup(row: Row) -> WakeupRow:
    return WakeupRow(
        key=row["wakeup_key"],
        run=row["run"],
        lane=row["lane"],
        reason=row["reason"],
        not_before=datetime.fromisoformat(row["not_before"]),
    )


class WakeupRepository:
    """The wake-ups of all runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, run: str, lane: str, reason: str, not_before: datetime, unless_event: str = "") -> None:
        """Add a wake-up, once per run, workflow and reason; not where the run has an event under the key given."""
        key = f"{run}/{lane}/{reason}"
        names = {"run": run, "lane": lane, "reason": reason, "unless_event": unless_event}
        self._database.write_later("add_wakeup", wakeup_key=key, **names, not_before=iso(not_before))

    def due(self, now: datetime) -> list[WakeupRow]:
        """The wake-ups whose time has come, longest ago first."""
        return [_wakeup(row) for row in self._database.many("due_wakeups", now=iso(now))]

    def due_of(self, run: str, lane: str, now: datetime) -> list[WakeupRow]:
        """Those of one workflow."""
        return [_wakeup(row) for row in self._database.many("due_wakeups_of", run=run, lane=lane, now=iso(now))]

    def next_after(self, now: datetime) -> datetime | None:
        """The time of the first wake-up that is still to come."""
        row = self._database.one("next_wakeup", now=iso(now))
        return time_or_none(row["not_before"]) if row else None

    def earliest(self) -> datetime | None:
        """The time of the earliest wake-up, due or not."""
        row = self._database.one("earliest_wakeup")
        return time_or_none(row["not_before"]) if row else None

    def missing(self) -> list[WorkflowOfRun]:
        """The workflows of open runs that are not done and have no wake-up."""
        return [WorkflowOfRun(row["run"], row["lane"]) for row in self._database.many("workflows_without_wakeup")]

    def remove(self, keys: Iterable[str]) -> None:
        """Remove wake-ups that have been acted on."""
        for key in keys:
            self._database.write_later("remove_wakeup", wakeup_key=key)

    def put_off(self, keys: Iterable[str], until: datetime) -> None:
        """Let wake-ups be due later."""
        for key in keys:
            self._database.write_later("put_off_wakeup", wakeup_key=key, not_before=iso(until))

    def delete_of_run(self, run: str) -> None:
        """Delete every wake-up of a run."""
        self._database.write("delete_wakeups", run=run)
