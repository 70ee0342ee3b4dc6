"""`warroom doctor` and `warroom forget`: on a data directory, also while a server works in it."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.client.options import refuse

if TYPE_CHECKING:
    from graphs.maintenance.doctor import Finding

FAULTY = 1
"""The exit code where something is wrong."""


def doctor(
    data: Annotated[Path | None, typer.Option(help="Where the data is kept.  [default: warroom-data]")] = None,
    catalogue: Annotated[Path | None, typer.Option(help="Your services: this file is looked at too.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object: every finding.")] = False,
) -> None:
    """Look a data directory and the model's endpoint over, change nothing, and say what to do."""
    from agents.io.clock import RealClock
    from agents.io.settings import settings
    from api.cli.data_directory import DEFAULT_DATA
    from api.cli.model_checkup import examine_model
    from graphs.maintenance.doctor import examine_all, examine_catalogue, examine_policy

    findings = [*examine_all(data or DEFAULT_DATA, RealClock()), examine_model(settings())]
    if catalogue:
        findings += [examine_catalogue(catalogue), *examine_policy(catalogue, data or DEFAULT_DATA)]
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
    told = [f"{finding.state:<9}{finding.name:<11}{finding.says}"]
    return [*told, f"{'':<20}-> {finding.do}"] if finding.do else told


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
