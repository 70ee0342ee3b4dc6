"""The schema: step by step, all of a step or nothing, and never backwards."""

import sqlite3
from pathlib import Path

import pytest

from graphs.store.faults import StoreTooNew
from graphs.store.schema import Migration, in_order, migrate, migrations, version
from graphs.store.store import Store

ONE = Migration(1, "start", "CREATE TABLE berths (name TEXT);")
TWO = Migration(2, "more", "ALTER TABLE berths ADD COLUMN length INTEGER; INSERT INTO berths VALUES ('north', 12);")
BROKEN = Migration(2, "broken", "INSERT INTO berths VALUES ('south'); INSERT INTO nowhere VALUES (1);")


@pytest.fixture
def connection() -> sqlite3.Connection:
    return sqlite3.connect(":memory:")


def test_an_empty_store_gets_every_step(connection: sqlite3.Connection) -> None:
    migrate(connection, steps=(ONE, TWO))
    assert connection.execute("SELECT * FROM berths").fetchall() == [("north", 12)]
    assert version(connection) == 2


def test_a_step_is_applied_once(connection: sqlite3.Connection) -> None:
    for steps in ((ONE,), (ONE, TWO), (ONE, TWO)):
        migrate(connection, steps=steps)
    assert connection.execute("SELECT COUNT(*) FROM berths").fetchone() == (1,)


def test_a_step_that_fails_leaves_nothing_of_itself(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(connection, steps=(ONE, BROKEN))
    assert version(connection) == 1
    assert connection.execute("SELECT COUNT(*) FROM berths").fetchone() == (0,)


def test_a_newer_store_is_refused_and_left_alone(connection: sqlite3.Connection) -> None:
    migrate(connection, steps=(ONE, TWO))
    with pytest.raises(StoreTooNew, match=r"newer Warroom.*its schema is 2.*knows up to 1"):
        migrate(connection, steps=(ONE,))
    assert version(connection) == 2


@pytest.mark.parametrize(
    "names", [["002_more.sql"], ["001_start.sql", "003_more.sql"], ["001_start.sql", "001_more.sql"], ["start.sql"]]
)
def test_numbers_without_order_are_refused(names: list[str]) -> None:
    with pytest.raises(ValueError, match=r"numbered|expected a name"):
        in_order(dict.fromkeys(names, ""))


def test_a_store_from_before_there_were_migrations_is_taken_over(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "warroom.sqlite")
    old.executescript(migrations()[0].sql)
    old.execute("INSERT INTO runs (id, received_at, alert, dedup_key) VALUES ('one', '', '{}', '')")
    old.commit()
    old.close()
    store = Store(tmp_path / "warroom.sqlite")
    assert store.runs.newest(5) == ["one"]
    assert store.schema == len(migrations())
    store.close()


def test_the_steps_speak_no_dialect() -> None:
    """What only one of SQLite and PostgreSQL understands."""
    dialect = (
        "AUTOINCREMENT",
        "PRAGMA",
        "WITHOUT ROWID",
        "STRICT",
        "SERIAL",
        "JSONB",
        "BLOB",
        "BYTEA",
        "DATETIME",
        "`",
    )
    assert [(step.name, word) for step in migrations() for word in dialect if word in step.sql.upper()] == []
