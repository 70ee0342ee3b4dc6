"""The store: one SQLite file, one connection, one writer; named queries in store.sql."""

# pyright: reportUnknownMemberType=false
# aiosql leaves the type of `from_str` partly unknown.

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiosql

from graphs.store.faults import clearly
from graphs.store.schema import migrate, version

Row = dict[str, Any]


def iso(moment: datetime) -> str:
    """A time as the store keeps it: UTC, of one width, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


@cache
def _queries() -> Any:
    sql = files("graphs.store").joinpath("queries.sql").read_text(encoding="utf-8")
    return aiosql.from_str(sql, "sqlite3", mandatory_parameters=False)


def _connect(path: Path | None, read_only: bool) -> sqlite3.Connection:
    if path is None:
        return sqlite3.connect(":memory:", check_same_thread=False)
    mode = "ro" if read_only else "rwc"
    if read_only and not path.with_name(f"{path.name}-wal").exists():
        mode = "ro&immutable=1"  # nobody works in it; without this SQLite wants to write beside a file in WAL mode
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, check_same_thread=False)


class Store:
    """Named queries on one connection. A write is on disk when `transaction` has ended. Raises StoreError."""

    def __init__(self, path: Path | None = None, read_only: bool = False) -> None:
        self.path = path
        self._queries = _queries()
        self._in_transaction = False
        with clearly(path):
            self.connection = _connect(path, read_only)
            try:
                self._open(read_only)
            except BaseException:
                self.close()
                raise

    def _open(self, read_only: bool) -> None:
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA busy_timeout = 5000")
        if not read_only:
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = FULL")
            migrate(self.connection, self.path)

    @property
    def schema(self) -> int:
        """The number of the last migration that was applied."""
        with clearly(self.path):
            return version(self.connection)

    def damage(self) -> list[str]:
        """What is wrong with the file itself, as SQLite says it; empty where it is sound."""
        with clearly(self.path):
            said = [str(row[0]) for row in self.connection.execute("PRAGMA quick_check(20)")]
        return [] if said == ["ok"] else said

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing. There is no await inside, so no other write can fall in between.

        One inside another is part of it.
        """
        if self._in_transaction:
            yield
            return
        self._in_transaction = True
        try:
            with clearly(self.path), self.connection:
                yield
        finally:
            self._in_transaction = False

    def check_writable(self) -> None:
        """Begin to write, and leave it. Raises StoreError where that cannot be done."""
        with clearly(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            self.connection.rollback()

    def one(self, query: str, **values: Any) -> Row | None:
        """Run a query that gives a row or none."""
        with clearly(self.path):
            found = getattr(self._queries, query)(self.connection, **values)
        return dict(found) if found is not None else None

    def many(self, query: str, **values: Any) -> list[Row]:
        """Run a query that gives rows."""
        with clearly(self.path):
            return [dict(row) for row in getattr(self._queries, query)(self.connection, **values)]

    def write(self, query: str, **values: Any) -> int:
        """Run a statement; gives the number of rows it touched."""
        with clearly(self.path):
            return int(getattr(self._queries, query)(self.connection, **values))

    def close(self) -> None:
        self.connection.close()
