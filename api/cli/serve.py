"""`warroom serve`: the doors on connected systems, or on a simulated production."""

import asyncio
import socket
from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from agents.io import catalogue
from agents.io.catalogue import Catalogue
from agents.io.clock import Clock, RealClock
from agents.io.settings import Settings
from agents.llm.client import ChatModel
from agents.tools.connections import CatalogueConnections, with_folder
from api.cli.data_directory import DEFAULT_DATA, FILE, occupied
from api.cli.simulation import Simulation, kind_of, serve_simulation
from api.intake import senders
from api.intake.patrol import patrolling
from api.intake.senders import Senders
from api.logs import write_log
from api.serving.listening import HOST, Unguarded, address, is_local, listen
from api.serving.server import served
from evals.scenarios.scenario import Scenario
from graphs.intake.incident_service import IncidentService
from graphs.maintenance.data_file import api_keys
from graphs.maintenance.retention import deleting_old_runs
from graphs.outbox.webhooks import Webhooks
from graphs.runtime.dependencies import Dependencies
from graphs.store.past_incidents import WithPastIncidents
from graphs.store.store import Store

Say = Callable[[str], None]


@dataclass(frozen=True)
class ServeOptions:
    """How Warroom is served."""

    port: int
    host: str = HOST
    data: Path | None = None
    """None: ./warroom-data; for a simulation a directory that ends with it."""
    catalogue: Path | None = None
    simulate: Scenario | None = None
    seed: int = 0
    speed: float = 1.0


def serve(options: ServeOptions, settings: Settings, model: ChatModel | None, say: Say) -> None:
    """Serve until somebody stops it. Raises PortTaken, DirectoryUnusable, StoreError, CatalogueError, Unguarded."""
    write_log(settings.log, settings.log_level)
    listed = catalogue.load(options.catalogue) if options.catalogue else Catalogue()
    told = senders.load(settings.senders) if settings.senders else Senders()
    names = frozenset({options.host, *settings.hosts.split(",")})
    with listen(options.port, options.host) as listening, _data(options) as data:
        _must_be_guarded(listening, data)
        if options.simulate:
            simulation = Simulation(options.simulate, options.seed, options.speed, model, names)
            serve_simulation(simulation, data, listening, say)
        else:
            deps = _room(listed, data, settings, model)
            deps.public_url = settings.public_url if "public_url" in settings.model_fields_set else address(listening)
            say(f"Warroom listens on {address(listening)} and keeps its data in {data}.")
            say(_what_is_connected(listed, model))
            incidents = IncidentService(deps)
            beside = (
                patrolling(incidents, settings.patrol_minutes),
                Webhooks(deps, listed.webhooks).delivering(),
                deleting_old_runs(deps.store, deps.clock, settings.keep_days, data),
            )
            asyncio.run(_serve_until_stopped(served(incidents, listening, names, told), beside))
            incidents.close()


def _must_be_guarded(listening: socket.socket, data: Path) -> None:
    """Let others reach us only where a key is needed. Raises Unguarded."""
    if is_local(listening):
        return
    with api_keys(data / FILE) as keys:
        if not keys.exist:
            raise Unguarded(f"{Unguarded.__doc__} (no key is in {data})")


@contextmanager
def _data(options: ServeOptions) -> Generator[Path]:
    if options.simulate and options.data is None:
        with TemporaryDirectory(prefix="warroom-") as temporary:
            yield Path(temporary)
        return
    kind = kind_of(options.simulate, options.seed) if options.simulate else "runs on connected systems"
    with occupied(options.data or DEFAULT_DATA, kind) as data:
        yield data


def _room(listed: Catalogue, data: Path, settings: Settings, model: ChatModel | None) -> Dependencies:
    clock: Clock = RealClock()
    told = with_folder(listed, data / "evidence")
    store = Store(data / FILE)
    return Dependencies(
        store=store,
        clock=clock,
        connections=WithPastIncidents(CatalogueConnections(told, clock), store.events),
        catalogue=told,
        model=model,
        revenue_limit=settings.revenue_limit,
        minute=timedelta(seconds=settings.minute_seconds),
        public_url=settings.public_url,
        storm_from=settings.storm_from,
        investigations_at_once=settings.investigations_at_once,
    )


def _what_is_connected(listed: Catalogue, model: ChatModel | None) -> str:
    duties = "a model, and by the book where it fails" if model else "by the book"
    if not listed.services:
        return f"Nothing is connected: name your services with --catalogue. Duties are done {duties}."
    return f"{len(listed.services)} services are listed. Duties are done {duties}."


async def _serve_until_stopped(
    doors: AbstractAsyncContextManager["asyncio.Task[None]"], beside: Iterable[AbstractAsyncContextManager[None]]
) -> None:
    async with AsyncExitStack() as stack:
        for work in beside:
            await stack.enter_async_context(work)
        serving = await stack.enter_async_context(doors)
        await asyncio.wait({serving})
