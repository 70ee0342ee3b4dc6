"""LangGraph's PostgreSQL saver on the session that the turn owns: once the session is lost, nothing more is saved."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from langgraph.checkpoint.postgres import PostgresSaver
from psycopg import Cursor

from graphs.engine.loop_checkpointer import LoopCheckpointer
from graphs.store.database import Database
from graphs.store.postgres import PostgresDatabase
from graphs.store.postgres_faults import clearly

# Two rules are off because langgraph's own annotations break them.


class PostgresCheckpointer(LoopCheckpointer, PostgresSaver):
    """On the store's own session. Raises StoreError."""

    def __init__(self, database: PostgresDatabase) -> None:
        super().__init__(database.connection)  # pyright: ignore[reportCallIssue]
        self._database = database

    @contextmanager
    def _cursor(self, *, pipeline: bool = False) -> Generator[Cursor[Any]]:
        self.conn = self._database.connection  # where it is no turn's, it may have been opened anew
        with clearly(self._database.where), super()._cursor(pipeline=pipeline) as cursor:
            yield cursor


def postgres_checkpointer(database: Database) -> PostgresCheckpointer:
    """Make the saver for a PostgreSQL database."""
    assert isinstance(database, PostgresDatabase)
    return PostgresCheckpointer(database)
