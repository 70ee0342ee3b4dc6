"""What the repositories ask of a database; and the SQLite database: one file, one connection, one writer, its schema in
numbered steps, and the named queries."""

# pyright: reportUnknownMemberType=false

import os
import re
import sqlite3
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import aiosql

from graphs.store.faults import StoreTooNew, clearly, raise_clearly
from graphs.store.shared_sync import SharedSync

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


# aiosql leaves the type of `from_str` partly unknown.


class Row(Protocol):
    """A row as a query gives it. Repositories turn it into a dataclass; it does not leave this package."""

    def __getitem__(self, name: str, /) -> Any: ...

    def keys(self) -> Iterable[str]: ...


STATEMENTS = 512
"""That are kept ready: all of ours and LangGraph's, so that none is compiled twice."""
CHECKPOINT_TABLES = ("checkpoints", "writes")
"""LangGraph's own tables. A thread in them is one workflow of a run: <run>/<lane>."""


def iso(moment: datetime) -> str:
    """Write a time as the store keeps it: UTC, of one width, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def time_or_none(text: str | None) -> datetime | None:
    """Read a time that the store keeps; None where it keeps none."""
    return datetime.fromisoformat(text) if text else None


@cache
def queries() -> Mapping[str, str]:
    """Name -> SQL."""
    sql = files("graphs.store").joinpath("queries.sql").read_text(encoding="utf-8")
    known: Any = aiosql.from_str(sql, "sqlite3", mandatory_parameters=False)
    return {name: getattr(known, name).sql for name in known.available_queries if not name.endswith("_cursor")}


def _connect(path: Path | None, read_only: bool) -> sqlite3.Connection:
    if path is None:
        return sqlite3.connect(":memory:", check_same_thread=False, cached_statements=STATEMENTS)
    mode = "ro" if read_only else "rwc"
    if read_only and not path.with_name(f"{path.name}-wal").exists():
        mode = "ro&immutable=1"  # no process has it open; otherwise SQLite would have to create files beside it
    place = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(place, uri=True, check_same_thread=False, cached_statements=STATEMENTS)


class Database(Protocol):
    """Named queries and transactions, for the repositories. Every method raises StoreError."""

    connection: Any
    """For LangGraph's checkpoints, which are kept in the same database."""

    is_shared: bool
    """Other processes write it, too."""
    on_undone: Callable[[], None]
    """Called when a transaction was undone that had written something."""

    @property
    def schema(self) -> int: ...

    def damage(self) -> list[str]: ...

    def transaction(self, run: str = "", asks_once: bool = False) -> AbstractContextManager[None]: ...

    def share_syncs(self) -> None:
        """From now on bring commits to disk together, where that is cheaper, for whoever waits for it."""
        ...

    async def on_disk(self) -> None:
        """Wait until all that was committed is on disk."""
        ...

    def bring_to_disk(self) -> None:
        """The same for those beside whom nothing may go on meanwhile."""
        ...

    def check_writable(self) -> None: ...

    def one(self, query: str, **values: Any) -> Row | None: ...

    def many(self, query: str, **values: Any) -> Sequence[Row]: ...

    def write(self, query: str, **values: Any) -> int: ...

    def write_later(self, query: str, **values: Any) -> None:
        """Run a statement, at the end of the transaction at the latest: where nobody asks what came of it."""
        ...

    def announce(self, run: str) -> None:
        """Tell other processes that a run has new events, once its transaction is committed."""
        ...

    def take_from_bucket(self, key: str, per_minute: int) -> float:
        """Count a request of a key; gives how many are left, below 0 where none was. Only where it is shared."""
        ...

    def service_lock(self, service: str) -> AbstractAsyncContextManager[None]:
        """Keep every other process from changing a service."""
        ...

    def erase_deleted(self) -> None: ...

    def empty_write_ahead_log(self) -> None: ...

    def delete_checkpoints(self, run: str) -> None: ...

    def close(self) -> None: ...


class SqliteDatabase:
    """Named queries on one connection, for the repositories. Raises StoreError."""

    is_shared = False

    @staticmethod
    def on_undone() -> None:
        """Do nothing, unless somebody wants to know."""

    def __init__(self, path: Path | None = None, read_only: bool = False) -> None:
        self.path = path
        self._queries = queries()
        self._in_transaction = False
        self._shared_sync: SharedSync | None = None
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
        """List what is wrong with the file itself, in SQLite's words; empty where it is sound."""
        with clearly(self.path):
            complaints = [str(row[0]) for row in self.connection.execute("PRAGMA quick_check(20)")]
        return [] if complaints == ["ok"] else complaints

    def share_syncs(self, fsync: Callable[[int], None] = os.fsync) -> None:
        """From now on bring commits to disk together, for whoever waits for it with `on_disk`.

        Everybody who tells the outside of what was written has to wait; until this is called each commit is on disk.
        """
        if self.path is None or self._shared_sync is not None:
            return
        with clearly(self.path):
            self.connection.execute("PRAGMA synchronous = NORMAL")
        log = self.path.with_name(f"{self.path.name}-wal")
        self._shared_sync = SharedSync(log, lambda: self.connection.total_changes, fsync)

    async def on_disk(self) -> None:
        """Wait until all that was committed is on disk. Raises StoreUnreachable."""
        if self._shared_sync:
            await self._shared_sync.wait()

    def bring_to_disk(self) -> None:
        """The same for those beside whom nothing may go on meanwhile. Raises StoreUnreachable."""
        if self._shared_sync:
            self._shared_sync.now()

    @contextmanager
    def transaction(self, run: str = "", asks_once: bool = False) -> Generator[None]:
        """Write all that happens in the block, or nothing; it is on disk afterwards, or with the next shared sync.

        There must be no await in the block, so that no other write falls in between.
        A transaction inside another is part of the outer one.
        """
        if self._in_transaction:
            yield
            return
        self._in_transaction, before = True, self.connection.total_changes
        try:
            with clearly(self.path), self.connection:
                yield
        except BaseException:
            if self.connection.total_changes > before:
                self.on_undone()
            raise
        finally:
            self._in_transaction = False

    def check_writable(self) -> None:
        """Begin a write and undo it. Raises StoreError where writing is impossible."""
        if self._shared_sync:
            self._shared_sync.check()
        with clearly(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            self.connection.rollback()

    def one(self, query: str, **values: Any) -> Row | None:
        """Run a query that gives one row or none."""
        try:
            return self.connection.execute(self._queries[query], values).fetchone()
        except sqlite3.DatabaseError as error:
            raise_clearly(self.path, error)

    def many(self, query: str, **values: Any) -> Sequence[Row]:
        """Run a query that gives rows."""
        try:
            return self.connection.execute(self._queries[query], values).fetchall()
        except sqlite3.DatabaseError as error:
            raise_clearly(self.path, error)

    def write(self, query: str, **values: Any) -> int:
        """Run a statement; gives the number of rows it touched."""
        try:
            return self.connection.execute(self._queries[query], values).rowcount
        except sqlite3.DatabaseError as error:
            raise_clearly(self.path, error)

    def write_later(self, query: str, **values: Any) -> None:
        """Run a statement, at once: nothing is gained by waiting."""
        self.write(query, **values)

    def take_from_bucket(self, key: str, per_minute: int) -> float:
        """Raise NotImplementedError: the one process that has the file open counts by itself."""
        raise NotImplementedError

    def announce(self, run: str) -> None:
        """Do nothing: no other process has the file open."""

    def service_lock(self, service: str) -> AbstractAsyncContextManager[None]:
        """Lock nothing: no other process has the file open."""
        return nullcontext()

    def erase_deleted(self) -> None:
        """Overwrite with zeros whatever is deleted from now on, instead of only releasing its space."""
        self.connection.execute("PRAGMA secure_delete = ON")

    def empty_write_ahead_log(self) -> None:
        """Move everything from the write-ahead log into the file itself, so that nothing deleted stays in the log."""
        with clearly(self.path):
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def delete_checkpoints(self, run: str) -> None:
        """Delete LangGraph's checkpoints of a run. LangGraph makes its tables when the first graph runs."""
        pattern = run.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%") + "/%"
        with clearly(self.path):
            present = {row[0] for row in self.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            for table in CHECKPOINT_TABLES:
                if table in present:
                    self.connection.execute(
                        f"DELETE FROM {table} WHERE thread_id LIKE ? ESCAPE '\\'",  # noqa: S608 - one of two fixed names
                        (pattern,),
                    )

    def close(self) -> None:
        """Close the connection, with all that was committed on disk."""
        self.connection.close()
        if self._shared_sync:
            self._shared_sync.close()
