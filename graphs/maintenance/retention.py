"""Forgetting: a closed run's words are taken out of the store, all in one transaction; that it was, stays."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from agents.io.clock import Clock
from graphs.intake.alerts import UnknownRun
from graphs.store.database import Store, iso
from graphs.store.faults import StoreError
from graphs.transcript.event import events_of

TABLES = ("outbox", "wakeups", "questions", "alarms", "events")
"""Of ours that hold something of a run, in an order that breaks no reference."""
CHECKPOINTS = ("checkpoints", "writes")
"""Of LangGraph's; a thread of theirs is a lane of a run."""
EVERY = timedelta(hours=1)
AT_ONCE = 20
"""Runs that are forgotten in one go, so that the others are not held up."""
log = logging.getLogger("warroom")


class RunIsOpen(Exception):
    """The run is not closed: close or cancel it first, then it can be forgotten."""


class Forgotten(NamedTuple):
    """What became of what a run held."""

    run: str
    events: int
    files: list[Path]
    """Pictures that were deleted."""
    left: list[Path]
    """Pictures outside the data directory, which are yours to delete."""


def forget(store: Store, run: str, by: str, now: datetime, data: Path | None = None) -> Forgotten:
    """Forget a closed run for good; a tombstone stays. Raises UnknownRun, RunIsOpen."""
    store.connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten, not only let go of
    with store.transaction():
        row = store.one("run_to_forget", run=run)
        if row is None:
            raise UnknownRun(run)
        if row["is_open"]:
            raise RunIsOpen(f"{RunIsOpen.__doc__} ({run})")
        pictures, deliveries = list(_pictures(store, run)), list(_deliveries(store, run))
        events = [store.write(f"forget_{table}", run=run) for table in TABLES][-1]
        for ref in deliveries:
            store.write("forget_delivery_pieces", ref=ref)
            store.write("forget_delivery", ref=ref)
        _forget_checkpoints(store, run)
        store.write("forget_run", run=run)
        marks = {"received_at": row["received_at"], "forgotten_at": iso(now), "forgotten_by": by}
        store.write("add_tombstone", run=run, **marks)
    inside = [file for file in pictures if data and file.resolve().is_relative_to(data.resolve())]
    for file in inside:
        file.unlink(missing_ok=True)
    return Forgotten(run, events, inside, [file for file in pictures if file not in inside])


def _forget_checkpoints(store: Store, run: str) -> None:
    """LangGraph makes its tables when the first graph runs."""
    made = {row[0] for row in store.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in CHECKPOINTS:
        if table in made:
            store.connection.execute(
                f"DELETE FROM {table} WHERE thread_id LIKE ? ESCAPE '\\'",  # noqa: S608 - one of two names of ours
                (run.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%") + "/%",),
            )


def _pictures(store: Store, run: str) -> Iterator[Path]:
    for event in events_of(store, run, "tool_result"):
        if event.payload["tool"] == "screenshot" and event.payload.get("value"):
            yield Path(event.payload["value"]["file"])


def _deliveries(store: Store, run: str) -> Iterator[str]:
    """The bodies that its alerts came in, also where another run's alerts came with them."""
    refs = (event.payload["alert"]["raw_ref"] for event in events_of(store, run, "alert"))
    return (ref for ref in refs if ref)


@asynccontextmanager
async def keeping(store: Store, clock: Clock, days: float | None, data: Path | None = None) -> AsyncGenerator[None]:
    """Forget closed runs after so many days while the block runs; None keeps them for ever."""
    tending = asyncio.create_task(_tend(store, clock, timedelta(days=days), data)) if days is not None else None
    try:
        yield
    finally:
        if tending:
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)


async def _tend(store: Store, clock: Clock, keep: timedelta, data: Path | None) -> None:
    while True:
        try:
            more = forget_old(store, clock.now(), keep, data)
        except (StoreError, OSError):
            log.exception("old runs cannot be forgotten; trying again in %s", EVERY)
            more = 0
        await clock.sleep(timedelta(seconds=1) if more == AT_ONCE else EVERY)


def forget_old(store: Store, now: datetime, keep: timedelta, data: Path | None = None) -> int:
    """Forget some of the runs that were closed longer ago than they are kept; gives how many."""
    before = iso(now - keep)
    old = store.many("runs_closed_before", before=before, most=AT_ONCE)
    for row in old:
        forget(store, row["id"], "retention", now, data)
    with store.transaction():
        store.write("forget_pieces_before", before=before)
        store.write("forget_deliveries_before", before=before)
    return len(old)
