"""Copying a data directory's store into a PostgreSQL database, and checking it row by row."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby, zip_longest
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from langchain_core.runnables import RunnableConfig
from psycopg import sql

from graphs.engine.checkpointer import checkpointer_on
from graphs.engine.loop_checkpointer import LoopCheckpointer
from graphs.store.faults import StoreError
from graphs.store.opening import open_store
from graphs.store.postgres import PostgresDatabase
from graphs.store.postgres_faults import clearly
from graphs.store.store import Store

# Two rules are off because langgraph's own annotations break them.

NOT_COPIED = ("schema_versions", "checkpoints", "writes")
"""Made by the migration; and LangGraph's tables, which it keeps otherwise on PostgreSQL."""
AT_ONCE = 500


class NotEmpty(StoreError):
    """There are runs in the database: only an empty one can be copied into."""


class NotTheSame(Exception):
    """What was copied is not what was there."""


class Copied(NamedTuple):
    """What was copied, and found to be the same."""

    rows: dict[str, int]
    """Table -> rows."""
    workflows: int
    """Whose newest checkpoint was copied: from it they go on."""


class Table(NamedTuple):
    """A table, and what orders its rows."""

    name: str
    columns: list[str]
    key: list[str]


def copy_store(file: Path, url: str) -> Copied:
    """Copy everything, in one transaction; nothing may write the file meanwhile. Raises StoreError, NotTheSame."""
    with closing(Store(file)) as source, closing(open_store(url)) as target:
        database = target.database
        assert isinstance(database, PostgresDatabase)
        if target.runs.newest(1):
            raise NotEmpty(database.where, "it is not empty")
        connection: sqlite3.Connection = source.database.connection
        tables = list(_tables(connection))
        with target.transaction(), clearly(database.where):
            database.send_unsent()
            for table in tables:
                copy_table(table, connection, database)
            rows = {table.name: _compare(table, connection, database.connection) for table in tables}
            workflows = _copy_checkpoints(connection, checkpointer_on(source.database), checkpointer_on(database))
    return Copied(rows, workflows)


def _tables(connection: sqlite3.Connection) -> Iterator[Table]:
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    for name in names:
        if name in NOT_COPIED or name.startswith("sqlite_"):
            continue
        columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
        key = sorted((column for column in columns if column["pk"]), key=lambda column: column["pk"])
        yield Table(name, [column["name"] for column in columns], [column["name"] for column in key])


def _rows(table: Table, connection: sqlite3.Connection) -> Iterator[tuple[Any, ...]]:
    asked = f"SELECT {', '.join(table.columns)} FROM {table.name} ORDER BY {', '.join(table.key)}"  # noqa: S608 - names of our own schema
    yield from map(tuple, connection.execute(asked))


def copy_table(table: Table, source: sqlite3.Connection, target: PostgresDatabase) -> None:
    """Copy all rows of a table."""
    if table.name == "wakeups":  # each also needs its job
        for row in _rows(table, source):
            target.write("add_wakeup", **dict(zip(table.columns, row, strict=True)), unless_event="")
        return
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
    with target.connection.cursor() as cursor, cursor.copy(into) as copying:
        for row in _rows(table, source):
            copying.write_row(row)


def _compare(table: Table, source: sqlite3.Connection, target: psycopg.Connection[Any]) -> int:
    """Count the rows, once each of them is the same. Raises NotTheSame."""
    names = [sql.SQL(", ").join(map(sql.Identifier, some)) for some in (table.columns, table.key)]
    asked = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(names[0], sql.Identifier(table.name), names[1])
    rows = 0
    with target.cursor(f"all of {table.name}") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(asked)
        copied = (tuple(row[column] for column in table.columns) for row in cursor)
        for ours, its in zip_longest(_rows(table, source), copied):
            if ours != its:
                raise NotTheSame(f"{NotTheSame.__doc__} ({table.name}, row {rows + 1})")
            rows += 1
    return rows


def _copy_checkpoints(connection: sqlite3.Connection, source: LoopCheckpointer, target: LoopCheckpointer) -> int:
    """Copy the newest checkpoint of every workflow, with what waits in it: nothing else is needed to go on."""
    made = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'checkpoints'").fetchone()
    threads = [row[0] for row in connection.execute("SELECT DISTINCT thread_id FROM checkpoints")] if made else []
    for thread in threads:
        _copy_checkpoint(thread, source, target)
    return len(threads)


def _copy_checkpoint(thread: str, source: LoopCheckpointer, target: LoopCheckpointer) -> None:
    config: RunnableConfig = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
    saved = source.get_tuple(config)
    assert saved is not None
    written = target.put(config, saved.checkpoint, saved.metadata, saved.checkpoint["channel_versions"])
    waiting = saved.pending_writes or []
    for task, writes in groupby(waiting, key=itemgetter(0)):
        target.put_writes(written, [(channel, value) for _, channel, value in writes], task)
    copied = target.get_tuple(config)
    if copied is None or (copied.checkpoint, copied.pending_writes or []) != (saved.checkpoint, waiting):
        raise NotTheSame(f"{NotTheSame.__doc__} (the checkpoint of {thread})")
