"""Many watchers on one run: how late events come, and what one costs; beside FastAPI's own server-sent events."""

import asyncio
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi.sse import EventSourceResponse, ServerSentEvent

from agents.io.catalogue import Catalogue
from agents.io.clock import RealClock
from agents.runtime.briefing import Alert
from agents.tools.connections import CatalogueConnections
from api.app import create_app
from api.serving.listening import listen
from api.serving.server import WarroomServer
from graphs.intake.incident_service import IncidentService
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from graphs.transcript.event import Event
from graphs.transcript.events import Author, Draft

WATCHERS, EVENTS, PER_SECOND = 1000, 100, 10
SENT = re.compile(rb'"sent": ?([\d.]+)')
WAYS = {"warroom": "/v1/runs/{run}/events?after=1", "fastapi": "/native"}


class Native:
    """The same events as FastAPI sends them by itself: from one list in memory, encoded for each watcher."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.watchers = 0
        self._news = asyncio.Event()

    async def follow(self, incidents: IncidentService, run: str) -> None:
        async for event in incidents.follow(run, 1):
            self.events.append(event)
            self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def watch(self) -> AsyncIterator[ServerSentEvent]:
        self.watchers += 1
        cursor = 0
        while True:
            news = self._news
            while cursor < len(self.events):
                event = self.events[cursor]
                cursor += 1
                yield ServerSentEvent(data=event, id=str(event.seq))
            await news.wait()


async def serve(way: str, watchers: int, events: int) -> None:
    """Serve one run, and write to it once all watch; prints the port, then the processor's seconds."""
    deps = Dependencies(Store(), RealClock(), CatalogueConnections(Catalogue(), RealClock()), Catalogue())
    incidents, native = IncidentService(deps), Native()
    app = create_app(incidents)
    app.get("/native", response_class=EventSourceResponse)(native.watch)
    run = incidents.alerts.receive(Alert(title="benchmark")).run
    deps.store.wakeups.delete_of_run(run)  # nobody is at work but the watchers
    with listen(0) as listening:
        server = WarroomServer(app)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        following = asyncio.create_task(native.follow(incidents, run)) if way == "fastapi" else None
        await server.up.wait()
        print(json.dumps({"port": listening.getsockname()[1], "path": WAYS[way].format(run=run)}), flush=True)
        while _watching(app, native) < watchers:  # noqa: ASYNC110 - nothing tells when the last has come
            await asyncio.sleep(0.05)
        begun = time.process_time()
        await _write(incidents, run, events)
        await asyncio.to_thread(sys.stdin.readline)  # all have seen all
        print(json.dumps({"cpu_seconds": time.process_time() - begun}), flush=True)
        if following:
            following.cancel()
        server.stop()
        await serving


def _watching(app: Any, native: Native) -> int:
    return native.watchers + app.state.broadcasts.watchers


async def _write(incidents: IncidentService, run: str, events: int) -> None:
    for number in range(events):
        payload = {"by": "benchmark", "text": "x" * 200, "sent": time.monotonic()}
        incidents.deps.transcripts.write(run, Draft(f"main/benchmark#{number}", "note", payload, Author("main")))
        await asyncio.sleep(1 / PER_SECOND)


async def watch(port: int, path: str, events: int) -> list[float]:
    """Watch until the end; gives how late each event came, in seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    late: list[float] = []
    while len(late) < events and (line := await reader.readline()):
        sent = SENT.search(line)
        if sent:
            late.append(time.monotonic() - float(sent[1]))
    writer.close()
    return late


def measure(way: str, watchers: int, events: int) -> dict[str, Any]:
    """One way of sending."""
    command = [sys.executable, "-m", "tests.benchmarks.watchers", way, str(watchers), str(events)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin and server.stdout
        told = json.loads(server.stdout.readline())

        async def all_watch() -> list[list[float]]:
            return await asyncio.gather(*(watch(told["port"], told["path"], events) for _ in range(watchers)))

        seen = asyncio.run(all_watch())
        print(file=server.stdin, flush=True)
        cpu = json.loads(server.stdout.readline())["cpu_seconds"]
        server.terminate()
    late = sorted(delay for delays in seen for delay in delays)
    return {
        "delivered": len(late),
        "missed": watchers * events - len(late),
        "p50_ms": round(1000 * late[len(late) // 2], 1),
        "p99_ms": round(1000 * late[len(late) * 99 // 100], 1),
        "cpu_us_per_event_and_watcher": round(1e6 * cpu / (watchers * events), 1),
    }


def watchers(number: int = WATCHERS, events: int = EVENTS) -> dict[str, Any]:
    """Both ways, one after the other."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    ways = {way: measure(way, number, events) for way in WAYS}
    return {"watchers": number, "events": events, "events_per_second": PER_SECOND, **ways}


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
