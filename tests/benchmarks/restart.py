"""A restart with many open runs: when the first turn is taken, and when every run is looked after again."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from agents.io.clock import VirtualClock
from evals.playing.play import EPOCH
from graphs.engine.scheduler import Runner
from graphs.runtime.dependencies import Dependencies
from graphs.store.database import Store, iso
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


class WatchedStore(Store):
    """Notes when the first turn asks something, and when each wake-up of the start was looked after."""

    def __init__(self, path: Path) -> None:
        self.opened = perf_counter()
        self.started = False
        self.first_turn = 0.0
        self.looked_after: list[tuple[str, float]] = []
        super().__init__(path)

    def many(self, query: str, **values: Any) -> list[dict[str, Any]]:
        if query == "told" and self.started and not self.first_turn:
            self.first_turn = perf_counter() - self.opened
        self.started = self.started or query == "due_wakeups"
        return super().many(query, **values)

    def write(self, query: str, **values: Any) -> int:
        if query == "remove_wakeup":
            self.looked_after.append((values["wakeup_key"], perf_counter() - self.opened))
        return super().write(query, **values)


def one_that_waits(file: Path) -> tuple[str, VirtualClock]:
    """Play a run until it waits for a person, and leave it."""
    clock = VirtualClock(EPOCH)

    async def until_asked() -> str:
        estate = Estate(SCENARIO, 1, clock)
        runner = Runner(Dependencies(Store(file), clock, estate, estate.catalogue, revenue_limit=25_000))
        await runner.start()
        run = runner.receive(estate.alerts[0]).run
        async for event in runner.follow(run):
            if event.kind == "question":
                break
        await clock.sleep(timedelta(seconds=30))
        await runner.stop()
        runner.deps.store.close()
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
    """Open the store, start the runner, and wait until every lane of every run has had its turn."""

    async def look_after_all() -> WatchedStore:
        estate = Estate(SCENARIO, 1, clock)
        store = WatchedStore(file)
        runner = Runner(Dependencies(store, clock, estate, estate.catalogue, revenue_limit=25_000))
        await runner.start()
        for _ in range(60_000):
            if len({tuple(key.split("/")[:2]) for key, _ in store.looked_after}) == 3 * runs:
                break
            await clock.sleep(timedelta(milliseconds=1))
        await runner.stop()
        store.close()
        return store

    store = clock.run(look_after_all)
    order = list(dict.fromkeys(key.split("/")[0] for key, _ in store.looked_after))
    return {
        "runs": runs,
        "seconds_to_first_turn": round(store.first_turn, 3),
        "seconds_until_all_are_looked_after": round(store.looked_after[-1][1], 3),
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
