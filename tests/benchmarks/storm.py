"""A storm of alerts on a real server, which is killed once in the middle: `make storm`. Beside a bare FastAPI route."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from sqlite3 import connect
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from api.serving.listening import listen
from graphs.store.store import Store
from tests.api.processes import ENVIRONMENT, address, start
from tests.benchmarks.visitor import visitor

ALERTS, SERVICES, CONNECTIONS, BODIES = 10_000, 200, 100, 2
LONG = 300.0
GROUPS = (100, 1_000, 10_000)
"""Alerts in one body, of one service."""
Post = Callable[[dict[str, Any]], Awaitable[None]]


def alert(number: int) -> dict[str, Any]:
    """One of Alertmanager's alerts."""
    labels = {"alertname": f"Alert{number}", "service": f"service-{number % SERVICES}", "severity": "critical"}
    return {
        "status": "firing",
        "labels": {**labels, "zone": "a"},
        "annotations": {"summary": f"alert {number} of service-{number % SERVICES}"},
        "startsAt": "2026-03-03T03:00:00Z",
        "fingerprint": f"{number:016x}",
    }


def body(alerts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What Alertmanager posts, without a group key: each alert for itself."""
    return {"version": "4", "status": "firing", "receiver": "warroom", "alerts": list(alerts)}


class Times:
    """What became of the posts."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.acknowledged: list[int] = []
        self.sent_again = 0
        self.kills = 0


async def post_all(
    base: Callable[[], str], path: str, numbers: range, times: Times, midway: Callable[[], None]
) -> float:
    """Post every alert for itself as fast as it goes; what is not acknowledged is sent again. Gives seconds."""
    waiting = iter(numbers)
    limits = httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    begun = time.perf_counter()
    async with httpx2.AsyncClient(limits=limits, timeout=LONG) as client:

        async def sender() -> None:
            for number in waiting:
                while not await _posted(client, base() + path, number, times):
                    times.sent_again += 1
                    await asyncio.sleep(0.1)
                if len(times.acknowledged) == len(numbers) // 2:
                    times.kills += 1
                    midway()

        await asyncio.gather(*(sender() for _ in range(CONNECTIONS)))
    return time.perf_counter() - begun


async def _posted(client: httpx2.AsyncClient, address: str, number: int, times: Times) -> bool:
    begun, kills = time.perf_counter(), times.kills
    try:
        answer = await client.post(address, json=body([alert(number)]))
    except httpx2.TransportError:
        return False
    if not answer.is_success:
        return False
    if times.kills == kills:  # of others only the start of the server was measured
        times.seconds.append(time.perf_counter() - begun)
    times.acknowledged.append(number)
    return True


class House:
    """Warroom as a process, which can be killed and begun anew."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.begun = folder, 0.0
        self.start()

    def start(self) -> None:
        begun = time.perf_counter()
        self.process = start("serve", "--port", "0", "--data", "data", cwd=self.folder)
        self.base = address(self.process)
        self.address.write_text(self.base, encoding="utf-8")
        self.begun = time.perf_counter() - begun

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()
        self.start()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()

    @property
    def address(self) -> Path:
        """Of the file in which it stands where it can be reached now."""
        return self.folder / "address"

    @property
    def store(self) -> Path:
        return self.folder / "data" / "warroom.sqlite"


def storm(alerts: int = ALERTS) -> dict[str, Any]:
    """The whole of it; gives the line that `make storm` prints."""
    with TemporaryDirectory(prefix="storm-") as folder:
        house = House(Path(folder))
        try:
            told = asyncio.run(_on(house, alerts))
        finally:
            house.end()
        return {**told, **_left_behind(house.store, alerts), **_beside(told, bare(alerts))}


async def _on(house: House, alerts: int) -> dict[str, Any]:
    times = Times()
    with visitor(house.address) as looks:
        seconds = await post_all(lambda: house.base, "/v1/alerts/alertmanager", range(alerts), times, house.kill)
    grouped: list[float] = []
    async with httpx2.AsyncClient(timeout=LONG) as client:
        for first in range(0, alerts, alerts // BODIES):
            begun = time.perf_counter()
            group = [alert(number) for number in range(first, first + alerts // BODIES)]
            answer = await client.post(f"{house.base}/v1/alerts/alertmanager", json=body(group))
            assert answer.is_success, answer.text[:500]
            grouped.append(round(time.perf_counter() - begun, 2))
            await _taken_in(house.store)
        groups = [await _group(client, house, size) for size in GROUPS if size <= alerts]
    return {
        "alerts": alerts,
        "acknowledged": len(times.acknowledged),
        "kills": 1,
        "sent_again": times.sent_again,
        "seconds_to_restart": round(house.begun, 2),
        "p99_ms": _p99(times.seconds),
        "alerts_per_second": round(alerts / (seconds - house.begun)),
        "page_p99_ms": _p99(looks),
        "pages": len(looks),
        "grouped_seconds": grouped,
        "groups": groups,
    }


async def _group(client: httpx2.AsyncClient, house: House, size: int) -> dict[str, Any]:
    """A group whose alerts all join one incident: when it is answered, and what each alert costs to its end."""
    names = {"service": f"group-of-{size}", "severity": "critical"}
    alerts = [
        {**alert(number), "labels": {"alertname": f"A{number}", **names}, "fingerprint": f"{size}-{number}"}
        for number in range(size)
    ]
    before, begun = _cpu(house.process.pid), time.perf_counter()
    answer = await client.post(f"{house.base}/v1/alerts/alertmanager", json={**body(alerts), "groupKey": f"{size}"})
    answered = time.perf_counter() - begun
    assert answer.is_success, answer.text[:500]
    await _taken_in(house.store)
    spent = _cpu(house.process.pid) - before
    return {
        "alerts": size,
        "answered_seconds": round(answered, 2),
        "cpu_ms_per_alert": round(spent * 1000 / size, 2),
        "waited_for": answer.json()["waiting"],
    }


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _taken_in(file: Path) -> None:
    """Wait until everything that is on disk is taken in."""
    store = Store(file, read_only=True)
    while store.deliveries.size().waiting:  # noqa: ASYNC110 - it waits for another process
        await asyncio.sleep(0.2)
    store.close()


def _left_behind(file: Path, alerts: int) -> dict[str, Any]:
    """What stands in the store afterwards."""
    store = Store(file, read_only=True)
    rows = store.database.connection.execute(
        "SELECT dedup_key, times, run FROM alarms WHERE dedup_key NOT LIKE '[\"warroom%' AND group_key = ''"
    )
    found = {row["dedup_key"]: (row["times"], row["run"]) for row in rows}
    runs = store.database.connection.execute(
        "SELECT COUNT(*), SUM(parent <> ''), SUM(queued > 0) FROM runs WHERE alert NOT LIKE '%group-of-%'"
    ).fetchone()
    store.close()
    return {
        "lost": alerts - len(found),
        "not_counted_again": sum(times < 2 for times, _ in found.values()),
        "incidents": len({run for _, run in found.values()}),
        "incidents_expected": min(SERVICES, alerts),
        "parents": runs[0] - len({run for _, run in found.values()}),
        "children": runs[1],
        "queued": runs[2],
    }


def _beside(told: dict[str, Any], measured: dict[str, Any]) -> dict[str, Any]:
    return {
        "bare_route": measured,
        "to_bare_route": round(told["alerts_per_second"] / measured["alerts_per_second"], 2),
    }


def bare(alerts: int) -> dict[str, Any]:
    """A route that reads no JSON: it keeps each body as one row, which is on disk by itself before the answer."""
    with TemporaryDirectory(prefix="bare-") as folder:
        command = [sys.executable, "-m", "tests.benchmarks.storm", "bare", folder]
        process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
        try:
            base, times = address(process), Times()
            seconds = asyncio.run(post_all(lambda: base, "/", range(alerts), times, lambda: None))
        finally:
            process.kill()
            process.communicate()
    return {"alerts_per_second": round(alerts / seconds), "p99_ms": _p99(times.seconds)}


def serve_bare(folder: str) -> None:
    """Serve that route."""
    store = connect(Path(folder) / "bare.sqlite", check_same_thread=False)
    store.execute("PRAGMA journal_mode = WAL")
    store.execute("PRAGMA synchronous = FULL")
    store.execute("CREATE TABLE inbox (body TEXT NOT NULL)")
    app = FastAPI()

    @app.post("/")
    async def keep(request: Request) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        with store:
            store.execute("INSERT INTO inbox VALUES (?)", [(await request.body()).decode()])
        return JSONResponse({}, 202)

    with listen(0) as listening:
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])


def _p99(seconds: Sequence[float]) -> float:
    return round(sorted(seconds)[int(len(seconds) * 0.99)] * 1000, 1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["bare"]:
        serve_bare(sys.argv[2])
    else:
        print(json.dumps(storm(*map(int, sys.argv[1:]))))
