"""Runs per second, and what a run costs the workers and the server, embedded on SQLite and by workers on PostgreSQL."""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from agents.io.catalogue import Catalogue
from agents.io.clock import RealClock
from agents.runtime.briefing import Alert
from agents.tools.connections import CatalogueConnections
from graphs.engine.turn_taker import Workplace
from graphs.engine.worker import Worker
from graphs.intake.incident_service import IncidentService
from graphs.intake.storms import StormQueue
from graphs.runtime.dependencies import Dependencies
from graphs.store.opening import open_store
from graphs.store.store import Store

ROUNDS = (12, 48)
"""Runs at once. They go from the alert to the first question."""
TURNS_AT_A_TIME = 4


def dependencies(store: Store) -> Dependencies:
    """What a node works with where nothing is connected, on real time."""
    clock, nothing = RealClock(), Catalogue()
    return Dependencies(
        store, clock, CatalogueConnections(nothing, clock), nothing, minute=timedelta(minutes=1), storm_from=10_000
    )


def furnish(store: Store) -> Workplace:
    deps = dependencies(store)
    return Workplace(deps, StormQueue(deps).release)


def work(url: str, ready: Any, stop: Any) -> None:
    """Be a worker until it is enough."""

    async def until_stopped() -> None:
        worker = Worker(url, furnish, TURNS_AT_A_TIME)
        await worker.start()
        ready.release()
        await asyncio.to_thread(stop.wait)
        await worker.drain()
        await worker.stop()

    asyncio.run(until_stopped())


@contextmanager
def working(url: str, workers: int) -> Generator[list[BaseProcess]]:
    """So many workers, as processes."""
    context = multiprocessing.get_context("spawn")
    ready, stop = context.Semaphore(0), context.Event()
    processes: list[BaseProcess] = [context.Process(target=work, args=(url, ready, stop)) for _ in range(workers)]
    for process in processes:
        process.start()
    for _ in processes:
        ready.acquire()
    try:
        yield processes
    finally:
        stop.set()
        for process in processes:
            process.join()


def by_workers(url: str, workers: int) -> dict[str, dict[str, float]]:
    """Every round, after one so that each process has done everything once."""
    with working(url, workers) as processes, closing(open_store(url)) as store:
        server = Server(store)
        ask_about(store, ROUNDS[0])
        return {f"{runs} runs": measure(store, processes, server, runs) for runs in ROUNDS}


def measure(store: Store, processes: Sequence[BaseProcess], server: "Server", runs: int) -> dict[str, float]:
    """Begin so many runs, and wait until each of them asks people something."""
    begun, used, before = time.perf_counter(), cpu_of(processes), server.used()
    ask_about(store, runs)
    took = time.perf_counter() - begun
    seconds, written = (after - earlier for after, earlier in zip(server.used(), before, strict=True))
    return {
        "runs_per_second": round(runs / took, 2),
        "cpu_ms_per_run": round(1000 * (cpu_of(processes) - used) / runs),
        "server_cpu_ms_per_run": round(1000 * seconds / runs),
        "server_log_kb_per_run": round(written / 1024 / runs),
    }


def ask_about(store: Store, runs: int) -> None:
    """Begin so many runs more, and wait until each has asked people something."""
    incidents, before = IncidentService(dependencies(store)), asked(store)
    for number in range(before, before + runs):
        incidents.alerts.receive(Alert(title=f"alert {number}", service=f"s{number}"))
    while asked(store) < before + runs:
        time.sleep(0.02)


def asked(store: Store) -> int:
    """How many runs have asked people something."""
    row = store.database.connection.execute("SELECT COUNT(DISTINCT run) AS runs FROM questions").fetchone()
    return int(row["runs"])


class Server:
    """The PostgreSQL server of a store, which runs on this machine."""

    def __init__(self, store: Store) -> None:
        self._ask = store.database.connection.execute
        backend = self._ask("SELECT pg_backend_pid() AS pid").fetchone()["pid"]
        self._postmaster = int(_fields(f"/proc/{backend}/stat")[1])

    def used(self) -> tuple[float, float]:
        """Seconds of a core that it has used, with all its sessions, and bytes of its write-ahead log."""
        own = _fields(f"/proc/{self._postmaster}/stat")
        ticks = sum(map(int, own[11:15]))  # its own, and those of its sessions that have ended
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = _fields(stat)
            except OSError:  # it has just ended
                continue
            if fields[1] == str(self._postmaster):
                ticks += int(fields[11]) + int(fields[12])
        row = self._ask("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS written").fetchone()
        return ticks / os.sysconf("SC_CLK_TCK"), float(row["written"])


def _fields(stat: str | Path) -> list[str]:
    """What /proc says of a process, from its state on."""
    return Path(stat).read_text().rpartition(")")[2].split()


def cpu_of(processes: Sequence[BaseProcess]) -> float:
    """Seconds of a core that processes have used."""
    fields = (_fields(f"/proc/{process.pid}/stat") for process in processes)
    return sum(int(own[11]) + int(own[12]) for own in fields) / os.sysconf("SC_CLK_TCK")


def embedded(file: Path) -> dict[str, dict[str, float]]:
    """The same rounds in one process on SQLite."""
    with closing(Store(file)) as store:
        return asyncio.run(_embedded(store))


async def _embedded(store: Store) -> dict[str, dict[str, float]]:
    incidents, found = IncidentService(dependencies(store)), dict[str, dict[str, float]]()
    await incidents.start()
    for runs in (ROUNDS[0], *ROUNDS):
        before, begun, used = asked(store), time.perf_counter(), time.process_time()
        for number in range(before, before + runs):
            incidents.alerts.receive(Alert(title=f"alert {number}", service=f"s{number}"))
        while asked(store) < before + runs:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
        took, used = time.perf_counter() - begun, time.process_time() - used
        found[f"{runs} runs"] = {"runs_per_second": round(runs / took, 2), "cpu_ms_per_run": round(1000 * used / runs)}
    await incidents.stop()
    return found
