"""What an event and a turn cost on SQLite, and on PostgreSQL with a network between; runs per second by workers."""

import asyncio
import json
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
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
from tests.distance import away
from tests.postgres import NoServer, Schemas, leave_servers, start_server

EVENTS, TURNS, RUNS = 100, 6, 12
DELAYS = (0, 1, 5)
"""Milliseconds that the network takes to the server and back."""
WORKERS = (1, 2, 4)


def dependencies(store: Store) -> Dependencies:
    clock, nothing = RealClock(), Catalogue()
    return Dependencies(
        store, clock, CatalogueConnections(nothing, clock), nothing, minute=timedelta(minutes=1), storm_from=10_000
    )


def furnish(store: Store) -> Workplace:
    deps = dependencies(store)
    return Workplace(deps, StormQueue(deps).release)


def costs(store: Store, round_trips: Callable[[], int] = lambda: 0) -> dict[str, float]:
    """Milliseconds of an event, and of the first turn of a run with all its events and checkpoints."""
    deps = dependencies(store)
    incidents = IncidentService(deps)
    runs = [incidents.alerts.receive(Alert(title=f"alert {n}", service=f"s{n}")).run for n in range(TURNS)]
    begun = time.perf_counter()
    for number in range(EVENTS):
        deps.transcripts.write(runs[0], Draft(f"note/{number}", "note", {"by": "x", "text": "y"}, Author("main")))
    event = (time.perf_counter() - begun) / EVENTS
    executor, took, events, trips = LaneExecutor(deps), list[float](), 0, 0
    for run in runs[1:]:
        before, asked, begun = len(deps.transcripts.after(run)), round_trips(), time.perf_counter()
        asyncio.run(executor.take(run, "main"))
        took.append(time.perf_counter() - begun)
        trips, events = round_trips() - asked, len(deps.transcripts.after(run)) - before
    turn = {"turn_ms": round(statistics.median(took) * 1000), "turn_events": events, "turn_round_trips": trips}
    return {"event_ms": round(event * 1000, 2), **turn}


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
        ask_about(store, RUNS)  # so that every process has done everything once
        begun, used = time.perf_counter(), cpu_of(processes)
        ask_about(store, 2 * RUNS)
        took, used = time.perf_counter() - begun, cpu_of(processes) - used
    stop.set()
    for process in processes:
        process.join()
    return {"runs_per_second": round(RUNS / took, 2), "cpu_ms_per_run": round(1000 * used / RUNS)}


def ask_about(store: Store, runs: int) -> None:
    """Begin the runs of a round, and wait until there are so many that ask people something."""
    incidents = IncidentService(dependencies(store))
    for number in range(runs - RUNS, runs):
        incidents.alerts.receive(Alert(title=f"alert {number}", service=f"s{number}"))
    asked = "SELECT COUNT(DISTINCT run) AS runs FROM questions"
    while store.database.connection.execute(asked).fetchone()["runs"] < runs:
        time.sleep(0.02)


def cpu_of(processes: Sequence[BaseProcess]) -> float:
    """Seconds of a core that processes have used; the server's are not among them."""
    ticks = os.sysconf("SC_CLK_TCK")
    fields = (Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split() for process in processes)
    return sum(int(user) + int(system) for *_, user, system in (field[:13] for field in fields)) / ticks


def embedded(file: Path) -> dict[str, float]:
    """The same in one process on SQLite."""

    async def play() -> tuple[float, float]:
        with closing(Store(file)) as store:
            incidents = IncidentService(dependencies(store))
            await incidents.start()
            begun, used = time.perf_counter(), time.process_time()
            for number in range(RUNS):
                incidents.alerts.receive(Alert(title=f"alert {number}", service=f"s{number}"))
            while incidents.runs.workload().questions < RUNS:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.02)
            took, used = time.perf_counter() - begun, time.process_time() - used
            await incidents.stop()
            return took, used

    took, used = asyncio.run(play())
    return {"runs_per_second": round(RUNS / took, 2), "cpu_ms_per_run": round(1000 * used / RUNS)}


def database() -> dict[str, dict[str, float]]:
    """Embedded, by the distance to the server, and by workers."""
    with TemporaryDirectory(prefix="bench-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        with closing(Store(folder / "a.sqlite")) as store:
            found = {"sqlite": {**costs(store), **embedded(folder / "b.sqlite")}}
        try:
            schemas = Schemas(start_server(folder / "postgres"))
        except NoServer as missing:
            return {**found, str(missing): {}}
        for delay in DELAYS:
            with away(schemas.take(), delay) as (url, distance), closing(open_store(url)) as store:
                found[f"postgres, {delay} ms away"] = costs(store, lambda: distance.round_trips)
        for workers in WORKERS:
            found[f"postgres, {workers} workers"] = throughput(schemas.take(), workers)
        leave_servers()
        return found


if __name__ == "__main__":
    print(json.dumps(database(), indent=2))
