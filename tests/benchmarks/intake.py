"""Alerts through the whole application without a network: CPU per alert, alone and in groups, beside a bare route."""

import asyncio
import gc
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import httpx2
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from agents.io.catalogue import Catalogue
from agents.io.clock import RealClock
from agents.tools.connections import CatalogueConnections
from api.app import create_app
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from tests.benchmarks.bodies import Resting
from tests.benchmarks.storm import CONNECTIONS, alert, body

ALONE = 1_000
GROUPS = (100, 1_000, 10_000)
PATH = "/v1/alerts/alertmanager"


class Taking(Resting):
    """Takes in as a server does, and runs nothing."""

    async def start(self) -> None:
        """Wake nobody."""
        self.deps.store.share_syncs()


async def _alone(app: FastAPI, path: str, alerts: int = ALONE) -> float:
    """CPU milliseconds for each of many bodies with one alert that come over many connections."""
    bodies = iter([json.dumps(body([alert(number)])) for number in range(alerts)])

    async def sender(client: httpx2.AsyncClient) -> None:
        for content in bodies:
            await _post(client, path, content)

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1") as client:
        begun = process_time()
        await asyncio.gather(*(sender(client) for _ in range(CONNECTIONS)))
        return round(1000 * (process_time() - begun) / alerts, 2)


async def _group(app: FastAPI, store: Store, size: int) -> float:
    """CPU milliseconds for each alert of a group that becomes one incident."""
    told = [{**alert(n), "labels": {"alertname": f"A{n}", "service": f"group-of-{size}"}} for n in range(size)]
    group = [{**one, "fingerprint": f"{size}-{n}"} for n, one in enumerate(told)]
    content = json.dumps({**body(group), "groupKey": str(size)})
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1") as client:
        begun = process_time()
        await _post(client, PATH, content)
        while store.deliveries.size().waiting:  # noqa: ASYNC110 - the application says nothing when it is done
            await asyncio.sleep(0.001)
        return round(1000 * (process_time() - begun) / size, 2)


async def _post(client: httpx2.AsyncClient, path: str, content: str) -> None:
    answer = await client.post(path, content=content, headers={"Content-Type": "application/json"})
    assert answer.is_success, answer.text[:500]


def _bare(folder: Path) -> FastAPI:
    """A route that only stores the body; each is on disk by itself."""
    connection = Store(folder / "bare.sqlite").database.connection
    connection.execute("CREATE TABLE bodies (body TEXT NOT NULL)")
    app = FastAPI()

    @app.post("/")
    async def keep(request: Request) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        with connection:
            connection.execute("INSERT INTO bodies VALUES (?)", [(await request.body()).decode()])
        return JSONResponse({}, 202)

    return app


async def _measure(folder: Path) -> dict[str, Any]:
    clock, nothing = RealClock(), Catalogue()
    deps = Dependencies(Store(folder / "bench.sqlite"), clock, CatalogueConnections(nothing, clock), nothing)
    incidents = Taking(deps)
    app, bare = create_app(incidents), _bare(folder)
    await incidents.start()
    await _alone(app, PATH, CONNECTIONS)
    alone = {"warroom": await _alone(app, PATH), "bare_route": await _alone(bare, "/")}
    groups = {size: await _group(app, deps.store, size) for size in GROUPS}
    deps.store.close()
    return {"cpu_ms_per_alert_alone": alone, "cpu_ms_per_alert_of_a_group_of": groups}


def intake() -> dict[str, Any]:
    """Both in one run, so that their ratio means something on a busy machine."""
    gc.set_threshold(50_000, 20, 50)  # as the command sets it
    with TemporaryDirectory(prefix="intake-") as folder:
        return asyncio.run(_measure(Path(folder)))
