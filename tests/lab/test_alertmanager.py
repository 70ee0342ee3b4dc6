"""A real Alertmanager delivers through both of its doors: its own webhook, and PagerDuty's Events API."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import which
from typing import Any

import httpx2
import pytest

from agents.io.catalogue import Catalogue
from agents.io.clock import RealClock
from agents.tools.connections import CatalogueConnections
from api.serving.server import served
from graphs.intake.incident_service import IncidentService
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from graphs.transcript.facts import Facts

pytestmark = pytest.mark.skipif(not which("prometheus-alertmanager"), reason="there is no Alertmanager here")
CONFIGURATION = """
route:
  receiver: webhook
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  routes:
    - {receiver: webhook, continue: true}
    - {receiver: pagerduty}
receivers:
  - name: webhook
    webhook_configs: [{url: "http://127.0.0.1:PORT/v1/alerts/alertmanager", send_resolved: true}]
  - name: pagerduty
    pagerduty_configs: [{url: "http://127.0.0.1:PORT/v2/enqueue", routing_key: any, send_resolved: true}]
"""
ALERT: dict[str, Any] = {
    "labels": {"alertname": "CheckoutFailing", "service": "checkout", "severity": "critical"},
    "annotations": {"summary": "Checkout answers with errors"},
}


@pytest.fixture
def incidents() -> IncidentService:
    clock, catalogue = RealClock(), Catalogue()
    connections = CatalogueConnections(catalogue, clock)
    return IncidentService(Dependencies(store=Store(), clock=clock, connections=connections, catalogue=catalogue))


@pytest.fixture
async def alertmanager(incidents: IncidentService, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """Alertmanager on loopback, configured to send to a served Warroom."""
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        file = tmp_path / "alertmanager.yml"
        file.write_text(CONFIGURATION.replace("PORT", str(listening.getsockname()[1])))
        async with served(incidents, listening):
            process = await asyncio.create_subprocess_exec(
                *("prometheus-alertmanager", f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="),
                *(f"--config.file={file}", f"--storage.path={tmp_path}/data", "--log.level=error"),
            )
            try:
                async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                    await until(lambda: answers(client))
                    yield client
            finally:
                process.terminate()
                await process.wait()


async def answers(client: httpx2.AsyncClient) -> bool:
    try:
        return (await client.get("/-/ready")).is_success
    except httpx2.TransportError:
        return False


async def until(happened: Any) -> None:
    """Look again and again, for at most ten seconds."""
    for _ in range(200):
        if await happened():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen")


def by_source(incidents: IncidentService) -> dict[str, Facts]:
    return {run.alert.source: run for run in incidents.runs.newest() if run.alert}


async def test_alertmanager_pages_through_both_doors_and_says_when_it_is_over(
    alertmanager: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    await alertmanager.post("/api/v2/alerts", json=[ALERT])

    async def both_fire() -> bool:
        return by_source(incidents).keys() == {"alertmanager", "pagerduty_events"}

    await until(both_fire)
    webhook, events = by_source(incidents)["alertmanager"], by_source(incidents)["pagerduty_events"]
    assert webhook.alert
    assert events.alert
    assert (webhook.alert.title, webhook.service, webhook.alert.hint) == (
        "Checkout answers with errors",
        "checkout",
        "P1",
    )
    assert "CheckoutFailing" in events.alert.title
    over = {**ALERT, "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2026-01-01T00:01:00Z"}
    await alertmanager.post("/api/v2/alerts", json=[over])

    async def both_are_over() -> bool:
        return all(run.alert_resolved for run in by_source(incidents).values())

    await until(both_are_over)
