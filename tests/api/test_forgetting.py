"""`warroom forget` on a data directory, and what the doors say of a run that was forgotten."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from agents.briefing import Alert
from agents.catalogue import Catalogue
from agents.clock import VirtualClock
from agents.connections import CatalogueConnections
from api.cli import app
from api.data_directory import FILE
from graphs.forgetting import forget
from graphs.reception import Reception
from graphs.room import Room
from graphs.store import Store
from tests.api.conftest import Incident


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    clock, catalogue = VirtualClock(datetime(2026, 3, 2, tzinfo=UTC)), Catalogue()
    room = Room(Store(tmp_path / FILE), clock, CatalogueConnections(catalogue, clock), catalogue)
    yield room
    room.store.close()


def had(room: Room, is_open: bool = False) -> str:
    run = Reception(room).receive(Alert(title="checkout answers 500")).run
    if not is_open:
        with room.store.transaction():
            room.store.write("close_run", id=run)
    return run


def test_a_closed_run_is_forgotten_beside_a_running_server(room: Room, tmp_path: Path) -> None:
    run = had(room)
    told = CliRunner().invoke(app, ["forget", run, "--yes", "--data", str(tmp_path)])
    assert told.exit_code == 0, told.output
    assert told.stdout == f"{run} is forgotten: 1 events, 0 pictures.\n"
    assert room.store.one("tombstone", run=run)


def test_without_a_yes_nothing_is_forgotten(room: Room, tmp_path: Path) -> None:
    run = had(room)
    assert CliRunner().invoke(app, ["forget", run, "--data", str(tmp_path)], input="n\n").exit_code == 1
    assert room.store.one("run_exists", id=run)


def test_an_open_run_is_refused(room: Room, tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["forget", had(room, is_open=True), "--yes", "--data", str(tmp_path)])
    assert told.exit_code == 2
    assert "close or cancel it first" in told.stderr


@pytest.mark.parametrize(("where", "why"), [("", "there is no run nobody"), ("elsewhere", "there is no data in")])
def test_what_is_not_there_is_said(room: Room, tmp_path: Path, where: str, why: str) -> None:
    told = CliRunner().invoke(app, ["forget", "nobody", "--yes", "--data", str(tmp_path / where)])
    assert told.exit_code == 2
    assert why in told.stderr


async def test_the_doors_say_that_a_run_was_forgotten(client: httpx2.AsyncClient, incident: Incident) -> None:
    store = incident.runner.room.store
    store.write("close_run", id=incident.run)
    store.connection.commit()
    forget(store, incident.run, "ada", incident.runner.room.clock.now())
    answered = await client.get(f"/v1/runs/{incident.run}")
    assert (answered.status_code, answered.json()["detail"]) == (
        410,
        f"Run {incident.run} was forgotten: it was deleted for good.",
    )
    assert (await client.get("/v1/runs")).json()["runs"] == []


async def test_the_shape_of_webhooks_is_served(client: httpx2.AsyncClient) -> None:
    shape = (await client.get("/v1/webhooks/schema")).json()
    assert shape["title"] == "RunEvent"
