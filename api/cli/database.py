"""Commands for several processes on a PostgreSQL database: `warroom worker` and `warroom migrate`."""

from pathlib import Path
from typing import Annotated

import typer

from api.client.options import refuse

NO_DATABASE = "set WARROOM_DATABASE to the address of a PostgreSQL database, such as postgresql://warroom@db/warroom"


def worker(
    concurrency: Annotated[int, typer.Option(min=0, help="Turns at a time.  [default: by the processors]")] = 0,
    data: Annotated[Path | None, typer.Option(help="Where pictures are kept.  [default: warroom-data]")] = None,
    catalogue: Annotated[Path | None, typer.Option(help="Your services, and how to see and change them.")] = None,
) -> None:
    """Run incidents on the database that WARROOM_DATABASE names, until stopped; another process takes alerts."""
    from agents.io import catalogue as catalogues
    from agents.io.settings import settings
    from api.intake import senders
    from api.logs import write_log
    from graphs.store.faults import StoreError
    from graphs.store.opening import require_postgres

    read = settings()
    if read.database is None:
        refuse(NO_DATABASE)
    try:
        require_postgres()
        from api.cli import cluster

        write_log(read.log, read.log_level)
        listed = catalogues.load(catalogue) if catalogue else catalogues.Catalogue()
        configured = senders.load(read.senders) if read.senders else senders.Senders()
        cluster.take_turns(cluster.Cluster(read, listed, configured), data, concurrency, typer.echo)
    except (catalogues.CatalogueError, senders.SendersUnreadable, StoreError) as error:
        refuse(str(error))


def migrate() -> None:
    """Make or upgrade the schema of the database that WARROOM_DATABASE names; do it before a new version starts."""
    from agents.io.settings import settings
    from graphs.store.faults import StoreError
    from graphs.store.opening import require_postgres

    read = settings()
    if read.database is None:
        refuse(f"{NO_DATABASE}; a data directory is brought up to date by `warroom serve` itself")
    try:
        require_postgres()
        from graphs.store.postgres_schema import migrate as migrate_database

        typer.echo(f"The database has schema {migrate_database(read.database.get_secret_value())}.")
    except StoreError as error:
        refuse(str(error))
