"""A restart with many open runs: when the first turn is taken, and when every run is looked after again."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from agents.io.clock import VirtualClock
from evals.playing.play import EPOCH
from graphs.intake.incident_service import IncidentService
from graphs.runtime.dependencies import Dependencies
from graphs.store.database import Database, iso
from graphs.store.events import EventRepository, EventRow
from graphs.store.store import Store
from graphs.store.wakeups import WakeupRepository, WakeupRow
from tests.benchmarks.estate import Estate

SCENARIO = "first_light"
SIZES = (10, 100, 1000)
OVERDUE_SHARE = 10
"""One run in so many has a wake-up that is overdue."""
TABLES = {
    "runs": ("id",),
    "events": ("run", "payload"),
    "wakeups": ("wakeup_key", "run"),
    "questions": ("run", "question"),
    "checkpoints": ("thread_id", "checkpoint", "metadata"),
    "writes": ("thread_id", "value"),
}
"""Table -> columns in which a run's id stands."""


class WatchedWakeups(WakeupRepository):
    """Notes when the scheduler first looked, and when each wake-up of the start was looked after."""

    def __init__(self, database: Database, opened: float) -> None:
        super().__init__(database)
        self.opened = opened
        self.started = False
        self.looked_after: list[tuple[str, float]] = []

    def due(self, now: datetime) -> list[WakeupRow]:
        self.started = True
        return super().due(now)

    def remove(self, keys: Iterable[str]) -> None:
        passed = perf_counter() - self.opened
        removed = list(keys)
        self.looked_after += [(key, passed) for key in removed]
        super().remove(removed)


class WatchedEvents(EventRepository):
    """Notes when the first turn asks something."""

    def __init__(self, database: Database, wakeups: WatchedWakeups) -> None:
        super().__init__(database)
        self._wakeups = wakeups
        self.first_turn = 0.0

    def after(self, run: str, seq: int, most: int = -1) -> list[EventRow]:
        if self._wakeups.started and not self.first_turn:
            self.first_turn = perf_counter() - self._wakeups.opened
        return super().after(run, seq, most)


class WatchedStore(Store):
    """Notes when the first turn asks something, and when each wake-up of the start was looked after."""

    def __init__(self, path: Path) -> None:
        opened = perf_counter()
        super().__init__(path)
        self.wakeups = self.watched_wakeups = WatchedWakeups(self.database, opened)
        self.events = self.watched_events = WatchedEvents(self.database, self.watched_wakeups)


def one_that_waits(file: Path) -> tuple[str, VirtualClock]:
    """Play a run until it waits for a person, and leave it."""
    clock = VirtualClock(EPOCH)

    async def until_asked() -> str:
        estate = Estate(SCENARIO, 1, clock)
        incidents = IncidentService(Dependencies(Store(file), clock, estate, estate.catalogue, revenue_limit=25_000))
        await incidents.start()
        run = incidents.alerts.receive(estate.alerts[0]).run
        async for event in incidents.follow(run):
            if event.kind == "question":
                break
        await clock.sleep(timedelta(seconds=30))
        await incidents.stop()
        incidents.close()
        return run

    return clock.run(until_asked), clock


def multiply(file: Path, run: str, runs: int) -> None:
    """Make as many runs of the one: ids are of one length, so that they can be replaced within checkpoints."""
    with closing(sqlite3.connect(file)) as connection, connection:
        for table, columns in TABLES.items():
            cursor = connection.execute(f"SELECT * FROM {table}")
            names, rows = [column[0] for column in cursor.description], cursor.fetchall()
            marks = ", ".join("?" * len(names))
            for number in range(1, runs):
                other = f"{run[:-6]}{number:06d}"
                copies = [
                    [
                        _renamed(value, run, other) if name in columns else value
                        for name, value in zip(names, row, strict=True)
                    ]
                    for row in rows
                ]
                connection.executemany(f"INSERT INTO {table} VALUES ({marks})", copies)


def _renamed(value: Any, run: str, other: str) -> Any:
    if isinstance(value, str):
        return value.replace(run, other)
    return value.replace(run.encode(), other.encode()) if isinstance(value, bytes) else value


def make_overdue(file: Path, moment: str) -> set[str]:
    """Let one run in ten have a wake-up that should have come before, and all others none: the worst that can be."""
    with closing(sqlite3.connect(file)) as connection, connection:
        ids = [row[0] for row in connection.execute("SELECT id FROM runs ORDER BY id")]
        late = set(ids[::OVERDUE_SHARE])
        for run in late:
            connection.execute("UPDATE wakeups SET not_before = ? WHERE run = ? AND lane = 'main'", (moment, run))
        connection.execute("DELETE FROM wakeups WHERE not_before <> ?", (moment,))
    return late


def restart(file: Path, clock: VirtualClock, late: set[str], runs: int) -> dict[str, Any]:
    """Open the store, start the service, and wait until every lane of every run has had its turn."""

    async def look_after_all() -> WatchedStore:
        estate = Estate(SCENARIO, 1, clock)
        store = WatchedStore(file)
        incidents = IncidentService(Dependencies(store, clock, estate, estate.catalogue, revenue_limit=25_000))
        await incidents.start()
        for _ in range(60_000):
            if len({tuple(key.split("/")[:2]) for key, _ in store.watched_wakeups.looked_after}) == 3 * runs:
                break
            await clock.sleep(timedelta(milliseconds=1))
        await incidents.stop()
        store.close()
        return store

    store = clock.run(look_after_all)
    order = list(dict.fromkeys(key.split("/")[0] for key, _ in store.watched_wakeups.looked_after))
    return {
        "runs": runs,
        "seconds_to_first_turn": round(store.watched_events.first_turn, 3),
        "seconds_until_all_are_looked_after": round(store.watched_wakeups.looked_after[-1][1], 3),
        "overdue_first": set(order[: len(late)]) == late,
    }


def restarts(sizes: tuple[int, ...] = SIZES) -> list[dict[str, Any]]:
    """All sizes; the run that is multiplied waits for an approval, with two lanes beside it."""
    with TemporaryDirectory() as folder:
        one = Path(folder) / "one.sqlite"
        run, clock = one_that_waits(one)
        return [_measured(one, run, clock, runs) for runs in sizes]


def _measured(one: Path, run: str, before: VirtualClock, runs: int) -> dict[str, Any]:
    file = one.with_name(f"{runs}.sqlite")
    copyfile(one, file)
    multiply(file, run, runs)
    late = make_overdue(file, iso(EPOCH))
    return restart(file, VirtualClock(before.now() + timedelta(seconds=10)), late, runs)
