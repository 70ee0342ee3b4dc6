"""`warroom forget` on a data directory, and what the doors say of a run that was forgotten."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from agents.io.catalogue import Catalogue
from agents.io.clock import VirtualClock
from agents.runtime.briefing import Alert
from agents.tools.connections import CatalogueConnections
from api.cli.main import app
from graphs.intake.incident_service import IncidentService
from graphs.maintenance.data_file import FILE
from graphs.maintenance.retention import forget
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from tests.api.conftest import Incident


@pytest.fixture
def deps(tmp_path: Path) -> Iterator[Dependencies]:
    clock, catalogue = VirtualClock(datetime(2026, 3, 2, tzinfo=UTC)), Catalogue()
    deps = Dependencies(Store(tmp_path / FILE), clock, CatalogueConnections(catalogue, clock), catalogue)
    yield deps
    deps.store.close()


def had(deps: Dependencies, is_open: bool = False) -> str:
    run = IncidentService(deps).receive(Alert(title="checkout answers 500")).run
    if not is_open:
        with deps.store.transaction():
            deps.store.runs.close(run)
    return run


def test_a_closed_run_is_forgotten_beside_a_running_server(deps: Dependencies, tmp_path: Path) -> None:
    run = had(deps)
    told = CliRunner().invoke(app, ["forget", run, "--yes", "--data", str(tmp_path)])
    assert told.exit_code == 0, told.output
    assert told.stdout == f"{run} is forgotten: 1 events, 0 pictures.\n"
    assert deps.store.runs.tombstone(run)


def test_without_a_yes_nothing_is_forgotten(deps: Dependencies, tmp_path: Path) -> None:
    run = had(deps)
    assert CliRunner().invoke(app, ["forget", run, "--data", str(tmp_path)], input="n\n").exit_code == 1
    assert deps.store.runs.exists(run)


def test_an_open_run_is_refused(deps: Dependencies, tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["forget", had(deps, is_open=True), "--yes", "--data", str(tmp_path)])
    assert told.exit_code == 2
    assert "close or cancel it first" in told.stderr


@pytest.mark.parametrize(("where", "why"), [("", "there is no run nobody"), ("elsewhere", "there is no data in")])
def test_what_is_not_there_is_said(deps: Dependencies, tmp_path: Path, where: str, why: str) -> None:
    told = CliRunner().invoke(app, ["forget", "nobody", "--yes", "--data", str(tmp_path / where)])
    assert told.exit_code == 2
    assert why in told.stderr


async def test_the_doors_say_that_a_run_was_forgotten(client: httpx2.AsyncClient, incident: Incident) -> None:
    store = incident.incidents.deps.store
    with store.transaction():
        store.runs.close(incident.run)
    forget(store, incident.run, "ada", incident.incidents.clock.now())
    answered = await client.get(f"/v1/runs/{incident.run}")
    assert (answered.status_code, answered.json()["detail"]) == (
        410,
        f"Run {incident.run} was forgotten: it was deleted for good.",
    )
    assert (await client.get("/v1/runs")).json()["runs"] == []


async def test_the_shape_of_webhooks_is_served(client: httpx2.AsyncClient) -> None:
    shape = (await client.get("/v1/webhooks/schema")).json()
    assert shape["title"] == "RunEvent"
