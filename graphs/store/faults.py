"""What can be wrong with the store, told to those who can do something about it."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn


class StoreError(Exception):
    """The store cannot be had."""

    def __init__(self, where: Path | str | None, reason: str) -> None:
        super().__init__(f"{self.__doc__} ({where or 'in memory'}: {reason})")


class StoreFull(StoreError):
    """The disk is full: nothing more is taken in until there is room; what was taken in before is safe."""


class StoreReadOnly(StoreError):
    """The store cannot be opened for writing: let this user write the data directory and everything in it."""


class StoreDamaged(StoreError):
    """The store is damaged: stop Warroom, keep a copy, and put a backup in its place; `warroom doctor` says more."""


class StoreUnreachable(StoreError):
    """The store cannot be reached: the disk reports an error, or another program holds the file."""


class StoreTooNew(StoreError):
    """The store was written by a newer Warroom: use that one, or another data directory."""


FAULTS: dict[int, type[StoreError]] = {
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_READONLY: StoreReadOnly,
    sqlite3.SQLITE_PERM: StoreReadOnly,
    sqlite3.SQLITE_CANTOPEN: StoreReadOnly,
    sqlite3.SQLITE_CORRUPT: StoreDamaged,
    sqlite3.SQLITE_NOTADB: StoreDamaged,
    sqlite3.SQLITE_IOERR: StoreUnreachable,
    sqlite3.SQLITE_BUSY: StoreUnreachable,
    sqlite3.SQLITE_LOCKED: StoreUnreachable,
}
"""SQLite's result code -> what it means here. Any other code is a fault of ours and stays what it is."""


@contextmanager
def clearly(where: Path | None) -> Generator[None]:
    """Say what SQLite's errors mean. Raises StoreError."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise_clearly(where, error)


def raise_clearly(where: Path | None, error: sqlite3.DatabaseError) -> NoReturn:
    """Raise what SQLite's error means; where it is a fault of ours, the error itself. Raises StoreError."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    meant = FAULTS.get(code & 0xFF)
    if meant is None:
        raise error
    raise meant(where, str(error)) from error
