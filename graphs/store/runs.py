"""Runs: which there are, which are open, their place in the queue of a storm, and the tombstones of deleted ones."""

from dataclasses import dataclass
from datetime import datetime

from agents.runtime.briefing import Alert
from graphs.store.alerts import read_alert
from graphs.store.database import Database, Row, iso


@dataclass(frozen=True)
class NewRun:
    """A run to be added."""

    id: str
    received_at: datetime
    alert: Alert
    """That started it."""
    dedup_key: str


@dataclass(frozen=True)
class RunState:
    """Since when a run is there, and whether it is open."""

    id: str
    received_at: datetime
    is_open: bool


@dataclass(frozen=True)
class RunAlert:
    """A run, and the alert that started it."""

    run: str
    alert: Alert


@dataclass(frozen=True)
class StormSize:
    """How many runs belong to a storm, and how many of them still wait in its queue or were closed unseen."""

    runs: int
    queued: int
    unseen: int


@dataclass(frozen=True)
class QueuedRun:
    """What there is of a run that waits in the queue of a storm."""

    last_alert: str
    """The key of the last event that tells of an alert."""
    firing: int
    """How many of its alerts fire."""


@dataclass(frozen=True)
class Tombstone:
    """What is kept of a deleted run."""

    run: str
    received_at: datetime
    forgotten_at: datetime
    forgotten_by: str


def _run_alert(row: Row) -> RunAlert:
    return RunAlert(row["id"], read_alert(row["alert"]))


class RunRepository:
    """The runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, run: NewRun) -> None:
        """Add an open run."""
        self._database.write_later(
            "add_run",
            id=run.id,
            received_at=iso(run.received_at),
            alert=run.alert.model_dump_json(),
            dedup_key=run.dedup_key,
        )

    def close(self, run: str) -> None:
        """Note that a run is not open any more."""
        self._database.write_later("close_run", id=run)

    def note_unseen(self, run: str) -> None:
        """Note that a run is closed without anybody having looked at it."""
        self._database.write("note_unseen", id=run)

    def exists(self, run: str) -> bool:
        """Whether there is such a run."""
        return self._database.one("run_exists", id=run) is not None

    def find(self, run: str) -> RunState | None:
        """Find out whether a run is there, and open."""
        row = self._database.one("run_state", id=run)
        return RunState(row["id"], datetime.fromisoformat(row["received_at"]), bool(row["is_open"])) if row else None

    def is_empty(self) -> bool:
        """Whether there is no run at all."""
        return not self.newest(1)

    def newest(self, most: int) -> list[str]:
        """The newest runs, newest first."""
        return self._ids("run_ids", most=most)

    def older_than(self, run: str, most: int, only_unseen: bool = False) -> list[str]:
        """Runs older than one of them, newest first; where that is empty, the newest of all."""
        return self._ids("runs_before", before=run, most=most, unseen=int(only_unseen))

    def open_runs(self) -> list[str]:
        """Every open run, oldest first."""
        return self._ids("open_run_ids")

    def search_open(self, text: str, most: int) -> list[str]:
        """Open runs in whose first alert a text stands, newest first; those in a storm's queue come last."""
        return self._ids("search_open", like=_pattern(text), most=most)

    def search_ended(self, text: str, older_than: str, most: int, only_unseen: bool = False) -> list[str]:
        """Ended runs in whose first alert a text stands, newest first; older than a run where one is named."""
        return self._ids("search_ended", like=_pattern(text), before=older_than, most=most, unseen=int(only_unseen))

    def published_since(self, since: datetime, most: int) -> list[str]:
        """Runs of which the public status page was told, newest first."""
        return self._ids("published_runs", since=iso(since), most=most)

    def closed_before(self, moment: datetime, most: int) -> list[str]:
        """Runs that were closed before a time, longest ago first."""
        return self._ids("runs_closed_before", before=iso(moment), most=most)

    def nothing_will_wake(self) -> list[str]:
        """Open runs that have no wake-up and wait for no answer."""
        return self._ids("runs_nothing_will_wake")

    def begun_since(self, since: datetime, most: int) -> int:
        """Count the runs that began since a time, up to a number."""
        return self._count("runs_begun_since", since=iso(since), most=most)

    def not_begun_since(self, since: datetime) -> list[RunAlert]:
        """Open runs that came since a time, wait in no queue, and in which no work has begun."""
        return [_run_alert(row) for row in self._database.many("not_begun_since", since=iso(since))]

    def enqueue(self, run: str, parent: str, rank: int) -> None:
        """Put a run into the queue of a storm; the lowest rank is released first."""
        self._database.write_later("queue_run", id=run, parent=parent, rank=rank)

    def release(self, run: str) -> None:
        """Take a run out of the queue."""
        self._database.write_later("release_run", id=run)

    def is_queued(self, run: str) -> bool:
        """Whether a run waits in the queue of a storm."""
        row = self._database.one("queue_place", id=run)
        return bool(row and row["queued"])

    def queued(self, run: str) -> QueuedRun | None:
        """A run that waits in the queue of a storm; None where it does not."""
        row = self._database.one("queued_run", id=run)
        return QueuedRun(row["last_alert"] or "", row["firing"]) if row else None

    def next_in_queue(self, most: int) -> list[str]:
        """The runs that are released next."""
        return self._ids("next_in_queue", most=most)

    def queue_length(self) -> int:
        """How many runs wait in the queue."""
        return self._count("queue_length")

    def investigated_from_queue(self) -> int:
        """How many runs that were released from the queue are being investigated."""
        return self._count("investigated_from_queue")

    def unseen(self) -> int:
        """How many runs were closed unseen."""
        return self._count("unseen_runs")

    def storm_size(self, parent: str) -> StormSize:
        """How many runs belong to a storm."""
        row = self._database.one("storm_size", parent=parent)
        return StormSize(row["runs"], row["queued"], row["unseen"]) if row else StormSize(0, 0, 0)

    def of_storm(self, parent: str, most: int) -> list[RunAlert]:
        """Some of the runs that belong to a storm, those that are in work first."""
        return [_run_alert(row) for row in self._database.many("runs_of_storm", parent=parent, most=most)]

    def delete(self, run: str) -> None:
        """Delete a run's row. What belongs to it must be deleted before."""
        self._database.write("delete_run", id=run)

    def add_tombstone(self, tombstone: Tombstone) -> None:
        """Keep the fact that there was a run."""
        self._database.write(
            "add_tombstone",
            run=tombstone.run,
            received_at=iso(tombstone.received_at),
            forgotten_at=iso(tombstone.forgotten_at),
            forgotten_by=tombstone.forgotten_by,
        )

    def tombstone(self, run: str) -> Tombstone | None:
        """Find what is kept of a deleted run."""
        row = self._database.one("tombstone", run=run)
        if row is None:
            return None
        received_at, forgotten_at = map(datetime.fromisoformat, (row["received_at"], row["forgotten_at"]))
        return Tombstone(row["run"], received_at, forgotten_at, row["forgotten_by"])

    def _ids(self, query: str, **values: object) -> list[str]:
        return [row["id"] for row in self._database.many(query, **values)]

    def _count(self, query: str, **values: object) -> int:
        row = self._database.one(query, **values)
        return row["runs"] if row else 0


def _pattern(text: str) -> str:
    """What SQL looks for in an alert's words: a text, wherever it stands, in whatever case."""
    escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
