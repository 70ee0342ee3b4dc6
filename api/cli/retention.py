"""`warroom forget`: take a closed run's words out of a data directory, also while a server works in it."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from api.client.refusal import refuse


def forget(
    run: Annotated[str, typer.Argument(help="The run's id, as `warroom runs` lists it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    data: Annotated[Path | None, typer.Option(help="Where the data is kept.  [default: warroom-data]")] = None,
) -> None:
    """Delete a closed run for good: transcript, checkpoints, questions, raw alerts, pictures. A tombstone stays."""
    from agents.io.clock import RealClock
    from api.cli.data_directory import DEFAULT_DATA
    from graphs.intake.run_lookup import UnknownRun
    from graphs.maintenance.data_file import FILE
    from graphs.maintenance.retention import RunIsOpen, forget_in
    from graphs.store.faults import StoreError

    directory = data or DEFAULT_DATA
    if not (directory / FILE).is_file():
        refuse(f"there is no data in {directory}; name the directory with --data")
    if not yes:
        typer.confirm(f"Forget {run} for good?", abort=True)
    try:
        done = forget_in(directory, run, getpass.getuser(), RealClock().now())
    except UnknownRun:
        refuse(f"there is no run {run} in {directory}")
    except (RunIsOpen, StoreError) as error:
        refuse(str(error))
    typer.echo(f"{run} is forgotten: {done.events} events, {len(done.files)} pictures.")
    for file in done.left:
        typer.echo(f"yours to delete: {file}", err=True)
