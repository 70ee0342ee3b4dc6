"""`warroom serve`: the doors on connected systems, or on a simulated production."""

import asyncio
import logging
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
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
from api.data_directory import occupied
from api.listening import address, listen
from api.serving import served
from api.simulation import Simulation, kind_of, serve_simulation
from evals.scenarios import Scenario
from graphs.room import Room
from graphs.runner import Runner
from graphs.store import Store

DEFAULT_DATA = Path("warroom-data")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """How Warroom is served."""

    port: int
    data: Path | None = None
    """None: ./warroom-data; for a simulation a directory that ends with it."""
    catalogue: Path | None = None
    simulate: Scenario | None = None
    seed: int = 0
    speed: float = 1.0


def serve(options: Options, settings: Settings, model: Model | None, say: Say) -> None:
    """Serve until somebody stops it. Raises PortTaken, DirectoryUnusable, StoreError and CatalogueError."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s: %(message)s")
    listed = catalogue.load(options.catalogue) if options.catalogue else Catalogue()
    with listen(options.port) as listening, _data(options) as data:
        if options.simulate:
            serve_simulation(Simulation(options.simulate, options.seed, options.speed, model), data, listening, say)
        else:
            room = _room(listed, data, settings, model)
            room.public_url = settings.public_url if "public_url" in settings.model_fields_set else address(listening)
            say(f"Warroom listens on {address(listening)} and keeps its data in {data}.")
            say(_what_is_connected(listed, model))
            asyncio.run(_serve_until_stopped(Runner(room), listening))
            room.store.close()


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
    return Room(
        store=Store(data / "warroom.sqlite"),
        clock=clock,
        connections=CatalogueConnections(told, clock),
        catalogue=told,
        model=model,
        revenue_limit=settings.revenue_limit,
        minute=timedelta(seconds=settings.minute_seconds),
        public_url=settings.public_url,
    )


def _what_is_connected(listed: Catalogue, model: Model | None) -> str:
    duties = "a model, and by the book where it fails" if model else "by the book"
    if not listed.services:
        return f"Nothing is connected: name your services with --catalogue. Duties are done {duties}."
    return f"{len(listed.services)} services are listed. Duties are done {duties}."


async def _serve_until_stopped(runner: Runner, listening: socket.socket) -> None:
    async with served(runner, listening) as serving:
        await asyncio.wait({serving})
