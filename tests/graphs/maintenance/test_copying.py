"""Copying a data directory into PostgreSQL: every row is the same, and the runs go on there."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from graphs.maintenance import copying
from graphs.store.opening import open_store
from graphs.store.postgres import PostgresDatabase
from graphs.store.store import Store
from tests.graphs.theatre import Life, OneDirectory, OnServer, Theatre, add_run


def test_a_run_that_was_copied_in_the_middle_goes_on_to_its_end(tmp_path: Path, postgres: str) -> None:
    async def begin(life: Life) -> str:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        await life.asked(run)
        await life.clock.sleep(timedelta(minutes=1))
        await life.incidents.stop()
        return run

    async def go_on(life: Life) -> str:
        await life.incidents.start()
        return (await life.to_the_end(run)).status

    theatre = Theatre(OneDirectory(tmp_path))
    run = theatre.live(begin)
    copied = copying.copy_store(tmp_path / "warroom.sqlite", postgres)
    assert copied.workflows >= 3
    assert copied.rows["events"] > 20
    theatre.house = OnServer(postgres)
    assert theatre.live(go_on) == "closed"
    assert theatre.called.times("rollback") == 1


def test_only_an_empty_database_is_copied_into(tmp_path: Path, postgres: str) -> None:
    with closing(Store(tmp_path / "warroom.sqlite")) as store, store.transaction():
        store.switches.turn("acting", "held", "ada")
    copying.copy_store(tmp_path / "warroom.sqlite", postgres)
    with closing(open_store(postgres)) as target:
        switch = target.switches.find("acting")
        assert switch
        assert (switch.state, switch.turned_by) == ("held", "ada")
        add_run(target)
    with pytest.raises(copying.NotEmpty, match="only an empty one"):
        copying.copy_store(tmp_path / "warroom.sqlite", postgres)


def test_what_cannot_be_kept_there_is_not_copied_in_part(tmp_path: Path, postgres: str) -> None:
    file = tmp_path / "warroom.sqlite"
    with closing(Store(file)) as store, store.transaction():
        store.switches.turn("acting", "held", "a\0b")
    with pytest.raises(Exception, match=r"0x00|NUL"):
        copying.copy_store(file, postgres)
    with closing(open_store(postgres)) as target:
        assert target.switches.find("acting") is None


def test_a_row_that_is_not_the_same_undoes_the_copy(
    tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "warroom.sqlite"
    with closing(Store(file)) as store, store.transaction():
        store.switches.turn("acting", "held", "ada")
    copy = copying.copy_table

    def lose(table: copying.Table, source: sqlite3.Connection, target: PostgresDatabase) -> None:
        if table.name != "switches":
            copy(table, source, target)

    monkeypatch.setattr(copying, "copy_table", lose)
    with pytest.raises(copying.NotTheSame, match="switches, row 1"):
        copying.copy_store(file, postgres)
    with closing(open_store(postgres)) as target:
        assert target.switches.find("acting") is None
