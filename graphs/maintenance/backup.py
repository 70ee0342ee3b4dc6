"""Backups: of a file while it is written, by SQLite itself; of a PostgreSQL database, by pg_dump."""

import asyncio
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from agents.io import child_process
from graphs.store.faults import clearly
from graphs.store.opening import Place

LONGEST_SECONDS = 4 * 3600
UNFINISHED = ".unfinished"
"""At the end of the name of a backup while it is written."""


class BackupFailed(Exception):
    """The backup could not be made; nothing was left at its place."""


def back_up(place: Place, to: Path, pg_dump: str = "pg_dump") -> None:
    """Write a backup of a store that may be in use meanwhile. Raises BackupFailed, StoreError.

    `pg_dump`: the program that does it for PostgreSQL; it must be as new as the server.
    """
    unfinished = to.with_name(f"{to.name}{UNFINISHED}")
    if to.exists():
        raise BackupFailed(f"{to} is there already; a backup replaces nothing")
    unfinished.unlink(missing_ok=True)
    try:
        if isinstance(place, Path):
            _copy_file(place, unfinished)
        else:
            _dump(place, unfinished, pg_dump)
        unfinished.rename(to)
    except (OSError, TimeoutError) as error:
        raise BackupFailed(f"{BackupFailed.__doc__} ({error})") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _copy_file(file: Path, to: Path) -> None:
    """Let SQLite write all that is committed by now into another file."""
    with clearly(file), closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)) as connection:
        connection.execute("PRAGMA busy_timeout = 5000")
        connection.execute("VACUUM INTO ?", (str(to),))
    _flush(to)


def _flush(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _dump(url: str, to: Path, pg_dump: str) -> None:
    """Let pg_dump write one consistent moment of our schema; the password is on no command line."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    from graphs.store.postgres import PostgresDatabase

    with closing(PostgresDatabase(url, "warroom backup")) as database:
        schema = database.namespace
    known = conninfo_to_dict(url)
    password = str(known.pop("password", "") or "")
    with tempfile.TemporaryDirectory(prefix="warroom-") as folder:
        secret = Path(folder) / "password"
        secret.touch(0o600)
        secret.write_text(f"*:*:*:*:{_escaped(password)}\n", encoding="utf-8")
        where = make_conninfo("", **{**known, "passfile": str(secret)})
        command = (pg_dump, "--format=custom", f"--schema={schema}", f"--file={to}", f"--dbname={where}")
        ended = asyncio.run(child_process.run(command, LONGEST_SECONDS))
    if ended.code:
        raise BackupFailed(f"{BackupFailed.__doc__} (pg_dump: {' '.join(ended.err.split())[:500]})")


def _escaped(password: str) -> str:
    return password.replace("\\", "\\\\").replace(":", "\\:")
