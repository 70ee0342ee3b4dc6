"""`warroom doctor`: is everything well in a data directory, also while a server works in it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
