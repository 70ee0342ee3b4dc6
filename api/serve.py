"""`warroom serve`: the doors on connected systems, or on a simulated production."""

import asyncio
import socket
from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from agents import catalogue
from agents.catalogue import Catalogue
from agents.clock import Clock, RealClock
from agents.connections import CatalogueConnections, with_folder
from agents.model import Model
from agents.settings import Settings
from api import senders
from api.data_directory import DEFAULT_DATA, FILE, occupied
from api.listening import HOST, Unguarded, address, is_local, listen
from api.logs import write_log
from api.patrol import patrolling
from api.senders import Senders
from api.serving import served
from api.simulation import Simulation, kind_of, serve_simulation
from evals.scenarios import Scenario
from graphs.forgetting import keeping
from graphs.keys import Keys
from graphs.past import WithPast
from graphs.room import Room
from graphs.runner import Runner
from graphs.store import Store
from graphs.webhooks import Webhooks

Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """How Warroom is served."""

    port: int
    host: str = HOST
    data: Path | None = None
    """None: ./warroom-data; for a simulation a directory that ends with it."""
    catalogue: Path | None = None
    simulate: Scenario | None = None
    seed: int = 0
    speed: float = 1.0


def serve(options: Options, settings: Settings, model: Model | None, say: Say) -> None:
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
            room = _room(listed, data, settings, model)
            room.public_url = settings.public_url if "public_url" in settings.model_fields_set else address(listening)
            say(f"Warroom listens on {address(listening)} and keeps its data in {data}.")
            say(_what_is_connected(listed, model))
            runner = Runner(room)
            beside = (
                patrolling(runner, settings.patrol_minutes),
                Webhooks(room, listed.webhooks).delivering(),
                keeping(room.store, room.clock, settings.keep_days, data),
            )
            asyncio.run(_serve_until_stopped(served(runner, listening, names, told), beside))
            room.store.close()


def _must_be_guarded(listening: socket.socket, data: Path) -> None:
    """Let others reach us only where a key is needed. Raises Unguarded."""
    if is_local(listening):
        return
    with closing(Store(data / FILE)) as store:
        if not Keys(store, RealClock()).exist:
            raise Unguarded(f"{Unguarded.__doc__} (no key is in {data})")


@contextmanager
def _data(options: Options) -> Generator[Path]:
    if options.simulate and options.data is None:
        with TemporaryDirectory(prefix="warroom-") as temporary:
            yield Path(temporary)
        return
    kind = kind_of(options.simulate, options.seed) if options.simulate else "runs on connected systems"
    with occupied(options.data or DEFAULT_DATA, kind) as data:
        yield data


def _room(listed: Catalogue, data: Path, settings: Settings, model: Model | None) -> Room:
    clock: Clock = RealClock()
    told = with_folder(listed, data / "evidence")
    store = Store(data / FILE)
    return Room(
        store=store,
        clock=clock,
        connections=WithPast(CatalogueConnections(told, clock), store),
        catalogue=told,
        model=model,
        revenue_limit=settings.revenue_limit,
        minute=timedelta(seconds=settings.minute_seconds),
        public_url=settings.public_url,
        storm_from=settings.storm_from,
        investigations_at_once=settings.investigations_at_once,
    )


def _what_is_connected(listed: Catalogue, model: Model | None) -> str:
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
