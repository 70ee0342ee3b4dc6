"""The worker: Procrastinate says which workflow goes on; threads take the turns, in as many processes as wanted.

Jobs only wake. What is due stands in our own table, and is looked up under the workflow's lock."""

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import procrastinate
from procrastinate import jobs
from procrastinate.exceptions import ConnectorException
from psycopg import OperationalError

from graphs.engine.turn_taker import Furnish, TurnTaker
from graphs.store.faults import StoreError
from graphs.store.postgres_jobs import STALLED_AFTER_SECONDS

QUEUE, TURN = "turns", "warroom.turn"
HEARTBEAT_SECONDS = 3.0
POLL_SECONDS = 1.0
"""So often a worker looks for jobs where no notification comes."""
CONNECT_AGAIN_AFTER = 1.0
"""Seconds, after the database could not be reached."""
log = logging.getLogger("warroom")


class Worker:
    """Takes turns, so many at a time, until it is stopped."""

    def __init__(self, url: str, furnish: Furnish, concurrency: int) -> None:
        self._url = url
        self._furnish = furnish
        self._concurrency = concurrency
        self._threads = ThreadPoolExecutor(concurrency, "turn")
        self._here = threading.local()
        self._takers: list[TurnTaker] = []
        self._draining = False
        self._working: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to take turns."""
        self._working = asyncio.create_task(self._work())

    @property
    def is_waking(self) -> bool:
        """Whether turns are taken."""
        return self._working is not None and not self._working.done() and not self._draining

    async def drain(self, limit: timedelta = timedelta(seconds=10)) -> None:
        """Begin no more turns, and wait until those under way have ended at their next step, but no longer."""
        self._draining = True
        for taker in self._takers:
            taker.drain()
        if self._working:
            self._working.cancel()
            await asyncio.wait({self._working}, timeout=limit.total_seconds())

    async def stop(self) -> None:
        """Break off what is still under way; it goes on in another process, or after the next start."""
        self._draining = True
        for taker in self._takers:
            taker.cancel()
        if self._working:
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        """End the threads, then what they worked with; where no loop is running."""
        self._threads.shutdown()
        for taker in self._takers:
            taker.close()

    async def _work(self) -> None:
        """Take jobs; where the database goes away, connect again when it is back."""
        while not self._draining:
            try:
                async with self._app().open_async() as app:
                    await app.run_worker_async(
                        queues=[QUEUE],
                        concurrency=self._concurrency,
                        fetch_job_polling_interval=POLL_SECONDS,
                        delete_jobs=jobs.DeleteJobCondition.ALWAYS,
                        update_heartbeat_interval=HEARTBEAT_SECONDS,
                        stalled_worker_timeout=STALLED_AFTER_SECONDS,
                        install_signal_handlers=False,
                    )
            except (ConnectorException, OperationalError, OSError):
                log.exception("the database cannot be reached; trying again")
            except Exception:  # a worker that takes no more turns would look like one that has nothing to do
                log.exception("taking turns failed; trying again")
            await asyncio.sleep(CONNECT_AGAIN_AFTER)

    def _app(self) -> procrastinate.App:
        connector = procrastinate.PsycopgConnector(conninfo=self._url, min_size=1, max_size=3, timeout=5)
        app = procrastinate.App(connector=connector)

        @app.task(name=TURN, queue=QUEUE)
        async def turn(run: str, lane: str) -> None:  # pyright: ignore[reportUnusedFunction]
            await asyncio.get_running_loop().run_in_executor(self._threads, self._take, run, lane)

        return app

    def _take(self, run: str, lane: str) -> None:
        """Take the turns of a workflow that are due, in this thread."""
        if self._draining:
            return
        try:
            self._taker().take(run, lane)
        except StoreError:
            log.exception("%s, lane %s: the database cannot be reached; it is woken again", run, lane)

    def _taker(self) -> TurnTaker:
        taker: TurnTaker | None = getattr(self._here, "taker", None)
        if taker is None:
            taker = self._here.taker = TurnTaker(self._url, self._furnish)
            self._takers.append(taker)
        return taker
