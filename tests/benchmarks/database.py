"""What an alert, an event, a turn and a run cost on SQLite, and on PostgreSQL with a network between; stock LangGraph
with its own saver over the same network; runs per second by workers."""

import asyncio
import json
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agents.io.clock import VirtualClock
from agents.runtime.briefing import Alert
from evals.playing.play import EPOCH, PersonOnCall
from graphs.engine.lane_executor import LaneExecutor
from graphs.intake.incident_service import IncidentService
from graphs.runtime.dependencies import Dependencies
from graphs.store.opening import open_store
from graphs.store.store import Store
from graphs.transcript.events import Author, Draft
from tests.benchmarks.estate import Estate
from tests.benchmarks.stock import stock
from tests.benchmarks.workers import by_workers, dependencies, embedded
from tests.distance import Distance, away
from tests.postgres import NoServer, Schemas, leave_servers, start_server

EVENTS, TURNS = (100, 1_000), 6
DELAYS = (0, 1, 5)
"""Milliseconds that the network takes to the server and back."""
WORKERS = (1, 2, 4)
SCENARIO = "first_light"
RoundTrips = Callable[[], int]


def nobody_counts() -> int:
    return 0


def costs(store: Store, round_trips: RoundTrips = nobody_counts) -> dict[str, float]:
    """Milliseconds and round trips of an alert that begins a run, of an event, and of a run's first turn."""
    incidents = IncidentService(dependencies(store))
    took, runs, trips = list[float](), list[str](), list[int]()
    for number in range(TURNS):
        asked, begun = round_trips(), time.perf_counter()
        runs.append(incidents.alerts.receive(Alert(title=f"alert {number}", service=f"s{number}")).run)
        took.append(time.perf_counter() - begun)
        trips.append(round_trips() - asked)  # the first times of a query take one more: then it is prepared
    return {
        "alert_ms": round(1000 * statistics.median(took), 1),
        "alert_round_trips": statistics.median_low(trips),
        **events(incidents.deps, runs[0], round_trips),
        **turns(incidents.deps, runs[1:], round_trips),
    }


def events(deps: Dependencies, run: str, round_trips: RoundTrips) -> dict[str, float]:
    """An event in a run that has few of them, and in one that has many."""
    found, written, trips = dict[str, float](), 0, 0
    for size in EVENTS:
        took, asked = list[float](), round_trips()
        for number in range(written, size):
            begun = time.perf_counter()
            deps.transcripts.write(run, Draft(f"note/{number}", "note", {"by": "x", "text": "y"}, Author("main")))
            took.append(time.perf_counter() - begun)
        written += len(took)
        found[f"event_ms_up_to_{size}"] = round(1000 * statistics.median(took), 2)
        trips = (round_trips() - asked) / len(took)
    return {**found, "event_round_trips": round(trips, 1)}


def turns(deps: Dependencies, runs: list[str], round_trips: RoundTrips) -> dict[str, float]:
    """The first turn of a run with all its events and checkpoints."""
    executor, took, written, trips = LaneExecutor(deps), list[float](), 0, 0
    for run in runs:
        before, asked, begun = len(deps.transcripts.after(run)), round_trips(), time.perf_counter()
        asyncio.run(executor.take(run, "main"))
        took.append(time.perf_counter() - begun)
        trips, written = round_trips() - asked, len(deps.transcripts.after(run)) - before
    return {"turn_ms": round(statistics.median(took) * 1000), "turn_events": written, "turn_round_trips": trips}


def whole_run(store: Store, round_trips: RoundTrips = nobody_counts) -> dict[str, float]:
    """A P0 from its alert to its end by the rules, in simulated production on virtual time; the store is empty."""
    clock = VirtualClock(EPOCH)

    async def play() -> dict[str, float]:
        estate = Estate(SCENARIO, 1, clock)
        incidents = IncidentService(Dependencies(store, clock, estate, estate.catalogue, revenue_limit=25_000))
        await incidents.start()
        asked, begun = round_trips(), time.perf_counter()
        run = incidents.alerts.receive(estate.alerts[0]).run
        await PersonOnCall(estate.scenario.on_call, incidents).attend(run)
        took = time.perf_counter() - begun
        trips, facts = round_trips() - asked, incidents.facts(run)
        assert facts.status == "closed"
        await incidents.stop()
        return {"run_seconds": round(took, 2), "run_events": facts.seen, "run_round_trips": trips}

    return clock.run(play)


def of_both(url: str, other: str, round_trips: RoundTrips) -> dict[str, float]:
    """The costs one by one, and a whole run in a store of its own."""
    with closing(open_store(url)) as store, closing(open_store(other)) as empty:
        return {**costs(store, round_trips), **whole_run(empty, round_trips)}


def on_postgres(schemas: Schemas) -> dict[str, Any]:
    """By the distance to the server, and by the number of workers beside it."""
    found: dict[str, Any] = {"postgres, nothing between": of_both(schemas.take(), schemas.take(), nobody_counts)}
    for delay in DELAYS:
        with away(schemas.take(), delay) as (url, first), away(schemas.take(), delay) as (other, second):

            def round_trips(roads: Sequence[Distance] = (first, second)) -> int:
                return sum(road.round_trips for road in roads)

            found[f"postgres, {delay} ms away"] = of_both(url, other, round_trips)
            found[f"stock langgraph, {delay} ms away"] = stock(url, round_trips)
    for workers in WORKERS:
        found[f"postgres, {workers} workers"] = by_workers(schemas.take(), workers)
    return found


def database() -> dict[str, Any]:
    """Embedded, by the distance to the server beside stock LangGraph, and by workers."""
    with TemporaryDirectory(prefix="bench-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # the server runs as a user of its own where this is root
        with closing(Store(folder / "a.sqlite")) as store, closing(Store(folder / "c.sqlite")) as empty:
            alone = {**costs(store), **whole_run(empty)}
        found: dict[str, Any] = {"sqlite": alone, "sqlite, embedded": embedded(folder / "b.sqlite")}
        try:
            schemas = Schemas(start_server(folder / "postgres"))
        except NoServer as missing:
            return {**found, str(missing): {}}
        try:
            return {**found, **on_postgres(schemas)}
        finally:
            leave_servers()


if __name__ == "__main__":
    print(json.dumps(database(), indent=2))
