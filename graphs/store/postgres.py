"""A PostgreSQL database: one session, the same named queries, and the locks that hold across processes."""

# pyright: reportUnknownMemberType=false

import asyncio
import logging
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any

import aiosql
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row

from graphs.store.database import Row
from graphs.store.faults import StoreError
from graphs.store.postgres_faults import ServerUnreachable, clearly

# aiosql leaves the type of `from_str` partly unknown.

EVENTS_CHANNEL = "warroom_events"
"""On which processes tell each other that a run has new events."""
WATCH_CHANNEL = "warroom_watch"
"""On which they tell that somebody watches a run."""
WORDS_CHANNEL = "warroom_words"
"""On which they tell what a model of a watched run is writing."""
CHECKPOINT_TABLES = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")
"""LangGraph's own tables. A thread in them is one workflow of a run: <run>/<lane>."""
LOOKS_AGAIN_AFTER = 0.2
"""Seconds between two attempts to get a lock that another process holds."""
KEEPALIVE = {"keepalives": 1, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
"""libpq's: a server whose host is gone is noticed after some eleven seconds."""
SESSION_SETTINGS = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "idle_in_transaction_session_timeout": "15s",
    "lock_timeout": "30s",
}
"""The server's: a client whose host is gone, or that stops within a transaction, loses its session and its locks."""
Statement = tuple[str, dict[str, Any] | None]
BEGIN, COMMIT = "BEGIN", "COMMIT"
LOCK = "SELECT pg_advisory_xact_lock(%(number)s)"
LOCK_RUN = "SELECT pg_advisory_xact_lock_shared(%(writers)s), pg_advisory_xact_lock(%(run)s)"
"""First with the writers of other runs, then alone among those of one: whoever locks both takes them in this order."""
NOTIFY = "SELECT pg_notify(%(channel)s, %(words)s)"
OPENING = """
SELECT current_schema() AS name, CASE WHEN current_setting('synchronous_commit') = 'off'
THEN set_config('synchronous_commit', 'on', false) END
"""
FENCED_SESSION_SECONDS = 15
"""After so long without a word the server ends a session that holds a workflow's lock."""
log = logging.getLogger("warroom")


class AddressUnreadable(StoreError):
    """The address of the database cannot be read: write special characters in user and password as %XX."""


@cache
def queries() -> dict[str, str]:
    """Name -> SQL: the queries of every store, and in place of some of them PostgreSQL's own."""
    named: dict[str, str] = {}
    for file in ("queries.sql", "postgres_queries.sql"):
        text = files("graphs.store").joinpath(file).read_text(encoding="utf-8").replace("%", "%%")
        loaded: Any = aiosql.from_str(text, "psycopg", mandatory_parameters=False)
        names = [name for name in loaded.available_queries if not name.endswith("_cursor")]
        named |= {name: getattr(loaded, name).sql for name in names}
    return named


def lock_number(schema: str, *names: str) -> int:
    """The number under which PostgreSQL keeps an advisory lock. Two names may share one: that only delays."""
    return int.from_bytes(blake2b("\n".join((schema, *names)).encode(), digest_size=8).digest(), "big", signed=True)


def server_of(url: str) -> str:
    """The server and database of an address, for messages: without user and password."""
    known = _parts(url)
    return f"{known.get('host', 'localhost')}/{known.get('dbname', '')}"


def _parts(url: str) -> dict[str, Any]:
    """The parts of an address. Raises AddressUnreadable, which repeats nothing of it: its password may be in that."""
    try:
        return conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise AddressUnreadable("PostgreSQL", "expected postgresql://USER:PASSWORD@HOST/DATABASE") from None


def connect(url: str, name: str) -> psycopg.Connection[DictRow]:
    """Open a session, which pg_stat_activity lists under a name. Raises StoreError."""
    given = _parts(url).get("options") or ""
    words = " ".join([str(given), *(f"-c {setting}={value}" for setting, value in SESSION_SETTINGS.items())]).strip()
    arguments: dict[str, Any] = {"application_name": name, "connect_timeout": 5, **KEEPALIVE, "options": words}
    with clearly(server_of(url)):
        return psycopg.Connection[DictRow].connect(url, autocommit=True, row_factory=dict_row, **arguments)


class PostgresDatabase:
    """Named queries on one session, for the repositories. One thread uses it. Raises StoreError.

    Writers take turns as they do on SQLite: a transaction that names a run excludes those that write the same run, one
    that names none excludes every other. So what is read in a transaction still holds when it is written.
    """

    is_shared = True

    @staticmethod
    def on_undone() -> None:
        """Do nothing, unless somebody wants to know."""

    def __init__(self, url: str, name: str = "warroom") -> None:
        self._url = url
        self._name = name
        self.where = server_of(url)
        """The server and the database, without user and password."""
        self._scope: str | None = None
        self._has_begun = False
        """Whether the transaction has, on the server."""
        self._asks_once = self._is_over = False
        """Whether the transaction ends with the first statement whose outcome it asks for, and whether it has."""
        self._unsent: list[Statement] = []
        """Statements of the transaction that go with the next one."""
        self._changed: dict[str, None] = {}
        """Runs that have new events in the transaction."""
        self._is_fenced = False
        self.namespace = ""
        self.connection: psycopg.Connection[DictRow]
        self._open()

    def _open(self) -> None:
        """Open the session. What it commits is on disk when the server says so, however the server is set up."""
        self.connection = connect(self._url, self._name)
        with clearly(self.where):
            row = self.connection.execute(OPENING).fetchone()
        self.namespace = str(row["name"]) if row else ""

    @property
    def schema(self) -> int:
        """The number of the last migration that was applied; 0 before the first."""
        kept = self._execute("SELECT to_regclass('schema_versions') AS kept").fetchone()
        if not kept or kept["kept"] is None:
            return 0
        row = self._execute("SELECT COALESCE(MAX(version), 0) AS version FROM schema_versions").fetchone()
        return int(row["version"]) if row else 0

    def damage(self) -> list[str]:
        """Nothing: the server looks after its files itself."""
        return []

    def share_syncs(self) -> None:
        """Do nothing: the server shares its syncs among all sessions that commit at one moment."""

    async def on_disk(self) -> None:
        """Return at once: a commit is confirmed when it is on disk."""

    def bring_to_disk(self) -> None:
        """Return at once, as `on_disk` does."""

    @contextmanager
    def transaction(self, run: str = "", asks_once: bool = False) -> Generator[None]:
        """Write all that happens in the block, or nothing; it is on disk afterwards.

        There must be no await in the block. Others are excluded from its first statement on. A transaction inside
        another is part of the outer one, and writes no run that the outer one has not named. One that `asks_once` is
        committed in the same message as the one statement that it asks, and may be sent twice where that got lost.
        """
        if self._scope is not None:
            if self._scope not in ("", run):
                raise RuntimeError(f"a transaction that is only for {self._scope} cannot write {run or 'other runs'}")
            yield
            return
        self._scope, self._has_begun, self._asks_once, self._is_over = run, False, asks_once, False
        self._unsent = self._beginning(run)
        try:
            yield
            self._commit()
        except BaseException:
            with suppress(StoreError):
                self._roll_back()
            if self._changed:
                self.on_undone()
            raise
        finally:
            self._scope, self._has_begun, self._asks_once, self._is_over = None, False, False, False
            self._unsent, self._changed = [], {}

    def _beginning(self, run: str) -> list[Statement]:
        """What a transaction begins with. It is sent with its first statement, and each statement sees what was there
        once those before it were done: so whatever is read in a transaction is read under its locks.
        """
        writers = self.lock_number("writers")
        if not run:
            return [(BEGIN, None), (LOCK, {"number": writers})]
        return [(BEGIN, None), (LOCK_RUN, {"writers": writers, "run": self.lock_number("run", run)})]

    def _commit(self) -> None:
        """Commit, unless that was done with the last statement or there is nothing to commit."""
        if self._is_over or (not self._has_begun and self._unsent == self._beginning(self._scope or "")):
            return
        with clearly(self.where):
            if self.connection.closed:
                self._reopen()
            self._send_with_end(self._unsent)

    def _send_with_end(self, batch: list[Statement]) -> list[psycopg.Cursor[DictRow]]:
        """Run statements, commit, and tell other processes which runs have changed, in one message."""
        telling: list[Statement] = [(NOTIFY, {"channel": EVENTS_CHANNEL, "words": run}) for run in self._changed]
        done = self._send([*batch, (COMMIT, None), *telling])
        if done[len(batch)].statusmessage != COMMIT:
            raise ServerUnreachable(self.where, "a statement of the transaction had failed; nothing was written")
        self._is_over = True
        return done[: len(batch)]

    def _roll_back(self) -> None:
        with clearly(self.where):
            if not self.connection.closed:
                self.connection.rollback()

    def check_writable(self) -> None:
        """Begin a write and undo it. Raises StoreError where writing is impossible."""
        row = self._execute("SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') AS reads")
        found = row.fetchone()
        if found and (found["standby"] or found["reads"] == "on"):
            raise ServerUnreachable(self.where, "it takes no writes: it is a standby, or read-only")

    def one(self, query: str, **values: Any) -> Row | None:
        """Run a query that gives one row or none."""
        return self._execute(queries()[query], values).fetchone()

    def many(self, query: str, **values: Any) -> Sequence[Row]:
        """Run a query that gives rows."""
        return self._execute(queries()[query], values).fetchall()

    def write(self, query: str, **values: Any) -> int:
        """Run a statement; gives the number of rows it touched."""
        return self._execute(queries()[query], values).rowcount

    def take_from_bucket(self, key: str, per_minute: int) -> float:
        """Count a request of a key, whichever process it came to; gives how many are left, below 0 where none was."""
        row = self.one("take_from_bucket", key=key, per_minute=float(per_minute))
        assert row is not None
        return float(row["amount"]) if row["taken"] else float(row["amount"]) - 1

    def write_later(self, query: str, **values: Any) -> None:
        """Run a statement with the next one of the transaction, or with its end."""
        if self._scope is None:
            self.write(query, **values)
        else:
            self._unsent.append((queries()[query], values))

    def send_unsent(self) -> None:
        """Begin the transaction on the server: before somebody uses the connection itself."""
        self._execute("SELECT 1")

    def announce(self, run: str) -> None:
        """Tell other processes that a run has new events, once they can see them.

        They look for themselves, too, where this gets lost.
        """
        if self._scope is None:
            self._notify(EVENTS_CHANNEL, run)
        else:
            self._changed[run] = None

    def tell_words(self, words: str) -> None:
        """Tell other processes what a model is writing; where this gets lost, its whole answer is an event."""
        self._notify(WORDS_CHANNEL, words)

    def _notify(self, channel: str, words: str) -> None:
        try:
            self._execute(NOTIFY, {"channel": channel, "words": words})
        except StoreError:
            log.warning("other processes were not told at once: %s", words[:100], exc_info=True)

    def _execute(self, sql: str, values: dict[str, Any] | None = None) -> psycopg.Cursor[DictRow]:
        """Ask the server. A session that was lost is opened anew, unless it held something."""
        if self._is_over:
            raise RuntimeError("a transaction that asks once has ended with what it asked")
        batch, send = [*self._unsent, (sql, values)], self._send_with_end if self._asks_once else self._send
        with clearly(self.where):
            try:
                if self.connection.closed:
                    self._reopen()
                return send(batch)[-1]
            except psycopg.OperationalError:
                if not self.connection.closed or self._holds_something:
                    raise
                if self._scope is None and not sql.startswith("SELECT"):
                    raise  # it may have been done: whoever asked for it must look
                self._reopen()
                return send(batch)[-1]
            finally:
                self._unsent, self._has_begun = [], self._scope is not None

    def _send(self, batch: list[Statement]) -> list[psycopg.Cursor[DictRow]]:
        """Run statements in one message, one after the other; what follows one that fails is not run."""
        ask: Any = self.connection.execute
        if len(batch) == 1:
            return [ask(*batch[0])]
        with self.connection.pipeline():
            return [ask(*statement) for statement in batch]

    @property
    def _holds_something(self) -> bool:
        """Whether there is a transaction or a lock that went with the session."""
        return self._is_fenced or self._has_begun

    def _reopen(self) -> None:
        if self._holds_something:
            raise ServerUnreachable(self.where, "the session was lost")
        self._open()

    def ping(self) -> None:
        """Show the server that somebody is there. Raises StoreError."""
        self._execute("SELECT 1")

    def try_fence(self, *names: str) -> bool:
        """Take a lock for this session, unless another holds it; from now on what is written is written under it.

        When the session is lost, the lock is free, and every further write fails until `leave_fence`. The server ends
        the session itself where it hears nothing for a while: whoever stands still must not go on later.
        """
        number = self.lock_number(*names)
        row = self._execute(
            "SELECT pg_try_advisory_lock(%(number)s) AS taken, set_config('idle_session_timeout', %(time)s, false)",
            {"number": number, "time": f"{FENCED_SESSION_SECONDS}s"},
        ).fetchone()
        self._is_fenced = bool(row and row["taken"])
        if not self._is_fenced:
            self._execute("SELECT set_config('idle_session_timeout', '0', false)")
        return self._is_fenced

    def leave_fence(self, *names: str) -> None:
        """Let go of the lock; where that fails, end the session, and with it the lock."""
        number = self.lock_number(*names)
        try:
            self._execute(
                "SELECT pg_advisory_unlock(%(number)s), set_config('idle_session_timeout', '0', false)",
                {"number": number},
            )
        except StoreError:
            self.connection.close()
        self._is_fenced = False

    def lock_number(self, *names: str) -> int:
        """The number under which the server keeps one of our locks."""
        return lock_number(self.namespace, *names)

    def try_lock(self, *names: str) -> bool:
        """Take a lock for this session, unless another session holds it; gives whether it is ours now."""
        number = self.lock_number(*names)
        row = self._execute("SELECT pg_try_advisory_lock(%(number)s) AS taken", {"number": number}).fetchone()
        return bool(row and row["taken"])

    def unlock(self, *names: str) -> None:
        """Let go of a lock; where that fails, end the session, and with it the lock."""
        try:
            self._execute("SELECT pg_advisory_unlock(%(number)s)", {"number": self.lock_number(*names)})
        except StoreError:
            self.connection.close()

    @asynccontextmanager
    async def service_lock(self, service: str) -> AsyncGenerator[None]:
        """Keep every other process from changing a service."""
        while not self.try_lock("service", service):  # noqa: ASYNC110 - another process holds it, and tells nobody here
            await asyncio.sleep(LOOKS_AGAIN_AFTER)
        try:
            yield
        finally:
            self.unlock("service", service)

    def erase_deleted(self) -> None:
        """Do nothing: the server's own vacuum overwrites what was deleted."""

    def empty_write_ahead_log(self) -> None:
        """Do nothing: the server keeps its write-ahead log by its own rules."""

    def delete_checkpoints(self, run: str) -> None:
        """Delete LangGraph's checkpoints of a run."""
        for table in CHECKPOINT_TABLES:
            self._execute(
                f"DELETE FROM {table} WHERE starts_with(thread_id, %(prefix)s)",  # noqa: S608 - one of three fixed names
                {"prefix": f"{run}/"},
            )

    def close(self) -> None:
        """End the session, and with it all of its locks."""
        self.connection.close()
