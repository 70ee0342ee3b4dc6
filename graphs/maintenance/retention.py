"""A data directory without a service: its file is looked into, and all that a closed run holds is deleted for good."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import datetime, timedelta
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

from agents.io.clock import Clock, RealClock
from agents.io.retry import RetryPolicy, retry
from graphs.intake.run_lookup import UnknownRun
from graphs.store.api_keys import ApiKeys
from graphs.store.events import EventRepository
from graphs.store.faults import StoreError
from graphs.store.opening import Place, open_store
from graphs.store.runs import Tombstone
from graphs.store.store import Store
from graphs.transcript.event import Event, readable
from graphs.transcript.events import Transcripts


def recorded_events(place: Place, run: str) -> list[Event]:
    """Read the transcript of a run; empty where there is no such run. Changes nothing. Raises StoreError."""
    with closing(open_store(place, read_only=True)) as store:
        return Transcripts(store, RealClock()).after(run)


def last_event_at(file: Path) -> datetime | None:
    """The time of the last event of all runs; None where there is none, or no file. Raises StoreError."""
    if not file.exists():
        return None
    with closing(Store(file)) as store:
        return store.events.latest()


@contextmanager
def api_keys(place: Place) -> Generator[ApiKeys]:
    """Open the API keys; makes the file where there is none. Raises StoreError."""
    with closing(open_store(place)) as store:
        yield ApiKeys(store.keys, RealClock())


EVERY = timedelta(hours=1)
AT_ONCE = 20
"""Runs that are deleted in one go, so that the others are not held up."""
log = logging.getLogger("warroom")


def _log_trouble(_: Exception, wait: timedelta) -> None:
    log.exception("old runs cannot be forgotten; trying again in %s", wait)


TROUBLE = RetryPolicy((StoreError, OSError), repeat(EVERY), before_wait=_log_trouble)


class RunIsOpen(Exception):
    """The run is not closed: close or cancel it first, then it can be forgotten."""


class Forgotten(NamedTuple):
    """What was deleted with a run."""

    run: str
    events: int
    files: list[Path]
    """Pictures that were deleted."""
    left: list[Path]
    """Pictures outside the data directory, which are yours to delete."""


def forget_in(place: Place, data: Path, run: str, by: str) -> Forgotten:
    """Delete a closed run, and its pictures from the data directory. Raises UnknownRun, RunIsOpen, StoreError."""
    with closing(open_store(place)) as store:
        forgotten = forget(store, run, by, RealClock().now(), data)
        store.empty_write_ahead_log()
    return forgotten


def forget(store: Store, run: str, by: str, now: datetime, data: Path | None = None) -> Forgotten:
    """Delete a closed run for good; a tombstone stays. Raises UnknownRun, RunIsOpen."""
    store.erase_deleted()
    with store.transaction():
        state = store.runs.find(run)
        if state is None:
            raise UnknownRun(run)
        if state.is_open:
            raise RunIsOpen(f"{RunIsOpen.__doc__} ({run})")
        pictures, deliveries = list(_pictures(store.events, run)), list(_deliveries(store.events, run))
        events = store.delete_run(run)
        for ref in deliveries:
            store.deliveries.delete(ref)
            store.kept_alerts.delete_of(ref)
        store.runs.add_tombstone(Tombstone(run, state.received_at, now, by))
    inside = [file for file in pictures if data and file.resolve().is_relative_to(data.resolve())]
    for file in inside:
        file.unlink(missing_ok=True)
    return Forgotten(run, events, inside, [file for file in pictures if file not in inside])


def _pictures(events: EventRepository, run: str) -> Iterator[Path]:
    for event in readable(events.of_kind(run, "tool_result")):
        if event.payload["tool"] == "screenshot" and event.payload.get("value"):
            yield Path(event.payload["value"]["file"])


def _deliveries(events: EventRepository, run: str) -> Iterator[str]:
    """The bodies that its alerts came in, even where another run's alerts came in the same body."""
    refs = (event.payload["alert"]["raw_ref"] for event in readable(events.of_kind(run, "alert")))
    return (ref for ref in refs if ref)


@asynccontextmanager
async def deleting_old_runs(
    store: Store, clock: Clock, days: float | None, data: Path | None = None
) -> AsyncGenerator[None]:
    """Delete closed runs after so many days while the block runs; None keeps them for ever."""
    deleting = asyncio.create_task(_delete_all(store, clock, timedelta(days=days), data)) if days is not None else None
    try:
        yield
    finally:
        if deleting:
            deleting.cancel()
            await asyncio.gather(deleting, return_exceptions=True)


async def _delete_all(store: Store, clock: Clock, keep: timedelta, data: Path | None) -> None:
    async def delete_some() -> int:
        return forget_old(store, clock.now(), keep, data)

    while True:
        forgotten = await retry(delete_some, clock, TROUBLE)
        await clock.sleep(timedelta(seconds=1) if forgotten == AT_ONCE else EVERY)


def forget_old(store: Store, now: datetime, keep: timedelta, data: Path | None = None) -> int:
    """Delete some of the runs that were closed longer ago than they are kept; gives how many."""
    old = store.runs.closed_before(now - keep, AT_ONCE)
    for run in old:
        forget(store, run, "retention", now, data)
    with store.transaction():
        store.deliveries.delete_before(now - keep)
        store.kept_alerts.delete_before(now - keep)
        store.silences.delete_before(now - keep)
        store.changes.delete_before(now - keep)
    return len(old)
