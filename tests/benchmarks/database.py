"""What an event and a turn cost on SQLite, and on PostgreSQL with a network between; runs per second by workers."""

import asyncio
import json
import multiprocessing
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from agents.io.catalogue import Catalogue
from agents.io.clock import RealClock
from agents.runtime.briefing import Alert
from agents.tools.connections import CatalogueConnections
from graphs.engine.lane_executor import LaneExecutor
from graphs.engine.turn_taker import Workplace
from graphs.engine.worker import Worker
from graphs.intake.incident_service import IncidentService
from graphs.intake.storms import StormQueue
from graphs.runtime.dependencies import Dependencies
from graphs.store.opening import open_store
from graphs.store.store import Store
from graphs.transcript.events import Author, Draft
from tests.postgres import Schemas, start_server

EVENTS, TURNS, RUNS = 100, 6, 12
DELAYS = (0, 1, 5)
"""Milliseconds that the network takes to the server and back."""


def dependencies(store: Store) -> Dependencies:
    clock, nothing = RealClock(), Catalogue()
    return Dependencies(
        store, clock, CatalogueConnections(nothing, clock), nothing, minute=timedelta(minutes=1), storm_from=10_000
    )


def furnish(store: Store) -> Workplace:
    deps = dependencies(store)
    return Workplace(deps, StormQueue(deps).release)


def costs(store: Store) -> dict[str, float]:
    """Milliseconds of an event, and of the first turn of a run with all its events and checkpoints."""
    deps = dependencies(store)
    incidents = IncidentService(deps)
    runs = [incidents.alerts.receive(Alert(title=f"alert {n}", service=f"s{n}")).run for n in range(TURNS)]
    begun = time.perf_counter()
    for number in range(EVENTS):
        deps.transcripts.write(runs[0], Draft(f"note/{number}", "note", {"by": "x", "text": "y"}, Author("main")))
    event = (time.perf_counter() - begun) / EVENTS
    executor, took, events = LaneExecutor(deps), list[float](), 0
    for run in runs[1:]:
        before, begun = len(deps.transcripts.after(run)), time.perf_counter()
        asyncio.run(executor.take(run, "main"))
        took.append(time.perf_counter() - begun)
        events = len(deps.transcripts.after(run)) - before
    return {"event_ms": round(event * 1000, 2), "turn_ms": round(statistics.median(took) * 1000), "turn_events": events}


@contextmanager
def delayed(unix: str, milliseconds: float) -> Generator[int]:
    """A port behind which the server is that far away: half of the delay each way."""

    def pump(source: socket.socket, to: socket.socket) -> None:
        with suppress(OSError):  # either side has gone
            while data := source.recv(65_536):
                time.sleep(milliseconds / 2_000)
                to.sendall(data)
        to.close()

    def accept() -> None:
        while True:
            try:
                near, _ = listening.accept()
            except OSError:
                return
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            far = socket.socket(socket.AF_UNIX)
            far.connect(unix)
            for pair in ((near, far), (far, near)):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    listening = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=accept, daemon=True).start()
    yield listening.getsockname()[1]
    listening.close()


def work(url: str, concurrency: int, ready: Any, stop: Any) -> None:
    async def until_stopped() -> None:
        worker = Worker(url, furnish, concurrency)
        await worker.start()
        ready.release()
        await asyncio.to_thread(stop.wait)
        await worker.drain()
        await worker.stop()

    asyncio.run(until_stopped())


def throughput(url: str, workers: int) -> dict[str, float]:
    """Take so many runs from the alert to the first question with so many workers of four turns each."""
    context = multiprocessing.get_context("spawn")
    ready, stop = context.Semaphore(0), context.Event()
    processes = [context.Process(target=work, args=(url, 4, ready, stop)) for _ in range(workers)]
    for process in processes:
        process.start()
    for _ in processes:
        ready.acquire()
    with closing(open_store(url)) as store:
        incidents = IncidentService(dependencies(store))
        begun = time.perf_counter()
        for number in range(RUNS):
            incidents.alerts.receive(Alert(title=f"alert {number}", service=f"s{number}"))
        asked = "SELECT COUNT(*) AS runs FROM questions"
        while store.database.connection.execute(asked).fetchone()["runs"] < RUNS:
            time.sleep(0.02)
        took = time.perf_counter() - begun
    stop.set()
    for process in processes:
        process.join()
    return {"runs_per_second": round(RUNS / took, 2)}


def embedded(file: Path) -> dict[str, float]:
    """The same in one process on SQLite."""

    async def play() -> float:
        with closing(Store(file)) as store:
            incidents = IncidentService(dependencies(store))
            await incidents.start()
            begun = time.perf_counter()
            for number in range(RUNS):
                incidents.alerts.receive(Alert(title=f"alert {number}", service=f"s{number}"))
            while incidents.runs.workload().questions < RUNS:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.02)
            took = time.perf_counter() - begun
            await incidents.stop()
            return took

    return {"runs_per_second": round(RUNS / asyncio.run(play()), 2)}


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    folder.chmod(0o755)
    url = start_server(folder / "postgres")
    schemas = Schemas(url)
    tell("sqlite", {**costs(Store(folder / "a.sqlite")), **embedded(folder / "b.sqlite")})
    unix = str(folder / "postgres" / ".s.PGSQL.5432")
    for delay in DELAYS:
        with delayed(unix, delay) as port:
            schema = schemas.take().rpartition("options=")[2]
            store = open_store(f"postgresql://postgres@127.0.0.1:{port}/postgres?options={schema}")
            tell(f"postgres, {delay} ms away", costs(store))
            store.close()
    for workers in (1, 2, 4):
        tell(f"postgres, {workers} workers", throughput(schemas.take(), workers))


def tell(what: str, figures: dict[str, float]) -> None:
    """Print a line as soon as it is known."""
    print(json.dumps({what: figures}), flush=True)


if __name__ == "__main__":
    main()
