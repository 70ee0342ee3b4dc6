"""`warroom eval`: play the exams, compare them, and examine the examiners. What is heavy is imported when needed."""

import json as notation
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from evals.scenarios.strata import REQUIRED, Stratum

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(
    help="Play incidents on simulated production and mark them.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

RED, REFUSED, INTERRUPTED = 1, 2, 130
REPORT = Path("warroom-data/evals")
EXACT_REPORT, DUTY_REPORT = Path("warroom-data/evals-exact"), Path("warroom-data/evals-duty")
Scenarios = Annotated[list[str] | None, typer.Argument(help="Names or folders; none: all.", show_default=False)]
Seeds = Annotated[int, typer.Option(min=1, help="How many seeds each, from 0 on.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="One seed that nobody has seen before, and print it.")]
To = Annotated[Path, typer.Option(help="Where the report goes; an interrupted one goes on where it was.")]
Jobs = Annotated[int, typer.Option(min=0, help="How many at a time; 0: one for each core.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object at the end, and nothing else.")]
FailUnder = Annotated[float | None, typer.Option(help="Fail where less than so many per cent pass.")]
WithModel = Annotated[
    bool, typer.Option("--model", help="Play with the model of OPENAI_*, and by the rules beside it.")
]
Strong = Annotated[str | None, typer.Option(help="A model for the duties that weigh evidence.")]
Quick = Annotated[str | None, typer.Option(help="A model for the duties that put facts into words.")]
Endpoint = Annotated[str | None, typer.Option(help="Another endpoint than OPENAI_BASE_URL.")]


@app.command()
def run(  # noqa: PLR0913 - a command's parameters are its options
    scenarios: Scenarios = None,
    stratum: Annotated[Stratum, typer.Option(help="Which scenarios to play where none is named.")] = REQUIRED,
    seeds: Seeds = 3,
    fresh: Fresh = False,
    to: To = REPORT,
    jobs: Jobs = 0,
    json: AsJson = False,
    fail_under: FailUnder = None,
    table: Annotated[Path | None, typer.Option(help="Put the table into this Markdown file, too.")] = None,
    model: WithModel = False,
    strong_model: Strong = None,
    quick_model: Quick = None,
    base_url: Endpoint = None,
) -> None:
    """Play whole incidents, in a closed loop with worlds that answer and react."""
    numbers = [secrets.randbelow(10**6)] if fresh else list(range(seeds))
    if fresh:
        typer.echo(f"The fresh seed is {numbers[0]}.", err=True)
    sitters = ["model", "book"] if model or strong_model or quick_model or base_url else ["book"]
    plan = {"way": "closed loop", "scenarios": _listed(scenarios, stratum), "seeds": numbers, "by": sitters}
    _hold(plan, to, (strong_model, quick_model, base_url), jobs, json, fail_under, table)


@app.command()
def exact(
    scenarios: Annotated[
        list[str] | None, typer.Argument(help="Names, folders or recordings (JSON lines); none: all scenarios.")
    ] = None,
    to: To = EXACT_REPORT,
    jobs: Jobs = 0,
    json: AsJson = False,
    fail_under: FailUnder = None,
) -> None:
    """Play recorded runs again with nothing live behind them: they must come out the same. Tests our code."""
    plan = {"way": "exact", "scenarios": scenarios or _listed(None), "seeds": [0], "by": ["book"]}
    _hold(plan, to, (None, None, None), jobs, json, fail_under)


@app.command()
def duty(  # noqa: PLR0913 - a command's parameters are its options
    scenarios: Scenarios = None,
    seeds: Seeds = 1,
    to: To = DUTY_REPORT,
    jobs: Jobs = 0,
    json: AsJson = False,
    fail_under: FailUnder = None,
    model: WithModel = False,
    strong_model: Strong = None,
    quick_model: Quick = None,
    base_url: Endpoint = None,
) -> None:
    """Give each duty its recorded briefing and answers, and compare the facts and the cause in its report."""
    by = "model" if model or strong_model or quick_model or base_url else "book"
    plan = {"way": "duty", "scenarios": _listed(scenarios), "seeds": list(range(seeds)), "by": [by]}
    _hold(plan, to, (strong_model, quick_model, base_url), jobs, json, fail_under)


def _hold(  # noqa: PLR0913 - what the three ways of playing have in common
    planned: dict[str, Any],
    to: Path,
    models: tuple[str | None, ...],
    jobs: int,
    json: bool,
    fail_under: float | None,
    table: Path | None = None,
) -> None:
    """Play what is left of a plan, write the report, tell it, and end red where it is."""
    from evals.report.page import write_report
    from evals.report.records import Plan, fingerprint
    from evals.report.summary import red
    from evals.report.table import put_into, tell
    from evals.running.eval_runner import Models, hold

    plan, console = Plan(**planned, models=notation.dumps(models), fingerprint=fingerprint()), _console(json)
    try:
        hold(to, plan, Models(*models), jobs, console)
    except KeyboardInterrupt:
        typer.echo("Interrupted. The same command goes on where this one stopped.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    summary = write_report(to)
    if table:
        put_into(table, summary)
    tell(summary, to, console)
    _tell(summary.model_dump(mode="json"), json)
    _end(red(summary, fail_under))


@app.command()
def selftest(
    defects: Annotated[
        list[str] | None, typer.Argument(help="Names of defects; none: all.", show_default=False)
    ] = None,
    jobs: Jobs = 0,
    json: AsJson = False,
) -> None:
    """Plant defects in the product, and see which scorer catches each."""
    from evals.defects.registry import DEFECTS
    from evals.running import selftest as test

    unknown = [name for name in defects or [] if name not in DEFECTS]
    if unknown:
        _refuse(f"{', '.join(unknown)}: no such defect; there are {', '.join(DEFECTS)}")
    console = _console(json)
    result = test.selftest(defects or [], jobs, console)
    test.tell(result, console)
    _tell(test.summary(result), json)
    faults = [f"{len(result.uncaught)} defects are not caught"] if result.uncaught else []
    _end([*faults, *(["the unpatched product sets off scorers"] if result.false_alarms else [])])


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="The folder of a report.")],
    second: Annotated[Path, typer.Argument(help="The folder of another.")],
    json: AsJson = False,
) -> None:
    """Compare two reports pair by pair: which differences are real, and which duty and call parted first."""
    from evals.report import comparison as comparing
    from evals.report.records import Folder

    for folder in (first, second):
        if not Folder(folder).runs.exists():
            _refuse(f"{folder}: there is no report; `warroom eval run --to {folder}` makes one")
    comparison = comparing.compare(first, second)
    comparing.tell(comparison, _console(json))
    _tell(comparison.model_dump(mode="json"), json)


@app.command("new")
def begin(folder: Annotated[Path, typer.Argument(help="Where the scenario goes.")]) -> None:
    """Make a scenario to begin with; it plays as it is."""
    from evals.scenarios.loading import ScenarioError, new_scenario

    try:
        made = new_scenario(folder)
    except ScenarioError as error:
        _refuse(str(error))
    typer.echo(f"Made {', '.join(str(file) for file in made)}. Play it: warroom play {folder}")


@app.command()
def capture(
    run: Annotated[str, typer.Argument(help="The id of a finished run.")],
    folder: Annotated[Path, typer.Argument(help="Where the scenario goes; its name should give nothing away.")],
    data: Annotated[Path, typer.Option(help="Where Warroom keeps its data.")] = Path("warroom-data"),
) -> None:
    """Make a finished run a scenario, redacted, that plays at once."""
    from agents.io.catalogue import Catalogue
    from evals.recording.capture import capture as make
    from evals.recording.capture import redact
    from evals.scenarios.yaml_source import ScenarioError
    from graphs.maintenance.retention import recorded_events
    from graphs.store.faults import StoreError
    from graphs.store.opening import FILE

    file = data / FILE
    if not file.exists():
        _refuse(f"{file}: there is no such file; expected Warroom's data")
    try:
        events = recorded_events(file, run)
        if not events:
            _refuse(f"{run}: there is no such run in {file}")
        surroundings: dict[str, Any] = events[0].payload.get("surroundings") or {}
        make(events, folder, Catalogue.model_validate(surroundings.get("catalogue", {})), redact)
    except (ScenarioError, StoreError) as error:
        _refuse(str(error))
    typer.echo(f"Made {folder}. It tests triage, discipline and decision. Play it: warroom play {folder}")


def _listed(scenarios: list[str] | None, stratum: Stratum = "easy") -> list[str]:
    """The scenarios by name or folder, each once; every one of them must load."""
    from evals.scenarios.loading import load, names
    from evals.scenarios.yaml_source import ScenarioError

    listed = list(dict.fromkeys(scenarios or names(stratum)))
    try:
        for name in listed:
            load(name)
    except ScenarioError as error:
        _refuse(str(error))
    return listed


def _console(quiet: bool) -> "Console":
    from rich.console import Console

    console = Console(highlight=False, quiet=quiet)
    return console if console.is_terminal else Console(highlight=False, quiet=quiet, width=110)


def _tell(payload: dict[str, Any], json: bool) -> None:
    if json:
        typer.echo(notation.dumps(payload, ensure_ascii=False))


def _end(faults: list[str]) -> None:
    if faults:
        typer.echo(f"Red: {'; '.join(faults)}.", err=True)
        raise typer.Exit(RED)


def _refuse(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(REFUSED)
