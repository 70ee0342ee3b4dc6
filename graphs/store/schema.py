"""The schema, in numbered steps: each is applied once, in order, all of it or nothing."""

import re
import sqlite3
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from graphs.store.faults import StoreTooNew

LEDGER = "CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY, name TEXT NOT NULL)"


class Migration(NamedTuple):
    """One file of migrations/, such as 001_start.sql."""

    version: int
    name: str
    sql: str


@cache
def migrations() -> tuple[Migration, ...]:
    """The steps from an empty store to the present schema."""
    folder = files("graphs.store") / "migrations"
    return in_order({file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()})


def in_order(written: dict[str, str]) -> tuple[Migration, ...]:
    """Number the files by their names. Raises ValueError where a number is missing, doubled or not there."""
    steps = sorted(_step(name, sql) for name, sql in written.items() if name.endswith(".sql"))
    if [step.version for step in steps] != list(range(1, len(steps) + 1)):
        raise ValueError(f"migrations are numbered 001, 002 and so on, not {', '.join(sorted(written))}")
    return tuple(steps)


def _step(name: str, sql: str) -> Migration:
    numbered = re.fullmatch(r"(\d{3})_([a-z0-9_]+)\.sql", name)
    if numbered is None:
        raise ValueError(f"{name}: expected a name such as 002_what_it_adds.sql")
    return Migration(int(numbered[1]), numbered[2], sql)


def version(connection: sqlite3.Connection) -> int:
    """The schema that a store has; 0 before the first step."""
    kept = connection.execute("SELECT name FROM sqlite_master WHERE name = 'schema_versions'").fetchone()
    return connection.execute("SELECT COALESCE(MAX(version), 0) FROM schema_versions").fetchone()[0] if kept else 0


def migrate(
    connection: sqlite3.Connection, where: Path | None = None, steps: tuple[Migration, ...] | None = None
) -> None:
    """Bring a store up to the present schema. Raises StoreTooNew."""
    known, present = migrations() if steps is None else steps, version(connection)
    if present > len(known):
        raise StoreTooNew(where, f"its schema is {present}, and this Warroom knows up to {len(known)}")
    for step in known[present:]:
        _apply(connection, step)


def _apply(connection: sqlite3.Connection, step: Migration) -> None:
    """A step and its line in the ledger, in one transaction."""
    with connection:
        connection.executescript(f"BEGIN IMMEDIATE;\n{LEDGER};\n{step.sql}")
        connection.execute("INSERT INTO schema_versions (version, name) VALUES (?, ?)", (step.version, step.name))
