"""The terminal on a running server: see runs, send alerts, watch, answer, tell. Light until a command is called."""

import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.refusal import refuse

if TYPE_CHECKING:
    from api.server import Server

URL = "http://127.0.0.1:8321"
Url = Annotated[str, typer.Option(help="Where the server is.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print what the server says, as JSON.")]
Run = Annotated[str, typer.Argument(help="The run's id, as `warroom runs` lists it.")]
MaybeRun = Annotated[str, typer.Argument(help="The run's id; without it, every run.")]
By = Annotated[str, typer.Option(help="Who says it.  [default: who is logged in]", show_default=False)]
Comment = Annotated[str, typer.Option(help="Why.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Tell every event.")]


def runs(
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
    json: AsJson = False,
    url: Url = URL,
) -> None:
    """List a server's newest runs, and what they ask."""
    with server_at(url) as server:
        listed = server.get(f"/v1/runs?most={most}")
    if json:
        return _print_json(listed)
    for run in listed["runs"]:
        held = ", on hold" if run["held"] else ""
        severity, step = run["severity"] or "-", f"{run['step']} {run['step_name']}"
        typer.echo(f"{run['id']:<24}{severity:<4}{run['status'] + held:<18}{step:<17}{_plain(run['title'])}")
        for question in run["questions"]:
            typer.echo(f"{'':<24}asks {question['id']}: {_plain(question['text'])} ({', '.join(question['options'])})")


def post(
    file: Annotated[str, typer.Argument(help="A JSON file with the alert; - reads it from the standard input.")],
    source: Annotated[str, typer.Option(help="Whose shape it has, such as alertmanager.")] = "",
    json: AsJson = False,
    url: Url = URL,
) -> None:
    """Send an alert."""
    alert = _read(file)
    with server_at(url) as server:
        accepted = server.post(f"/v1/alerts/{_part(source)}" if source else "/v1/alerts", alert)
    if json:
        return _print_json(accepted)
    for run in accepted["runs"]:
        typer.echo(f"{'joined' if run['joined'] else 'started'} {run['id']}  {url.rstrip('/')}/runs/{run['id']}")
    for refused in accepted["refused"]:
        typer.echo(f"refused alert {refused['alert']}: {_plain(refused['why'])}", err=True)
    if not accepted["runs"] and not accepted["refused"]:
        typer.echo("nothing to do: no run is open of what is over")


def watch(
    run: Run,
    after: Annotated[int, typer.Option(min=0, help="Begin after this event.")] = 0,
    verbose: Verbose = False,
    json: Annotated[bool, typer.Option("--json", help="Print each event as a line of JSON.")] = False,
    url: Url = URL,
) -> None:
    """Watch a run to its end."""
    from api.watching import Watcher

    with server_at(url) as server:
        watcher = Watcher(verbose)
        for event in server.events(_part(run), after):
            if json:
                _print_json(event)
            else:
                watcher.tell(run, event)


def answer(  # noqa: PLR0913 - a command's parameters are its options
    run: Run,
    question: Annotated[str, typer.Argument(help="The question's id, q-...")],
    said: Annotated[
        str, typer.Argument(help="approve, refuse, edit, look-again, cause, handled, done, not-done, amount.")
    ],
    changes: Annotated[list[str] | None, typer.Argument(help="With edit: name=value, such as version=1.2.0.")] = None,
    comment: Comment = "",
    by: By = "",
    cause: Annotated[str, typer.Option(help="With cause: which, in the runbook's words.")] = "",
    component: Annotated[str, typer.Option(help="With cause: of what.")] = "",
    amount: Annotated[float | None, typer.Option(min=0, help="With amount: how much.")] = None,
    json: AsJson = False,
    url: Url = URL,
) -> None:
    """Answer what a run asks. The first answer stands."""
    body: dict[str, Any] = {
        "answer": said.replace("-", " "),
        "by": _name(by),
        "comment": comment,
        "component": component,
    }
    body |= {"cause": cause or None, "amount": amount}
    with server_at(url) as server:
        if changes:
            body["parameters"] = _edited(server, run, question, changes)
        taken = server.post(f"/v1/runs/{_part(run)}/answers/{_part(question)}", body)
    if json:
        return _print_json(taken)
    typer.echo(f"taken: {taken['answer']['by']} answered {taken['answer']['answer']}")


def note(run: Run, text: str, by: By = "", json: AsJson = False, url: Url = URL) -> None:
    """Add a note to a run's record."""
    _tell(url, f"/v1/runs/{_part(run)}/notes", {"text": text, "by": _name(by)}, json)


def severity(  # noqa: PLR0913 - a command's parameters are its options
    run: Run,
    level: Annotated[str, typer.Argument(help="P0, P1, P2 or P3.")],
    comment: Comment = "",
    by: By = "",
    json: AsJson = False,
    url: Url = URL,
) -> None:
    """Set a run's severity."""
    body = {"severity": level.upper(), "comment": comment, "by": _name(by)}
    _tell(url, f"/v1/runs/{_part(run)}/severity", body, json)


def cancel(run: Run, comment: Comment = "", by: By = "", json: AsJson = False, url: Url = URL) -> None:
    """Cancel a run: its questions are withdrawn, and it says what is left half done."""
    _tell(url, f"/v1/runs/{_part(run)}/cancel", {"comment": comment, "by": _name(by)}, json)


def hold(run: MaybeRun = "", text: Comment = "", by: By = "", json: AsJson = False, url: Url = URL) -> None:
    """Put acting on hold, of one run or of all; looking and telling go on."""
    _switch("hold", run, {"text": text, "by": _name(by)}, json, url)


def resume(run: MaybeRun = "", text: Comment = "", by: By = "", json: AsJson = False, url: Url = URL) -> None:
    """Let a run act again, or all."""
    _switch("resume", run, {"text": text, "by": _name(by)}, json, url)


def add_to(app: typer.Typer) -> None:
    """Add the commands that speak to a running server."""
    for command in (runs, post, watch, answer, note, severity, cancel, hold, resume):
        app.command()(command)


@contextmanager
def server_at(url: str) -> "Generator[Server]":
    """Speak to a server; what it declines is one clear line."""
    from api.server import Declined, Server, Unreachable

    try:
        with closing(Server(url)) as server:
            yield server
    except (Declined, Unreachable) as error:
        refuse(str(error))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _tell(url: str, path: str, body: dict[str, Any], json: bool) -> None:
    with server_at(url) as server:
        written = server.post(path, body)
    if json:
        return _print_json(written)
    from api.watching import Watcher

    Watcher().tell("", written)


def _switch(switch: str, run: str, body: dict[str, Any], json: bool, url: str) -> None:
    if run:
        return _tell(url, f"/v1/runs/{_part(run)}/{switch}", body, json)
    with server_at(url) as server:
        acting = server.post(f"/v1/{switch}", {"by": body["by"]})
    if json:
        return _print_json(acting)
    typer.echo("acting is on hold in every run" if acting["held"] else "the runs may act")


def _edited(server: "Server", run: str, question: str, changes: list[str]) -> dict[str, str | int]:
    from api.edits import BadEdit, edited, pairs
    from graphs.questions import Question

    asked = server.get(f"/v1/runs/{_part(run)}")["questions"]
    found = next((one for one in asked if one["id"] == question), None)
    if found is None:
        refuse(f"the run does not ask {question}, or no longer")
    try:
        return edited(Question.model_validate(found), pairs(changes))
    except BadEdit as bad:
        refuse(str(bad))


def _read(file: str) -> Any:
    import json

    try:
        return json.loads(sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        refuse(f"{file}: {error.strerror}")
    except ValueError as error:
        refuse(f"{file}: this is no JSON: {error}")


def _name(by: str) -> str:
    import getpass

    try:
        return by or getpass.getuser()
    except (OSError, KeyError):
        refuse("say who you are with --by")


def _part(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="") or "-"


def _plain(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _print_json(told: Any) -> None:
    import json

    typer.echo(json.dumps(told, ensure_ascii=False))
