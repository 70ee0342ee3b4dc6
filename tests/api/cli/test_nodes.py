"""Several processes on PostgreSQL: requests in threads, turns by workers, streams of what happens elsewhere."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from psycopg import AsyncConnection, Connection

from agents.io.catalogue import Catalogue
from agents.io.clock import RealClock
from agents.io.settings import Settings
from agents.tools.connections import CatalogueConnections
from api.app import Reach
from api.cli.nodes import Followers, Node, NodeOptions
from api.intake.senders import Senders
from api.serving.listening import address, listen
from api.serving.server import WarroomServer, running
from graphs.runtime.dependencies import Dependencies
from graphs.store.postgres import EVENTS_CHANNEL, WATCH_CHANNEL
from graphs.store.store import Store

ALERT = {"title": "checkout answers 500", "service": "checkout", "severity": "critical"}
PATIENCE = 60


def dependencies(store: Store) -> Dependencies:
    """With nothing connected, and short minutes."""
    clock, nothing = RealClock(), Catalogue()
    return Dependencies(store, clock, CatalogueConnections(nothing, clock), nothing, minute=timedelta(seconds=0.05))


def node_on(url: str, data: Path) -> Node:
    return Node(NodeOptions(url, data, Catalogue(), Settings(), Senders(), dependencies))


@asynccontextmanager
async def door(node: Node, turns: int) -> AsyncGenerator[str]:
    """A process that takes requests, and so many turns at a time; gives its address."""
    with listen(0) as listening:
        server = WarroomServer(node.application(Reach(), address(listening)))
        async with node.at_work(turns), running(server, listening):
            yield address(listening)


async def events(at: str, run: str, until: str) -> list[str]:
    """The kinds of events of a run as its stream tells them, until one of a kind."""
    kinds: list[str] = []
    async with (
        httpx2.AsyncClient(timeout=PATIENCE) as client,
        client.stream("GET", f"{at}/v1/runs/{run}/events") as told,
    ):
        async for line in told.aiter_lines():
            if line.startswith("data: {"):
                kinds.append(json.loads(line.removeprefix("data: ")).get("kind", ""))
            if until in kinds:
                return kinds
    raise AssertionError(f"the stream ended without {until}")


async def test_a_stream_of_one_process_tells_what_another_does(postgres: str, tmp_path: Path) -> None:
    node, other, client = node_on(postgres, tmp_path), node_on(postgres, tmp_path), httpx2.AsyncClient(timeout=PATIENCE)
    async with door(node, 0) as here, door(other, 2) as there, client:
        posted = await client.post(f"{there}/v1/alerts", json=ALERT)
        assert posted.status_code == 202
        run = posted.json()["runs"][0]["id"]
        told = await asyncio.wait_for(events(here, run, "question"), PATIENCE)
        assert told[0] == "alert"
        page = await client.get(f"{here}/runs/{run}")
        assert (page.status_code, "checkout answers 500" in page.text) == (200, True)
        assert (await client.get(f"{here}/health/ready")).status_code == 200
        (again,) = (await client.post(f"{here}/v1/alerts", json=ALERT)).json()["runs"]
        assert (again["id"], again["joined"]) == (run, True)


async def test_a_process_that_only_takes_turns_hears_what_is_watched_and_not_every_event(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    told = asyncio.Event()

    def hear(_: Followers, channel: str, run: str) -> None:
        heard.append(channel)
        if run == "one":
            loop.call_soon_threadsafe(told.set)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(Followers, "hear", hear)
    async with (
        node_on(postgres, tmp_path).at_work(1),
        await AsyncConnection.connect(postgres, autocommit=True) as other,
    ):
        while not told.is_set():
            await other.execute(f"SELECT pg_notify('{EVENTS_CHANNEL}', 'one'), pg_notify('{WATCH_CHANNEL}', 'one')")
            with suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), 0.2)
    assert set(heard) == {WATCH_CHANNEL}


async def test_the_same_alert_at_two_doors_at_once_is_one_incident(postgres: str, tmp_path: Path) -> None:
    nodes, client = [node_on(postgres, tmp_path) for _ in range(2)], httpx2.AsyncClient(timeout=PATIENCE)
    async with door(nodes[0], 0) as one, door(nodes[1], 0) as other, client:
        answers = await asyncio.gather(*(client.post(f"{at}/v1/alerts", json=ALERT) for at in (one, other) * 10))
        runs = {answer.json()["runs"][0]["id"] for answer in answers}
        assert ({answer.status_code for answer in answers}, len(runs)) == ({202}, 1)


@pytest.mark.parametrize("sessions", ["warroom", "warroom%"])
async def test_sessions_that_are_ended_are_opened_anew(postgres: str, tmp_path: Path, sessions: str) -> None:
    async with door(node_on(postgres, tmp_path), 2) as here, httpx2.AsyncClient(timeout=PATIENCE) as client:
        run = (await client.post(f"{here}/v1/alerts", json=ALERT)).json()["runs"][0]["id"]
        with Connection.connect(postgres, autocommit=True) as connection:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE %s"
            connection.execute(ended, (sessions,))
        assert (await client.get(f"{here}/v1/runs/{run}")).status_code == 200
        await asyncio.wait_for(events(here, run, "question"), PATIENCE)
