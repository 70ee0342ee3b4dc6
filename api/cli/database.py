"""Commands about where things are kept: `warroom worker` and `migrate` on PostgreSQL; `backup`, and `copy` to there."""

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
    from agents.io.catalogue import CatalogueError
    from agents.io.settings import settings
    from api.intake.senders import SendersUnreadable
    from graphs.store.faults import StoreError
    from graphs.store.opening import require_postgres

    read = settings()
    if read.database_url is None:
        refuse(NO_DATABASE)
    try:
        require_postgres()
        from api.cli import cluster

        cluster.take_turns(read, catalogue, data, concurrency, typer.echo)
    except (CatalogueError, SendersUnreadable, StoreError) as error:
        refuse(str(error))


def migrate() -> None:
    """Make or upgrade the schema of the database that WARROOM_DATABASE names; do it before a new version starts."""
    from agents.io.settings import settings
    from graphs.store.faults import StoreError
    from graphs.store.opening import require_postgres

    read = settings()
    if read.database_url is None:
        refuse(f"{NO_DATABASE}; a data directory is brought up to date by `warroom serve` itself")
    try:
        require_postgres()
        from graphs.store.postgres_schema import migrate as migrate_database

        typer.echo(f"The database has schema {migrate_database(read.database_url.get_secret_value())}.")
    except StoreError as error:
        refuse(str(error))


def backup(
    to: Annotated[Path, typer.Argument(help="The file to write; none may be there.")],
    data: Annotated[Path | None, typer.Option(help="Where the data is kept.  [default: warroom-data]")] = None,
    pg_dump: Annotated[str, typer.Option(help="The program for PostgreSQL; as new as the server.")] = "pg_dump",
) -> None:
    """Write a backup while Warroom runs: of the data directory's store, or of the database of WARROOM_DATABASE."""
    from api.cli.data_directory import is_there, place_of
    from graphs.maintenance.backup import BackupFailed, back_up
    from graphs.store.faults import StoreError

    place = place_of(data)
    if not is_there(place):
        refuse(f"there is no {place}; name the directory with --data")
    try:
        back_up(place, to, pg_dump)
    except (BackupFailed, StoreError) as error:
        refuse(str(error))
    typer.echo(f"{to}: {to.stat().st_size / 1e6:,.1f} MB. {RESTORE[isinstance(place, Path)]}")


RESTORE = {
    True: "To restore: stop Warroom, move warroom.sqlite, -wal and -shm away; put this file there instead.",
    False: "To restore: stop every process, then pg_restore --clean --if-exists --dbname=ADDRESS FILE.",
}


def copy(
    to: Annotated[str, typer.Option(help="The database: postgresql://...; it must be migrated, and empty.")],
    source: Annotated[Path, typer.Option("--from", help="The data directory; nothing may run on it.")],
) -> None:
    """Copy a data directory's store into a PostgreSQL database, and check it row by row. Pictures stay in place."""
    from api.cli.data_directory import DirectoryUnusable, held
    from graphs.store.faults import StoreError
    from graphs.store.opening import FILE, require_postgres

    if not (source / FILE).is_file():
        refuse(f"there is no {source / FILE}")
    try:
        require_postgres()
        from graphs.maintenance.copying import NotTheSame, copy_store

        try:
            with held(source):
                copied = copy_store(source / FILE, to)
        except NotTheSame as error:
            refuse(f"{error} Nothing was copied.")
    except (DirectoryUnusable, StoreError) as error:
        refuse(str(error))
    for table, rows in copied.rows.items():
        typer.echo(f"{rows:>9,}  {table}")
    typer.echo(f"{copied.workflows:>9,}  workflows, from their newest checkpoints")
    typer.echo("Everything was copied, and is the same.")
