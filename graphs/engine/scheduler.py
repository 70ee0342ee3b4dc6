"""The scheduler: resumes the workflows of the runs when something is due."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import repeat

from agents.io.clock import sleep_until
from agents.io.retry import RetryPolicy, retry
from graphs.engine.failures import AGAIN_AFTER, put_off
from graphs.engine.lane_executor import Drained, LaneExecutor
from graphs.runtime.dependencies import Dependencies
from graphs.store.database import iso
from graphs.store.faults import StoreError

RUNS_AT_ONCE = 100
log = logging.getLogger("warroom")


def _log_trouble(_: Exception, wait: timedelta) -> None:
    log.exception("the store cannot be read; trying again in %s", wait)


STORE_TROUBLE = RetryPolicy((StoreError, sqlite3.Error), repeat(AGAIN_AFTER), before_wait=_log_trouble)


class Scheduler:
    """Wakes workflows, in this process, from the wake-ups in the store and on an injected clock.

    `before_each_check` is called before the wake-ups are checked; it may add some.
    """

    def __init__(self, deps: Dependencies, before_each_check: Callable[[], None]) -> None:
        self._deps = deps
        self._before_each_check = before_each_check
        self._executor = LaneExecutor(deps)
        self._busy: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(RUNS_AT_ONCE)
        self._waking: asyncio.Task[None] | None = None
        self._draining = False

    async def start(self) -> None:
        """Begin to wake workflows; those of open runs that have no wake-up are woken at once."""
        wake_those_that_nothing_wakes(self._deps)
        self._waking = asyncio.create_task(self._wake())
        self._waking.add_done_callback(_log_why_it_ended)

    async def drain(self, limit: timedelta = timedelta(seconds=10)) -> None:
        """Begin no more turns, and wait until those under way have ended at their next step, with their state saved.

        Waits no longer than the limit.
        """
        self._draining = True
        self._executor.drain()
        if self._busy:
            await asyncio.wait(self._busy.values(), timeout=limit.total_seconds())

    async def stop(self) -> None:
        """Stop waking; turns under way are cancelled and go on after the next start."""
        tasks = [task for task in (self._waking, *self._busy.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def is_waking(self) -> bool:
        """Whether workflows are woken."""
        return self._waking is not None and not self._waking.done() and not self._draining

    async def _wake(self) -> None:
        """Wake what is due; sleep until the next wake-up, or until one is added."""
        while True:
            await self._deps.precedence.pause()
            self._deps.transcripts.wake.clear()
            earliest = await retry(self._wake_due, self._deps.clock, STORE_TROUBLE)
            await sleep_until(self._deps.clock, earliest, self._deps.transcripts.wake)

    async def _wake_due(self) -> datetime | None:
        """Begin a turn for every workflow that is due and idle; gives the time of the next that will be."""
        self._before_each_check()
        due: dict[tuple[str, str], list[str]] = {}
        for wakeup in self._deps.store.wakeups.due(self._deps.clock.now()):
            due.setdefault((wakeup.run, wakeup.lane), []).append(wakeup.key)
        for (run, lane), keys in due.items():
            if (run, lane) not in self._busy and not self._draining:
                self._busy[run, lane] = asyncio.create_task(self._turn(run, lane, keys))
        return self._deps.store.wakeups.next_after(self._deps.clock.now())

    async def _turn(self, run: str, lane: str, keys: list[str]) -> None:
        try:
            async with self._places:
                await self._executor.take(run, lane, keys)
                await self._deps.on_disk()
        except Drained:
            log.info("%s, lane %s, goes on after the next start", run, lane, extra={"run": run, "lane": lane})
        except Exception as error:  # noqa: BLE001 - the one place that keeps a fault of one run from ending the others
            await self._put_off(run, lane, keys, error)
        finally:
            del self._busy[run, lane]
            self._deps.transcripts.wake.set()

    async def _put_off(self, run: str, lane: str, keys: list[str], error: Exception) -> None:
        """Write a failed turn into the transcript of its run; it is tried again, at a time or when a person says so."""
        log.error("a turn of %s, lane %s, failed", run, lane, exc_info=error, extra={"run": run, "lane": lane})
        try:
            put_off(self._deps, (run, lane), keys, error)
        except (StoreError, sqlite3.Error):
            log.exception("the store cannot be written; trying again in %s", AGAIN_AFTER)
            await self._deps.clock.sleep(AGAIN_AFTER)


def wake_those_that_nothing_wakes(deps: Dependencies) -> None:
    """Wake the workflows of open runs that are not done and have no wake-up. Raises StoreError."""
    now = deps.clock.now()
    with deps.store.transaction():
        for workflow in deps.store.wakeups.missing():
            deps.transcripts.add_wakeup(workflow.run, workflow.lane, f"start {iso(now)}", now)


def _log_why_it_ended(waking: asyncio.Task[None]) -> None:
    if not waking.cancelled() and waking.exception():
        log.critical("the scheduler has stopped waking runs", exc_info=waking.exception())
