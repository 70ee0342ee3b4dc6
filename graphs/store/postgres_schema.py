"""The schema of a PostgreSQL database: our tables, LangGraph's and Procrastinate's, made or brought up to date."""

# pyright: reportMissingTypeStubs=false

import re
import time
from importlib.resources import files
from typing import Any, LiteralString, cast

import psycopg
from langgraph.checkpoint.postgres import PostgresSaver

from graphs.store.database import LEDGER, Migration, migrations
from graphs.store.faults import StoreError, StoreTooNew
from graphs.store.postgres import PostgresDatabase
from graphs.store.postgres_faults import clearly

# langgraph's own annotations break the rule that is off.

LOOKS_AGAIN_AFTER = 0.2
"""Seconds, while another process migrates."""
WORKS_FOR = 13
"""The lowest schema whose Warroom works on the present one. A step that only adds something leaves it as it is, so that
old and new processes work beside each other while one is replaced after the other."""
JOBS_LEDGER = "CREATE TABLE IF NOT EXISTS procrastinate_migrations (name TEXT PRIMARY KEY)"
"""Which of Procrastinate's own steps were applied; it keeps no such list itself."""


class NotMigrated(StoreError):
    """The database has not the schema that this Warroom needs: run `warroom migrate`."""


def migrate(url: str) -> int:
    """Make the schema, or bring it up to date; gives its number. Several may start at once. Raises StoreError."""
    database = PostgresDatabase(url, "warroom migrate")
    try:
        while not database.try_lock("migrate"):  # and never wait in it: an index is built beside all that is under way
            time.sleep(LOOKS_AGAIN_AFTER)
        with clearly(database.where):
            _apply_ours(database)
            PostgresSaver(cast(Any, database.connection)).setup()
            _apply_jobs(database.connection)
            _run(database.connection, _file("postgres_functions.sql"))
            database.write("set_works_for", oldest=WORKS_FOR)
        return database.schema
    finally:
        database.close()


def require_schema(database: PostgresDatabase) -> None:
    """Raise StoreError where the schema is not one that this Warroom can work on."""
    present, known = database.schema, len(migrations())
    if present > known and not _works_for(database, known):
        raise StoreTooNew(database.where, f"its schema is {present}, and this Warroom knows up to {known}")
    if present < known:
        raise NotMigrated(database.where, f"its schema is {present}, and this Warroom needs {known}")


def _works_for(database: PostgresDatabase, known: int) -> bool:
    """Whether a newer Warroom that made the schema says that one that knows less works on it, too."""
    row = database.one("works_for")
    return row is not None and row["oldest"] <= known


def for_postgres(sql: str) -> str:
    """A step as PostgreSQL gets it: texts in the order of their bytes, and no foreign keys, as on SQLite."""
    ordered = re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', sql)
    return re.sub(r" REFERENCES \w+ \(\w+\)", "", ordered)


def _apply_ours(database: PostgresDatabase) -> None:
    present, known = database.schema, migrations()
    if present > len(known):
        raise StoreTooNew(database.where, f"its schema is {present}, and this Warroom knows up to {len(known)}")
    for step in known[present:]:
        _apply(database.connection, step)


def _apply(connection: psycopg.Connection[Any], step: Migration) -> None:
    """A step and its line in the ledger, in one transaction."""
    with connection.transaction():
        _run(connection, f"{LEDGER};\n{for_postgres(step.sql)}")
        connection.execute("INSERT INTO schema_versions (version, name) VALUES (%s, %s)", (step.version, step.name))


def _apply_jobs(connection: psycopg.Connection[Any]) -> None:
    """Procrastinate's schema: whole where there is none, else the steps that it got since."""
    folder = files("procrastinate") / "sql"
    steps = {file.name: file for file in (folder / "migrations").iterdir() if file.name.endswith(".sql")}
    with connection.transaction():
        connection.execute(JOBS_LEDGER)
        known = {row["name"] for row in connection.execute("SELECT name FROM procrastinate_migrations")}
        kept = connection.execute("SELECT to_regclass('procrastinate_jobs') AS kept").fetchone()
        if kept is None or kept["kept"] is None:
            _run(connection, (folder / "schema.sql").read_text(encoding="utf-8"))
            known = set[str]()
        else:
            for name in sorted(set(steps) - known):
                _run(connection, steps[name].read_text(encoding="utf-8"))
        for name in sorted(set(steps) - known):
            connection.execute("INSERT INTO procrastinate_migrations (name) VALUES (%s)", (name,))


def _file(name: str) -> str:
    return files("graphs.store").joinpath(name).read_text(encoding="utf-8")


def _run(connection: psycopg.Connection[Any], sql: str) -> None:
    """Run statements that stand in a file of ours or of Procrastinate."""
    connection.execute(cast(LiteralString, sql))
