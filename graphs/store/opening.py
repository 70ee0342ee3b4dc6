"""Opening a store where it is kept: in a file, or in a PostgreSQL database."""

from importlib.util import find_spec
from pathlib import Path

from graphs.store.faults import StoreError
from graphs.store.store import Store

FILE = "warroom.sqlite"
"""Its name in a data directory."""
PACKAGES = ("psycopg", "procrastinate", "langgraph.checkpoint.postgres")
"""Of the extra warroom[postgres]."""
Place = Path | str
"""The file, or the address of the database."""


class PostgresNotInstalled(StoreError):
    """What speaks to PostgreSQL is not installed: pip install 'warroom[postgres]'."""


def open_store(place: Place, read_only: bool = False) -> Store:
    """Open a store. A file is brought up to the present schema; a database must have it. Raises StoreError."""
    if isinstance(place, Path):
        return Store(place, read_only)
    require_postgres()
    from graphs.store.postgres import PostgresDatabase
    from graphs.store.postgres_schema import require_schema

    database = PostgresDatabase(place)
    try:
        require_schema(database)
    except StoreError:
        database.close()
        raise
    return Store(database=database)


def require_postgres() -> None:
    """Raise PostgresNotInstalled where the optional packages are missing."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise PostgresNotInstalled("PostgreSQL", f"missing: {', '.join(missing)}")
