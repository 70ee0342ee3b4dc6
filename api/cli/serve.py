"""`warroom serve`: the server with connected systems, or with a simulated production that goes on after a restart."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    closing,
    contextmanager,
    nullcontext,
)
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from agents.io import catalogue
from agents.io.catalogue import Catalogue
from agents.io.clock import Clock, RealClock, ScaledClock
from agents.io.settings import Settings
from agents.llm.client import ChatModel
from agents.llm.health import who_does_the_duties
from agents.tools.connections import CatalogueConnections, with_folder
from api.cli.data_directory import DEFAULT_DATA, occupied
from api.intake import senders
from api.intake.patrol import patrolling
from api.intake.rounds import making_rounds
from api.intake.senders import Senders
from api.logs import write_log
from api.serving.listening import HOST, Unguarded, address, is_local, listen
from api.serving.open_connections import Bounds, allow_more_files
from api.serving.server import served
from evals.playing.play import PersonOnCall, Stage, set_stage
from evals.scenarios.scenario import Scenario
from graphs.intake.change_ledger import ChangeLedger
from graphs.intake.connected_changes import WithChangeLedger
from graphs.intake.incident_service import IncidentService
from graphs.maintenance.retention import api_keys, deleting_old_runs, last_event_at
from graphs.outbox.webhooks import Webhooks
from graphs.runtime.dependencies import Dependencies
from graphs.store.opening import FILE
from graphs.store.store import Store
from graphs.transcript.past_incidents import WithPastIncidents

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
    workers: bool = True
    """Take turns, too; only where several processes share a database, others may do it alone."""


def serve(options: ServeOptions, settings: Settings, model: ChatModel | None, say: Say) -> None:
    """Serve until somebody stops it. Raises PortTaken, DirectoryUnusable, StoreError, CatalogueError, Unguarded."""
    write_log(settings.log, settings.log_level)
    listed = catalogue.load(options.catalogue) if options.catalogue else Catalogue()
    senders_of_config = senders.load(settings.senders) if settings.senders else Senders()
    for doubt in listed.doubts():
        say(f"Warning: {doubt}.")
    allow_more_files()
    names = frozenset({options.host, *settings.hosts.split(",")})
    with listen(options.port, options.host) as listening, _data(options) as data:
        _must_be_guarded(listening, data)
        stage = _stage(options, data, model)
        incidents = stage.incidents if stage else IncidentService(_dependencies(listed, data, settings, model))
        with closing(incidents):
            deps, is_set = incidents.deps, "public_url" in settings.model_fields_set
            incidents.apply_settings(settings)
            incidents.public_url = settings.public_url if is_set else address(listening)
            for line in _what_is_served(options, listed, data, model, address(listening)):
                say(line)
            playing = played(stage, options.simulate, address(listening), say) if stage and options.simulate else None
            background = (
                patrolling(incidents, settings.patrol_minutes),
                making_rounds(incidents, senders_of_config),
                Webhooks(deps, listed.webhooks).delivering(),
                deleting_old_runs(deps.store, deps.clock, settings.keep_days, data),
            )
            server = served(
                incidents, listening, names, senders_of_config, Bounds(per_address=settings.connections_per_address)
            )
            asyncio.run(_serve_until_stopped(server, background, playing or nullcontext()))


def _stage(options: ServeOptions, data: Path, model: ChatModel | None) -> Stage | None:
    """The simulated production with its service; None where systems are connected."""
    if options.simulate is None:
        return None
    return set_stage(options.simulate, options.seed, clock_for(data, options.speed), data, model)


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


def _dependencies(listed: Catalogue, data: Path, settings: Settings, model: ChatModel | None) -> Dependencies:
    return dependencies_on(Store(data / FILE), with_folder(listed, data / "evidence"), settings, model)


def dependencies_on(store: Store, catalogued: Catalogue, settings: Settings, model: ChatModel | None) -> Dependencies:
    """What runs on connected systems need."""
    clock: Clock = RealClock()
    connected = WithPastIncidents(CatalogueConnections(catalogued, clock), store.events)
    return Dependencies(
        store=store,
        clock=clock,
        connections=WithChangeLedger(connected, ChangeLedger(store, clock, catalogued)),
        catalogue=catalogued,
        model=model,
        minute=timedelta(seconds=settings.minute_seconds),
    )


def _what_is_served(
    options: ServeOptions, listed: Catalogue, data: Path, model: ChatModel | None, where: str
) -> Iterator[str]:
    """Say it in a few lines."""
    duties = who_does_the_duties(model.settings if model else None)
    if options.simulate:
        yield f"Production is simulated: {options.simulate.name}, {options.speed:g} times as fast as the wall clock."
    else:
        yield f"Warroom listens on {where} and keeps its data in {data}."
        services = f"{len(listed.services)} services are listed."
        nothing = "Nothing is connected: name your services with --catalogue."
        yield services if listed.services else nothing
    yield duties


async def _serve_until_stopped(
    server: AbstractAsyncContextManager["asyncio.Task[None]"],
    started_before: Iterable[AbstractAsyncContextManager[None]],
    started_after: AbstractAsyncContextManager[None],
) -> None:
    """Serve until stopped, with background work that is started before the server and work that is started after it."""
    async with AsyncExitStack() as stack:
        for work in started_before:
            await stack.enter_async_context(work)
        serving = await stack.enter_async_context(server)
        await stack.enter_async_context(started_after)
        await asyncio.wait({serving})


LOOKS_FOR_RUNS_EVERY = 0.5
"""Seconds between two looks for runs that the simulated person does not attend yet."""


def kind_of(scenario: Scenario, seed: int) -> str:
    """What a data directory says that it holds: another scenario's production would contradict its runs."""
    return f"runs on the simulated production {scenario.name}, seed {seed}"


def clock_for(data: Path, speed: float) -> Clock:
    """The wall clock, made faster; never behind what the directory holds already."""
    wall, written = RealClock(), last_event_at(data / FILE)
    ahead = written is not None and written > wall.now()
    return RealClock() if speed == 1 and not ahead else ScaledClock(speed, written if ahead else None)


@asynccontextmanager
async def played(stage: Stage, scenario: Scenario, address: str, say: Callable[[str], None]) -> AsyncGenerator[None]:
    """Let a scenario's alert come in, unless it has before, and its person answer, while the block runs."""
    known = stage.incidents.runs.newest(1)
    run = known[0].id if known else stage.incidents.alerts.receive(scenario.alert).run
    say(f"{address}/runs/{run}")
    attending = asyncio.create_task(_attend_all(stage.incidents, stage.on_call))
    try:
        yield
    finally:
        attending.cancel()
        await asyncio.gather(attending, return_exceptions=True)


async def _attend_all(incidents: IncidentService, on_call: PersonOnCall) -> None:
    """Let the simulated person attend every run, also those that come later."""
    attended: dict[str, asyncio.Task[None]] = {}
    while True:
        for run in incidents.runs.open_ids():
            if run not in attended:
                attended[run] = asyncio.create_task(on_call.attend(run))
        await asyncio.sleep(LOOKS_FOR_RUNS_EVERY)
