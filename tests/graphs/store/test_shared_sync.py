"""Shared syncs: whoever has to be sure waits until what was committed is on disk, all of them for one sync."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphs.store.faults import StoreUnreachable
from graphs.store.store import Store
from tests.graphs.power_cut import Platter, sqlite_of
from tests.graphs.theatre import add_run

pytestmark = pytest.mark.sqlite


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "warroom.sqlite")
    yield store
    store.close()


def runs_of(store: Store) -> set[str]:
    found = set(store.runs.open_runs())
    store.close()
    return found


async def test_after_waiting_what_was_written_survives_a_power_cut(store: Store, tmp_path: Path) -> None:
    platter = Platter(store, tmp_path / "platter")
    with store.transaction():
        add_run(store, "one")
    assert runs_of(platter.after_a_power_cut()) == set()
    await store.on_disk()
    with store.transaction():
        add_run(store, "two")
    assert runs_of(platter.after_a_power_cut()) == {"one"}


async def test_all_who_wait_share_one_sync_and_who_has_written_nothing_new_needs_none(
    store: Store, tmp_path: Path
) -> None:
    platter = Platter(store, tmp_path / "platter")

    async def write(run: str) -> None:
        with store.transaction():
            add_run(store, run)
        await asyncio.sleep(0)
        await store.on_disk()

    await asyncio.gather(*(write(f"run {number}") for number in range(20)))
    await store.on_disk()
    assert platter.syncs == 1
    assert len(runs_of(platter.after_a_power_cut())) == 20


async def test_what_is_written_while_a_sync_is_under_way_waits_for_the_next(store: Store) -> None:
    under_way, may_end, syncs = threading.Event(), threading.Event(), 0

    def slow(_: int) -> None:
        nonlocal syncs
        syncs += 1
        under_way.set()
        assert may_end.wait(10)

    sqlite_of(store).share_syncs(slow)
    with store.transaction():
        add_run(store, "one")
    first = asyncio.create_task(store.on_disk())
    await asyncio.to_thread(under_way.wait, 10)
    with store.transaction():
        add_run(store, "two")
    second = asyncio.create_task(store.on_disk())
    may_end.set()
    await asyncio.gather(first, second)
    assert syncs == 2


async def test_once_the_disk_has_failed_nothing_counts_as_being_on_it(store: Store) -> None:
    failing = True

    def sync(_: int) -> None:
        if failing:
            raise OSError(5, "Input/output error")

    sqlite_of(store).share_syncs(sync)
    with store.transaction():
        add_run(store, "one")
    with pytest.raises(StoreUnreachable):
        await store.on_disk()
    failing = False  # the system reports the failure once, and forgets what it could not write
    with pytest.raises(StoreUnreachable):
        await store.on_disk()
    with pytest.raises(StoreUnreachable):
        store.bring_to_disk()
    with pytest.raises(StoreUnreachable):
        store.check_writable()


def test_who_lets_nothing_go_on_meanwhile_waits_as_well(store: Store, tmp_path: Path) -> None:
    platter = Platter(store, tmp_path / "platter")
    with store.transaction():
        add_run(store, "one")
    store.bring_to_disk()
    store.bring_to_disk()
    assert platter.syncs == 1
    assert runs_of(platter.after_a_power_cut()) == {"one"}


async def test_until_syncs_are_shared_each_commit_is_on_disk_by_itself(store: Store) -> None:
    await store.on_disk()
    store.bring_to_disk()
    full = 2
    assert store.database.connection.execute("PRAGMA synchronous").fetchone()[0] == full
