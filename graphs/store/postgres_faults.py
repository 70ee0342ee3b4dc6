"""What can be wrong with a PostgreSQL server, told to those who can do something about it."""

from collections.abc import Generator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from graphs.store.faults import StoreDamaged, StoreError, StoreFull, StoreReadOnly, StoreUnreachable


class ServerFull(StoreFull):
    """The database server's disk is full: nothing more is taken in until there is room; what was taken in is safe."""


class ServerReadOnly(StoreReadOnly):
    """The database cannot be written: the server is a standby, or this user may not write."""


class ServerDamaged(StoreDamaged):
    """The database is damaged: stop Warroom, keep a copy, and restore a backup."""


class ServerUnreachable(StoreUnreachable):
    """The database server cannot be reached, or ended the session; nothing is lost, and it is tried again."""


FAULTS: tuple[tuple[type[psycopg.Error], type[StoreError]], ...] = (
    (errors.DiskFull, ServerFull),
    (errors.ReadOnlySqlTransaction, ServerReadOnly),
    (errors.InsufficientPrivilege, ServerReadOnly),
    (errors.DataCorrupted, ServerDamaged),
    (errors.IndexCorrupted, ServerDamaged),
    (errors.DeadlockDetected, ServerUnreachable),
    (errors.SerializationFailure, ServerUnreachable),
    (psycopg.OperationalError, ServerUnreachable),
)
"""psycopg's error -> what it means here; the first that fits. Any other is a fault of ours and stays what it is."""


@contextmanager
def clearly(where: str) -> Generator[None]:
    """Say what psycopg's errors mean. Raises StoreError."""
    try:
        yield
    except psycopg.Error as error:
        meant = next((fault for kind, fault in FAULTS if isinstance(error, kind)), None)
        if meant is None:
            raise
        raise meant(where, " ".join(str(error).split())) from error
