"""The terminal on a running server: see runs, send alerts, watch, answer, tell. Light until a command is called."""

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.changes import changes
from api.cli.people import COMMANDS
from api.client.options import AsJson, Key, Run, Url, Verbose, part, plain, print_json, refuse, server_at
from api.client.server_address import URL, server_named
from api.narration.states import state_of


def runs(
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
    json: AsJson = False,
    url: Url = URL,
    key: Key = "",
) -> None:
    """List a server's newest runs, and what they ask."""
    with server_at(url, key) as server:
        listed = server.get(f"/v1/runs?most={most}")
    if json:
        return print_json(listed)
    if not listed["runs"]:
        typer.echo(f"no run yet; `{shlex.join(['warroom', 'post', 'FILE', *server_named(url)])}` sends an alert")
    for run in listed["runs"]:
        held = ", on hold" if run["held"] else ""
        severity, step = run["severity"] or "-", f"{run['step']} {run['step_name']}"
        status = state_of(run["status"], run["fixed_at"], run["unseen"]) + held
        typer.echo(f"{run['id']:<24}{severity:<4}{status:<26}{step:<17}{plain(run['headline'])}")
        for question in run["questions"]:
            typer.echo(f"{'':<24}{asks(question)}")


def asks(question: dict[str, Any]) -> str:
    """What a run asks, when it was asked and what came since, what may be answered, by whom where not by everybody."""
    who = question["who_may_answer"]
    whom = "" if who == "anybody" else f"; who may answer: {plain(who)}"
    asked_at = question.get("asked_at")
    asked = f"Asked at {datetime.fromisoformat(asked_at):%H:%M} UTC: " if asked_at else ""
    text = plain(" ".join(filter(None, [question.get("since_asked"), f"{asked}{question['text']}"])))
    return f"asks {question['id']}: {text} ({', '.join(question['options'])}{whom})"


def post(
    file: Annotated[str, typer.Argument(help="A JSON file with the alert; - reads it from the standard input.")],
    source: Annotated[str, typer.Option(help="Whose shape it has, such as alertmanager.")] = "",
    json: AsJson = False,
    url: Url = URL,
    key: Key = "",
) -> None:
    """Send an alert."""
    alert = _read(file)
    with server_at(url, key) as server:
        accepted = server.post(f"/v1/alerts/{part(source)}" if source else "/v1/alerts", alert)
    if json:
        return print_json(accepted)
    for run in accepted["runs"]:
        typer.echo(f"{'joined' if run['joined'] else 'started'} {run['id']}  {url.rstrip('/')}/runs/{run['id']}")
    for refused in accepted["refused"]:
        typer.echo(f"refused alert {refused['alert']}: {plain(refused['why'])}", err=True)
    if not accepted["runs"] and not accepted["refused"]:
        typer.echo("nothing to do: no run is open of what is over")


def watch(
    run: Run,
    after: Annotated[int, typer.Option(min=0, help="Begin after this event.")] = 0,
    verbose: Verbose = False,
    lines: Annotated[bool, typer.Option("--lines", help="Print lines, as into a pipe, and leave the screen.")] = False,
    by: Annotated[
        str, typer.Option("--as", help="In whose name you answer.  [default: who is logged in]", show_default=False)
    ] = "",
    utc: Annotated[bool, typer.Option("--utc", help="Show times in UTC, not as they are where you are.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print each event as a line of JSON.")] = False,
    url: Url = URL,
    key: Key = "",
) -> None:
    """Watch a run to its end, and answer what it asks by a key."""
    from api.tui import watch

    with server_at(url, key) as server:
        if json:
            for event in server.events(part(run), after, watch.say_of_connection):
                print_json(event)
        else:
            watch.watch(server, watch.Watched(run, after, verbose, lines, by, UTC if utc else None))


def add_to(app: typer.Typer) -> None:
    """Add the commands that speak to a running server."""
    for command in (runs, post, watch, changes, *COMMANDS):
        app.command()(command)


def _read(file: str) -> Any:
    from agents.io.outside_text import NotJson, read_json

    try:
        return read_json(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
    except OSError as error:
        refuse(f"{file}: {error.strerror}")
    except NotJson as error:
        refuse(f"{file}: this is no JSON: {error}")
