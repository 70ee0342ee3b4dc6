"""Ready means: alerts can be stored and runs are woken."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from api.app import create_app
from graphs.intake.incident_service import IncidentService


@pytest.fixture
async def started(incidents: IncidentService) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app(incidents)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        yield client


async def test_a_server_that_has_started_is_ready(started: httpx2.AsyncClient) -> None:
    answer = await started.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


async def test_one_whose_runner_does_not_work_is_live_and_not_ready(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.headers["retry-after"]
    assert (await client.get("/health/live")).status_code == 200


async def test_one_that_is_draining_is_not_ready(started: httpx2.AsyncClient, incidents: IncidentService) -> None:
    await incidents.drain()
    assert (await started.get("/health/ready")).status_code == 503


async def test_one_whose_store_cannot_be_written_is_not_ready(
    started: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    incidents.deps.store.database.connection.execute("PRAGMA query_only = ON")
    answer = await started.get("/health/ready")
    assert answer.status_code == 503
    incidents.deps.store.database.connection.execute("PRAGMA query_only = OFF")
    assert (await started.get("/health/ready")).status_code == 200
