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
from graphs.store.faults import StoreError
from graphs.store.opening import open_store
from graphs.store.postgres import EVENTS_CHANNEL
from graphs.store.postgres_listener import Listener
from graphs.store.store import Store
from graphs.transcript.events import Transcripts

REQUEST_THREADS = 4
"""Each has a session of the database."""
LOOK_EVERY = 1.0
"""Seconds between two looks at what others have put into the queue of a storm and into the outbox."""
INBOX_EVERY = 60
"""Looks, after which what a process had not taken in when it died is taken in."""
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


@dataclass
class Followers:
    """The transcripts of this process's threads, whose followers are told what happens elsewhere."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _known: list[tuple[asyncio.AbstractEventLoop, Transcripts]] = field(
        default_factory=list[tuple[asyncio.AbstractEventLoop, Transcripts]]
    )

    def add(self, transcripts: Transcripts) -> None:
        """Tell the followers of these from now on; called on their loop."""
        with self._lock:
            self._known.append((asyncio.get_running_loop(), transcripts))

    def hear(self, channel: str, run: str) -> None:
        """A run has new events."""
        del channel
        for loop, transcripts in self._all():
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(transcripts.ring, run)

    def look(self) -> None:
        """Let all look, in case that a notification got lost."""
        for loop, transcripts in self._all():
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(transcripts.ring_all)

    def _all(self) -> list[tuple[asyncio.AbstractEventLoop, Transcripts]]:
        with self._lock:
            return list(self._known)


class Node:
    """A process's share of the work."""

    def __init__(self, options: NodeOptions) -> None:
        self._options = options
        self._followers = Followers()
        self._process = Process()

    def furnish(self, store: Store) -> Workplace:
        """What a thread that takes turns works with."""
        deps = self._dependencies(store)
        return Workplace(deps, StormQueue(deps).release)

    @asynccontextmanager
    async def keeping_house(self, store: Store) -> AsyncGenerator[None]:
        """Do what only one process does, while the block runs."""
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
                yield
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
        """The application, in threads."""

        def make() -> FastAPI:
            deps = self._dependencies(open_store(self._options.url))
            self._followers.add(deps.transcripts)
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
        listener = Listener(self._options.url, [EVENTS_CHANNEL], self._followers.hear, self._followers.look)
        housekeeping = Housekeeping(self._options.url, self.keeping_house)
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
