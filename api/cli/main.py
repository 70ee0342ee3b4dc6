"""The `warroom` command. Whatever is heavy is imported by the command that needs it."""

import gc
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from api.cli import alerts, commands, keys
from api.cli.data_directory import doctor, forget
from api.cli.database import backup, copy, migrate, worker
from api.cli.replay import replay
from api.client.options import REFUSED, refuse
from evals.cli import app as eval_app

if TYPE_CHECKING:
    from agents.io.settings import Settings
    from agents.llm.client import ChatModel
    from api.cli.serve import ServeOptions
    from api.client.printing import Printer
    from api.runs.run_view import RunView
    from evals.scenarios.scenario import Scenario
    from graphs.transcript.event import Event

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""


class Interruptible(TyperGroup):
    """All commands: Ctrl-C ends each of them with one line."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was called."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo("warroom: interrupted; the runs of a server go on", err=True)
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    cls=Interruptible,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

DEMO_SPEED = 60.0
"""A minute of the incident is a second of the demo; it is over in about an hour."""
STUCK = 1
"""The exit code where a run that was played did not come to its end."""

Seed = Annotated[int, typer.Option(help="Another seed gives other names and readings, and the same incident.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object: the run and its transcript.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Tell everything: every tool call, every answer, every timer.")
]
WithModel = Annotated[bool, typer.Option("--model", help="Let the model of OPENAI_* do the duties; else by the rules.")]


def print_version(is_asked: bool) -> None:
    """Print the version and exit, where it is asked for."""
    if is_asked:
        from importlib.metadata import version

        typer.echo(f"warroom {version('warroom')}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version, and exit.")
]


@app.callback()
def warroom(version: Version = False) -> None:
    """Runs an incident by the runbook: alert in, roles at work, people decide, everything is written down."""


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Where to listen.")] = 8321,
    host: Annotated[str, typer.Option(help="On which address; any but this machine's own needs keys.")] = "127.0.0.1",
    data: Annotated[Path | None, typer.Option(help="Where the data is kept.  [default: warroom-data]")] = None,
    catalogue: Annotated[Path | None, typer.Option(help="Your services, and how to see and change them.")] = None,
    simulate: Annotated[str, typer.Option(help="Play this scenario on simulated production.")] = "",
    seed: Seed = 0,
    speed: Annotated[float, typer.Option(min=0.01, help="How fast a simulation's time runs.")] = 1.0,
    workers: Annotated[
        bool, typer.Option("--workers/--no-workers", help="With WARROOM_DATABASE: run incidents here, too.")
    ] = True,
) -> None:
    """Take alerts, run incidents, until stopped."""
    if simulate and catalogue:
        refuse("--simulate brings its own services; leave out --catalogue")
    if speed != 1 and not simulate:
        refuse("--speed is for simulations only; name one with --simulate")
    settings = read_settings()
    if settings.database_url and simulate:
        refuse("--simulate keeps its data in a directory; unset WARROOM_DATABASE")
    if not settings.database_url and not workers:
        refuse("without WARROOM_DATABASE one process does everything; leave out --no-workers")
    with clearly():
        from api.cli import serve as serving

        scenario = read_scenario(simulate, seed) if simulate else None
        options = serving.ServeOptions(port, host, data, catalogue, scenario, seed, speed, workers)
        if settings.database_url:
            return serve_together(options, settings)
        serving.serve(options, settings, the_model(settings.has_model), typer.echo)


def serve_together(options: "ServeOptions", settings: "Settings") -> None:
    """Serve as one of several processes on a PostgreSQL database."""
    from graphs.store.opening import require_postgres

    require_postgres()
    from api.cli import cluster

    cluster.serve(options, settings, typer.echo)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Play it without a server.")] = False,
    speed: Annotated[str, typer.Option(help="How many times as fast as life, or max.")] = f"{DEMO_SPEED:g}",
    json: AsJson = False,
    keep: Annotated[bool, typer.Option("--keep", help="Stay up after the end.")] = False,
    ask: Annotated[bool, typer.Option("--ask", help="You are on call: nobody else approves.")] = False,
    seed: Seed = 0,
    scenario: Annotated[str, typer.Option(help="Which scenario to play.")] = "first_light",
    port: Annotated[int, typer.Option(help="Where to serve it; 0 takes a free one.")] = 0,
    model: WithModel = False,
    verbose: Verbose = False,
) -> None:
    """Watch an incident on simulated production, from the alert to the post-mortem."""
    pace = read_speed(speed)
    if pace is None and (keep or ask):
        refuse("--speed max plays without a server and without you; leave out --keep and --ask")
    if once and keep:
        refuse("--once plays without a server, so there is nothing to keep up; leave out one of the two")
    with clearly():
        from api.cli.demo import DemoOptions

        options = DemoOptions(seed, pace, keep, ask, the_model(model), read_settings())
        present(read_scenario(scenario, seed), options, None if once or pace is None else port, json, verbose)


@app.command()
def play(
    scenario: Annotated[str, typer.Argument(help="Its name, or a folder of your own.")],
    seed: Seed = 0,
    json: AsJson = False,
    model: WithModel = False,
    verbose: Verbose = False,
) -> None:
    """Play a scenario to its end on a virtual clock."""
    with clearly():
        from api.cli.demo import DemoOptions

        present(
            read_scenario(scenario, seed),
            DemoOptions(seed, model=the_model(model), settings=read_settings()),
            None,
            json,
            verbose,
        )


@app.command()
def scenarios() -> None:
    """List the scenarios that can be played."""
    from evals.scenarios.loading import load, names

    with clearly():
        for name in names():
            typer.echo(f"{name:<18}{load(name).about}")


app.command()(worker)
app.command()(migrate)
app.command()(backup)
app.command()(copy)
app.command()(doctor)
app.command()(replay)
app.command()(forget)
commands.add_to(app)
alerts.add_to(app)
app.add_typer(keys.app, name="keys")
app.add_typer(eval_app, name="eval")


def present(scenario: "Scenario", options: Any, port: int | None, json: bool, verbose: bool) -> None:
    """Play a scenario and tell it, or print it as JSON; a run that is not closed at the end is a failure."""
    from api.cli.demo import as_json, play_through, say_who_does_the_duties, tell_all

    if options.speed is None:
        view, events = play_through(scenario, options)
    else:
        view, events = _played_live(scenario, options, port, _printer(json, verbose))
    if json:
        import json as notation

        typer.echo(notation.dumps(as_json(view, events), ensure_ascii=False))
    elif options.speed is None:
        printer = _printer(json, verbose)
        say_who_does_the_duties(options, printer)
        tell_all(view, events, printer)
    if port is not None and view.status not in ("closed", "cancelled"):
        raise KeyboardInterrupt  # its server was stopped before the run was over
    if view.status != "closed":
        raise typer.Exit(STUCK)


def _printer(json: bool, verbose: bool) -> "Printer":
    """Make what prints; with JSON it prints nothing."""
    from rich.console import Console

    from api.client.printing import Printer

    return Printer(verbose, Console(highlight=False, quiet=json))


def _played_live(
    scenario: "Scenario", options: Any, port: int | None, printer: "Printer"
) -> "tuple[RunView, list[Event]]":
    import asyncio

    from api.cli.demo import play_live

    if port is None:
        return asyncio.run(play_live(scenario, options, printer, None))
    from api.serving.listening import listen

    with listen(port) as listening:
        return asyncio.run(play_live(scenario, options, printer, listening))


def read_speed(text: str) -> float | None:
    """Read a speed; None is as fast as it goes."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0 < speed < float("inf"):
        refuse(f"--speed {text}: expected a number above 0, or max")
    return speed


def read_scenario(name: str, seed: int) -> "Scenario":
    """Read a scenario by its name or folder, as a seed tells it."""
    from evals.scenarios.loading import load

    return load(name, seed)


def the_model(wanted: bool) -> "ChatModel | None":
    """Make the model that the environment names."""
    if not wanted:
        return None
    from agents.llm.client import OpenAIChatModel

    settings = read_settings()
    if not settings.has_model:
        refuse("--model needs OPENAI_API_KEY or OPENAI_BASE_URL in the environment")
    return OpenAIChatModel(settings)


def read_settings() -> "Settings":
    """Read the environment. Raises WrongSetting."""
    from agents.io.settings import settings

    return settings()


@contextmanager
def clearly() -> Generator[None]:
    """Turn what can go wrong outside the program into one clear line."""
    try:
        yield
    except outside_faults() as error:  # Python asks which they are only where something was raised
        refuse(str(error))


def outside_faults() -> tuple[type[Exception], ...]:
    """What can go wrong outside the program."""
    from agents.io.catalogue import CatalogueError
    from api.cli.data_directory import DirectoryUnusable
    from api.intake.senders import SendersUnreadable
    from api.serving.listening import PortTaken, Unguarded
    from evals.scenarios.yaml_source import ScenarioError
    from graphs.store.faults import StoreError

    of_files = (CatalogueError, DirectoryUnusable, ScenarioError, SendersUnreadable)
    return (*of_files, PortTaken, StoreError, Unguarded)


def main() -> None:
    """Run the command."""
    gc.set_threshold(50_000, 20, 50)  # loading a thousand modules makes no garbage worth looking for
    try:
        app()
    except ValueError as error:
        from agents.io.settings import WrongSetting  # whatever reads a setting can raise it, also while it is imported

        if not isinstance(error, WrongSetting):
            raise
        typer.echo(f"warroom: the environment: {' '.join(str(error).split())}", err=True)
        sys.exit(REFUSED)
