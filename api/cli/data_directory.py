"""The data directory: one process at a time, and no invented data beside real alerts; `warroom doctor` and `forget`."""

import fcntl
import getpass
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from api.client.options import refuse

DEFAULT_DATA = Path("warroom-data")


class DirectoryUnusable(Exception):
    """The data directory cannot be had: another process works in it, it holds other runs, or it cannot be written."""


@contextmanager
def occupied(directory: Path, kind: str) -> Generator[Path]:
    """Hold a data directory for this process; its runs are all of one kind. Raises DirectoryUnusable."""
    with held(directory):
        try:
            _keep_apart(directory, kind)
        except OSError as error:
            raise _unusable(directory, error) from error
        yield directory


@contextmanager
def held(directory: Path) -> Generator[None]:
    """Keep every other process out of a data directory. Raises DirectoryUnusable.

    The lock is the kernel's: it ends with the process, however that ends.
    """
    with _lock_file(directory) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            lock.seek(0)
            raise DirectoryUnusable(
                f"{directory} is in use by another Warroom (process {lock.read().strip() or 'unknown'}); "
                "stop that one, or choose another directory with --data"
            ) from busy
        try:
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
        except OSError as error:
            raise _unusable(directory, error) from error
        yield


def _lock_file(directory: Path) -> TextIO:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return (directory / "lock").open("a+")
    except OSError as error:
        raise _unusable(directory, error) from error


def _unusable(directory: Path, error: OSError) -> DirectoryUnusable:
    return DirectoryUnusable(f"{directory}: {error.strerror}; choose another directory with --data")


def _keep_apart(directory: Path, kind: str) -> None:
    """Refuse to go on with real runs on invented systems, and the other way round."""
    written = directory / "kind"
    known = written.read_text().strip() if written.exists() else kind
    if known != kind:
        raise DirectoryUnusable(f"{directory} holds {known}, not {kind}; choose another directory with --data")
    written.write_text(f"{kind}\n")


if TYPE_CHECKING:
    from graphs.maintenance.doctor import Finding
    from graphs.store.opening import Place

FAULTY = 1
"""The exit code where something is wrong."""


def place_of(data: Path | None) -> "Place":
    """Where everything is kept: in the database that WARROOM_DATABASE names, else in a file of the directory."""
    from agents.io.settings import settings
    from graphs.store.opening import FILE

    database = settings().database_url
    return database.get_secret_value() if database else (data or DEFAULT_DATA) / FILE


def is_there(place: "Place") -> bool:
    """Whether there is such a file; a database says itself what is wrong with it."""
    return not isinstance(place, Path) or place.is_file()


def doctor(
    data: Annotated[Path | None, typer.Option(help="Where the data is kept.  [default: warroom-data]")] = None,
    catalogue: Annotated[
        Path | None, typer.Option(help="Your services: looks at this file too, and reads their signals once.")
    ] = None,
    model: Annotated[
        bool, typer.Option("--model", help="Try the models too: a round trip with a tool call, a few hundred tokens.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object: every finding.")] = False,
) -> None:
    """Look a data directory and the model's endpoint over, change nothing, and say what to do."""
    from agents.io.clock import RealClock
    from agents.io.settings import settings
    from api.cli.model_checkup import examine_model
    from graphs.maintenance.doctor import Finding, examine_all, examine_catalogue, examine_policy

    place = place_of(data)
    is_new = data is None and isinstance(place, Path) and not DEFAULT_DATA.is_dir()
    new = Finding("directory", "ok", f"{DEFAULT_DATA} is not there yet; `warroom serve` makes it")
    clock = RealClock()
    kept = [new] if is_new else examine_all(data or DEFAULT_DATA, clock, place)
    findings = [*kept, examine_model(settings())]
    if model:
        from api.cli.model_trial import try_models

        findings += try_models(settings())
    if catalogue:
        from api.cli.readings_checkup import examine_readings

        findings += [examine_catalogue(catalogue, clock), *examine_policy(catalogue, place)]
        findings += examine_readings(catalogue, clock)
    typer.echo(_as_json(findings) if json else _as_text(findings))
    if any(finding.state == "fault" for finding in findings):
        raise typer.Exit(FAULTY)


def _as_json(findings: "list[Finding]") -> str:
    import json

    well = all(finding.state == "ok" for finding in findings)
    return json.dumps({"well": well, "findings": [finding._asdict() for finding in findings]}, ensure_ascii=False)


def _as_text(findings: "list[Finding]") -> str:
    return "\n".join(line for finding in findings for line in _lines(finding))


def _lines(finding: "Finding") -> list[str]:
    lines = [f"{finding.state:<9}{finding.name:<11}{finding.says}"]
    return [*lines, f"{'':<20}-> {finding.do}"] if finding.do else lines


def forget(
    run: Annotated[str, typer.Argument(help="The run's id, as `warroom runs` lists it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    data: Annotated[Path | None, typer.Option(help="Where the data is kept.  [default: warroom-data]")] = None,
) -> None:
    """Delete a closed run for good: transcript, checkpoints, questions, raw alerts, pictures. A tombstone stays."""
    from graphs.intake.run_lookup import UnknownRun
    from graphs.maintenance.retention import RunIsOpen, forget_in
    from graphs.store.faults import StoreError

    directory, place = data or DEFAULT_DATA, place_of(data)
    if not is_there(place):
        refuse(f"there is no data in {directory}; name the directory with --data")
    if not yes:
        typer.confirm(f"Forget {run} for good?", abort=True)
    try:
        done = forget_in(place, directory, run, getpass.getuser())
    except UnknownRun:
        refuse(f"there is no run {run} in {directory if isinstance(place, Path) else 'the database'}")
    except (RunIsOpen, StoreError) as error:
        refuse(str(error))
    typer.echo(f"{run} is forgotten: {done.events} events, {len(done.files)} pictures.")
    for file in done.left:
        typer.echo(f"yours to delete: {file}", err=True)
