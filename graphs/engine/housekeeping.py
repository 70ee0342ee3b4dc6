"""Work that is done once, however many processes there are: the one that holds its lock does it, the others wait."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from agents.io.clock import Clock, RealClock
from graphs.store.faults import StoreError
from graphs.store.postgres import PostgresDatabase
from graphs.store.postgres_jobs import wake_what_was_left
from graphs.store.store import Store

LOCK = "housekeeping"
EVERY = 2.0
"""Seconds between two looks for what has been left lying, and between two attempts to become the one that looks."""
log = logging.getLogger("warroom")
Work = Callable[[Store], AbstractAsyncContextManager[asyncio.Task[None]]]
"""What else is done once, on the store of the session that holds the lock, while the block runs; gives a task of it
that never ends unless it fails."""


class Housekeeping:
    """A thread that does the work while it holds the lock. When its session is gone, so is the lock."""

    def __init__(self, url: str, work: Work, clock: Clock | None = None) -> None:
        self._url = url
        self._clock: Clock = clock or RealClock()
        self._work = work
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; another process takes over."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                asyncio.run(self._keep_house())
            except StoreError:
                log.warning("the database cannot be reached; housekeeping begins again", exc_info=True)
            except Exception:  # a fault in one of its many works must not leave all of them undone for good
                log.exception("housekeeping failed, and begins again")
            self._stopped.wait(EVERY)

    async def _keep_house(self) -> None:
        """Do the work until the session is lost or it is stopped; at once nothing, where another process does it."""
        database = PostgresDatabase(self._url, "warroom housekeeping")
        try:
            if not database.try_fence(LOCK):
                return
            async with self._work(Store(database=database)) as working:
                while not self._stopped.is_set():
                    wake_what_was_left(database, self._clock.now())
                    if (await asyncio.wait({working}, timeout=EVERY))[0]:
                        await working
            database.leave_fence(LOCK)
        finally:
            database.close()
