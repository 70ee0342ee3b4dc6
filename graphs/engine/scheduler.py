"""The runner: wakes the lanes of the runs when something is due."""

import asyncio
import logging
import sqlite3
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from agents.io.redaction import beginning
from graphs.engine.lane_executor import Drained, LaneExecutor
from graphs.intake.incident_service import Reception
from graphs.runtime.dependencies import Dependencies
from graphs.store.database import iso
from graphs.store.faults import StoreError
from graphs.transcript.events import Author, Draft

RUNS_AT_ONCE = 100
RETRY_AFTER = timedelta(seconds=10)
RETRY_AFTER_AT_MOST = timedelta(minutes=10)
log = logging.getLogger("warroom")


class Runner(Reception):
    """The embedded runner: one process, one SQLite file, an injected clock."""

    def __init__(self, deps: Dependencies) -> None:
        super().__init__(deps)
        self._turns = LaneExecutor(deps)
        self._failures: Counter[tuple[str, str]] = Counter()
        self._busy: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(RUNS_AT_ONCE)
        self._tending: asyncio.Task[None] | None = None
        self._draining = False

    async def start(self) -> None:
        """Begin to wake lanes; one of an open run that nothing would ever wake is looked at once."""
        now = iso(self.deps.clock.now())
        with self.deps.store.transaction():
            for row in self.deps.store.many("lanes_without_wakeup"):
                self.deps.transcripts.add_wakeup(row["run"], row["lane"], f"start {now}", now)
        self._tending = asyncio.create_task(self._tend())
        self._tending.add_done_callback(_say_why_it_ended)

    async def drain(self, limit: timedelta = timedelta(seconds=10)) -> None:
        """Take no more turns, and let those under way end at their next step; their state is saved. Within a limit."""
        self._draining = True
        self._turns.drain()
        if self._busy:
            await asyncio.wait(self._busy.values(), timeout=limit.total_seconds())

    async def stop(self) -> None:
        """Stop waking; turns under way are cancelled and go on after the next start."""
        tasks = [task for task in (self._tending, *self._busy.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def is_tending(self) -> bool:
        """Whether runs are woken."""
        return self._tending is not None and not self._tending.done() and not self._draining

    async def _tend(self) -> None:
        """Wake what is due; sleep until the next thing is, or until there is news."""
        while True:
            self.deps.transcripts.wake.clear()
            try:
                earliest = self._wake_due()
            except (StoreError, sqlite3.Error):
                log.exception("the store cannot be read; trying again in %s", RETRY_AFTER)
                earliest = self.deps.clock.now() + RETRY_AFTER
            await self._sleep_until(earliest)

    def _wake_due(self) -> datetime | None:
        """Begin a turn for every lane that is due and idle; gives the time of the next that will be."""
        self.release()
        due: dict[tuple[str, str], list[str]] = {}
        for row in self.deps.store.many("due_wakeups", now=iso(self.deps.clock.now())):
            due.setdefault((row["run"], row["lane"]), []).append(row["wakeup_key"])
        for (run, lane), keys in due.items():
            if (run, lane) not in self._busy and not self._draining:
                self._busy[run, lane] = asyncio.create_task(self._turn(run, lane, keys))
        following = self.deps.store.one("next_wakeup", now=iso(self.deps.clock.now()))
        return datetime.fromisoformat(following["not_before"]) if following and following["not_before"] else None

    async def _turn(self, run: str, lane: str, keys: list[str]) -> None:
        try:
            async with self._places:
                await self._turns.take(run, lane, keys)
            del self._failures[run, lane]
        except Drained:
            log.info("%s, lane %s, goes on after the next start", run, lane, extra={"run": run, "lane": lane})
        except Exception as error:  # noqa: BLE001 - the one place that keeps a fault of one run from ending the others
            await self._put_off(run, lane, keys, error)
        finally:
            del self._busy[run, lane]
            self.deps.transcripts.wake.set()

    async def _put_off(self, run: str, lane: str, keys: list[str], error: Exception) -> None:
        """A turn that failed is an event of its run, and is tried again, later each time."""
        said_of = {"run": run, "lane": lane}
        log.error("a turn of %s, lane %s, failed", run, lane, exc_info=error, extra=said_of)
        delay = min(RETRY_AFTER * 2 ** min(self._failures[run, lane], 8), RETRY_AFTER_AT_MOST)
        self._failures[run, lane] += 1
        now = self.deps.clock.now()
        said = {"error": beginning(f"{type(error).__name__}: {error}", 2000), "again_at": iso(now + delay)}
        try:
            self.deps.transcripts.write(run, Draft(f"{lane}/error {iso(now)}", "error", said, Author(lane)))
            with self.deps.store.transaction():
                for key in keys:
                    self.deps.store.write("put_off_wakeup", wakeup_key=key, not_before=iso(now + delay))
        except (StoreError, sqlite3.Error):
            log.exception("the store cannot be written; trying again in %s", RETRY_AFTER)
            await self.deps.clock.sleep(RETRY_AFTER)

    async def _sleep_until(self, moment: datetime | None) -> None:
        sleepers: list[asyncio.Task[Any]] = [asyncio.create_task(self.deps.transcripts.wake.wait())]
        if moment is not None:
            sleepers.append(asyncio.create_task(self.deps.clock.sleep(moment - self.deps.clock.now())))
        _, pending = await asyncio.wait(sleepers, return_when=asyncio.FIRST_COMPLETED)
        for sleeper in pending:
            sleeper.cancel()


def _say_why_it_ended(tending: asyncio.Task[None]) -> None:
    if not tending.cancelled() and tending.exception():
        log.critical("the runner has stopped waking runs", exc_info=tending.exception())
