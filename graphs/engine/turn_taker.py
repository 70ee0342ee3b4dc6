"""Taking turns where several processes may: one thread with a session and an event loop of its own, one turn at a time.

The session holds the workflow's lock. When the session is gone, the lock is free, and what the turn still writes fails.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from graphs.engine.failures import put_off
from graphs.engine.lane_executor import Drained, LaneExecutor
from graphs.runtime.dependencies import Dependencies
from graphs.store.faults import StoreError
from graphs.store.postgres import FENCED_SESSION_SECONDS, PostgresDatabase
from graphs.store.postgres_jobs import LANE
from graphs.store.store import Store

PING_EVERY = FENCED_SESSION_SECONDS / 4
"""Seconds between two signs of life of a session that holds a lock."""
FORGETS_EVERY = 200
"""Turns, after which what was read of runs is read anew: other threads may go on with them."""
log = logging.getLogger("warroom")


@dataclass(frozen=True)
class Workplace:
    """What a thread that takes turns works with."""

    deps: Dependencies
    after_turn: Callable[[], None]
    """Called after each turn; it may add wake-ups."""


Furnish = Callable[[Store], Workplace]
"""Makes a workplace on a store; called in the thread that works there."""


class TurnTaker:
    """Takes the turns that are due. One thread uses it, but for `drain` and `cancel`. Raises StoreError."""

    def __init__(self, url: str, furnish: Furnish) -> None:
        self._database = PostgresDatabase(url, f"warroom turn {os.getpid()}")
        self._loop = asyncio.Runner()
        self._loop.get_loop()
        self._task: asyncio.Task[None] | None = None
        workplace = furnish(Store(database=self._database))
        self._deps, self._after_turn = workplace.deps, workplace.after_turn
        self._executor = LaneExecutor(self._deps)
        self._draining = False
        self._turns = 0

    def take(self, run: str, lane: str) -> None:
        """Take turns of a workflow as long as one is due, unless another process takes one now.

        What came while the lock was held found it taken and went away: so it is looked for after each turn.
        """
        while self._due(run, lane) and not self._draining and self._database.try_fence(LANE, run, lane):
            try:
                again = self._turn(run, lane)
            finally:
                self._database.leave_fence(LANE, run, lane)
            if not again:
                return
            self._after_turn()
            self._turns += 1
            if self._turns % FORGETS_EVERY == 0:
                self._deps.forget_facts()

    def drain(self) -> None:
        """Begin no further turn, and end the one under way at its next step."""
        self._draining = True
        self._executor.drain()

    def cancel(self) -> None:
        """Break off the turn under way; it goes on in another process."""
        with suppress(RuntimeError):  # its loop has ended meanwhile
            self._loop.get_loop().call_soon_threadsafe(self._cancel_task)

    def close(self) -> None:
        """End the session and the loop."""
        self._database.close()
        self._loop.close()

    def _due(self, run: str, lane: str) -> list[str]:
        return [wakeup.key for wakeup in self._deps.store.wakeups.due_of(run, lane, self._deps.clock.now())]

    def _turn(self, run: str, lane: str) -> bool:
        """Take a turn; gives whether to look for another. Under the lock, what is due is looked up again."""
        keys = self._due(run, lane)
        if not keys:
            return False
        try:
            self._loop.run(self._kept_alive(run, lane, keys))
        except Drained:
            log.info("%s, lane %s, goes on elsewhere", run, lane, extra={"run": run, "lane": lane})
            return False
        except asyncio.CancelledError:
            log.warning(
                "%s, lane %s, was broken off and goes on elsewhere", run, lane, extra={"run": run, "lane": lane}
            )
            return False
        except Exception as error:  # noqa: BLE001 - the one place that keeps a fault of one run from ending the others
            return self._put_off(run, lane, keys, error)
        return True

    def _put_off(self, run: str, lane: str, keys: list[str], error: Exception) -> bool:
        log.error("a turn of %s, lane %s, failed", run, lane, exc_info=error, extra={"run": run, "lane": lane})
        try:
            put_off(self._deps, (run, lane), keys, error)
        except StoreError:
            log.exception("the store cannot be written; whoever sees to what is due tries it again")
            return False
        return True

    async def _kept_alive(self, run: str, lane: str, keys: list[str]) -> None:
        """Take a turn, and show the server meanwhile that this thread is alive."""
        self._task = asyncio.current_task()
        pinging = asyncio.create_task(self._ping())
        try:
            await self._executor.take(run, lane, keys)
        finally:
            self._task = None
            pinging.cancel()

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_EVERY)
            try:
                self._database.ping()
            except StoreError:
                log.warning("a session that held a lock was lost", exc_info=True)
                return self._cancel_task()

    def _cancel_task(self) -> None:
        if self._task:
            self._task.cancel()
