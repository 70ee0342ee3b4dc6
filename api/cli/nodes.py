"""One of several processes on a PostgreSQL database: it takes requests, or turns, or both. Any of them may die."""

import asyncio
import logging
import os
import signal
import socket
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI

from agents.io.catalogue import Catalogue
from agents.io.clock import Clock, RealClock
from agents.io.settings import Settings
from api.app import Process, Reach, create_app
from api.intake.patrol import patrolling
from api.intake.receiving import AlertReceiver
from api.intake.rounds import making_rounds
from api.intake.senders import Senders
from api.serving.server import WarroomServer, running
from api.serving.threads import ApplicationThreads
from graphs.engine.housekeeping import Housekeeping
from graphs.engine.runner import WokenElsewhere
from graphs.engine.scheduler import wake_those_that_nothing_wakes
from graphs.engine.turn_taker import Workplace
from graphs.engine.worker import Worker
from graphs.intake.incident_service import IncidentService
from graphs.intake.storms import StormQueue
from graphs.maintenance.retention import deleting_old_runs
from graphs.outbox.webhooks import Webhooks
from graphs.runtime.dependencies import Dependencies
from graphs.store import postgres
from graphs.store.faults import StoreError
from graphs.store.opening import open_store
from graphs.store.postgres_listener import Listener
from graphs.store.store import Store
from graphs.transcript.words_elsewhere import Watched, WordsElsewhere, heard

REQUEST_THREADS = 4
"""Each has a session of the database."""
LOOK_EVERY = 1.0
"""Seconds between two looks at what others have put into the queue of a storm and into the outbox."""
INBOX_EVERY = 60
"""Looks, after which what a process had not taken in when it died is taken in."""
OF_A_WORKER = (postgres.WATCH_CHANNEL,)
"""What a process hears that only takes turns: every event of all runs would wake it for nothing."""
OF_A_DOOR = (postgres.EVENTS_CHANNEL, postgres.WATCH_CHANNEL, postgres.WORDS_CHANNEL)
log = logging.getLogger("warroom")


@dataclass(frozen=True)
class NodeOptions:
    """What every process on one database must be told alike."""

    url: str
    """Of the database."""
    data: Path
    """Where pictures are kept: a directory that all processes share."""
    catalogue: Catalogue
    settings: Settings
    senders: Senders
    make_dependencies: Callable[[Store], Dependencies]
    """Called in the thread that uses them."""
    clock: Clock = field(default_factory=RealClock)


class Followers:
    """Those who follow runs in the threads of this process; they are told what happens in others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads: list[tuple[asyncio.AbstractEventLoop, Dependencies]] = []
        self.watched = Watched()
        """The runs that are watched in any process."""

    def add(self, deps: Dependencies) -> None:
        """Tell those who follow here from now on; called on their loop."""
        with self._lock:
            self._threads.append((asyncio.get_running_loop(), deps))

    def hear(self, channel: str, told: str) -> None:
        """Take in what another process, or this one, tells."""
        match channel:
            case postgres.EVENTS_CHANNEL:
                self._everywhere(lambda deps: deps.transcripts.notify_followers(told))
            case postgres.WATCH_CHANNEL:
                self.watched.note(told)
            case _:
                run, words = heard(told)
                self._everywhere(lambda deps: deps.live.tell(run, words))

    def look(self) -> list[tuple[str, str]]:
        """Let all look for new events, in case that a notification got lost; gives which runs are watched here."""
        self._everywhere(lambda deps: deps.transcripts.ring_all())
        with self._lock:
            watched = {run for _, deps in self._threads for run in deps.live.watched}
        return [(postgres.WATCH_CHANNEL, run) for run in sorted(watched)]

    def _everywhere(self, do: Callable[[Dependencies], None]) -> None:
        with self._lock:
            threads = list(self._threads)
        for loop, deps in threads:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(do, deps)


class Node:
    """A process's share of the work."""

    def __init__(self, options: NodeOptions) -> None:
        self._options = options
        self._followers = Followers()
        self._process = Process()
        self._channels = OF_A_WORKER

    def furnish(self, store: Store) -> Workplace:
        """What a thread that takes turns works with."""
        deps, database = self._dependencies(store), store.database
        assert isinstance(database, postgres.PostgresDatabase)
        deps.live = WordsElsewhere(self._followers.watched, database.tell_words)
        return Workplace(deps, StormQueue(deps).release)

    @asynccontextmanager
    async def keeping_house(self, store: Store) -> AsyncGenerator["asyncio.Task[None]"]:
        """Do what only one process does, while the block runs; gives the task that looks for what others left."""
        options, settings = self._options, self._options.settings
        deps = self._dependencies(store, with_webhooks=False)
        incidents = IncidentService(deps, WokenElsewhere())
        webhooks = Webhooks(deps, options.catalogue.webhooks)
        wake_those_that_nothing_wakes(deps)
        async with AsyncExitStack() as stack:
            for work in (
                patrolling(incidents, settings.patrol_minutes),
                making_rounds(incidents, options.senders),
                webhooks.delivering(),
                deleting_old_runs(store, deps.clock, settings.keep_days, options.data),
            ):
                await stack.enter_async_context(work)
            looking = asyncio.create_task(self._look(deps, webhooks, AlertReceiver(incidents, options.senders)))
            try:
                yield looking
            finally:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)

    async def _look(self, deps: Dependencies, webhooks: Webhooks, inbox: AlertReceiver) -> None:
        storms, looks = StormQueue(deps), 0
        while True:
            try:
                webhooks.look()
                storms.release()
                if looks % INBOX_EVERY == 0:
                    await inbox.resume()
            except StoreError:
                log.warning("housekeeping could not look; it does so again", exc_info=True)
            looks += 1
            await asyncio.sleep(LOOK_EVERY)

    def application(self, reach: Reach, public_url: str) -> ApplicationThreads:
        """The application, in threads. Make it before the node is at work: then it hears what people follow."""
        self._channels = OF_A_DOOR

        def make() -> FastAPI:
            deps = self._dependencies(open_store(self._options.url))
            self._followers.add(deps)
            incidents = IncidentService(deps, WokenElsewhere())
            incidents.public_url = public_url
            return create_app(incidents, reach, self._options.senders, self._process)

        return ApplicationThreads(make, REQUEST_THREADS)

    def _dependencies(self, store: Store, with_webhooks: bool = True) -> Dependencies:
        deps = self._options.make_dependencies(store)
        deps.apply_settings(self._options.settings)
        if with_webhooks:
            Webhooks(deps, self._options.catalogue.webhooks).attach()
        return deps

    @asynccontextmanager
    async def at_work(self, concurrency: int) -> AsyncGenerator[None]:
        """Keep house where nobody does, listen, and take so many turns at a time, while the block runs."""
        listener = Listener(self._options.url, self._channels, self._followers.hear, self._followers.look)
        housekeeping = Housekeeping(self._options.url, self.keeping_house, self._options.clock)
        worker = Worker(self._options.url, self.furnish, concurrency) if concurrency else None
        listener.start()
        housekeeping.start()
        if worker:
            await worker.start()
        try:
            yield
        finally:
            loop = asyncio.get_running_loop()
            if worker:
                await worker.drain()
                await worker.stop()
            await loop.run_in_executor(None, housekeeping.stop)
            await loop.run_in_executor(None, listener.stop)


async def serve_node(node: Node, server: WarroomServer, listening: socket.socket, concurrency: int) -> None:
    """Take requests, and so many turns at a time, until somebody stops the process."""
    async with node.at_work(concurrency), running(server, listening) as serving:
        await asyncio.wait({serving})


async def work(node: Node, concurrency: int) -> None:
    """Take turns until somebody stops the process."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with node.at_work(concurrency):
        await stopped.wait()


def turns_at_once() -> int:
    """How many turns a process takes at a time, where nobody says: most of their time they wait."""
    return 4 * (os.cpu_count() or 1)
