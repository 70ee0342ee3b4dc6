"""Alerts and planned silence at the terminal: `warroom alert explain`, `warroom silence`."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.client.options import AsJson, By, Key, Url, name_of, part, plain, print_json, refuse, server_at
from api.client.server_address import URL

if TYPE_CHECKING:
    from api.intake.explain import Explanation

alert_app = typer.Typer(help="Alerts: how a body is read, and what started nothing.", no_args_is_help=True)
silence_app = typer.Typer(help="Planned silence: maintenance windows.", no_args_is_help=True)


@alert_app.command()
def explain(
    file: Annotated[str, typer.Argument(help="A file with the body as its sender posts it; - is the standard input.")],
    sender: Annotated[str, typer.Option(help="Whose shape it has, such as grafana.")] = "generic",
    senders: Annotated[Path | None, typer.Option(help="The file of senders, for your own mappings.")] = None,
    json: AsJson = False,
) -> None:
    """Show what a body would become, field by field with where it was found. Nothing is started or sent."""
    told = _explanation(file, sender, senders)
    if json:
        alerts = [{**one._asdict(), "fields": [field._asdict() for field in one.fields]} for one in told.alerts]
        return print_json({"alerts": alerts, "refused": [refused.model_dump() for refused in told.refused]})
    for one in told.alerts:
        typer.echo(f"alert {one.number} would {one.would}")
        for field in one.fields:
            typer.echo(f"  {field.name:<12} {plain(field.content)[:90]:<50}  <- {plain(field.place)[:120]}")
        for missing in one.unread:
            typer.echo(f"  not read: {plain(missing)}")
    for refused in told.refused:
        typer.echo(f"alert {refused.alert} cannot be read: {plain(refused.why)}")


def _explanation(file: str, sender: str, senders: Path | None) -> "Explanation":
    from agents.io.outside_text import NotJson
    from api.intake import senders as files
    from api.intake.adapters.registry import UnknownSource
    from api.intake.explain import explained
    from api.intake.parsing.delivery import Delivery
    from api.intake.parsing.inbox import UnusableAlert

    try:
        known = files.load(senders) if senders else files.Senders()
        _, adapter = known.adapter(sender)
        return explained(adapter, Delivery(_bytes(file), {"content-type": "application/json"}).as_utf8())
    except UnknownSource:
        refuse(f"no adapter is called {sender}; `generic` takes any JSON, and docs/senders.md shows how to map a shape")
    except NotJson as error:
        refuse(f"{file}: this is no JSON: {error}")
    except (UnusableAlert, files.SendersUnreadable) as error:
        refuse(f"{file}: {error}")


@alert_app.command()
def inbox(
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
    json: AsJson = False,
    url: Url = URL,
    key: Key = "",
) -> None:
    """List what came in and started nothing."""
    with server_at(url, key) as server:
        listed = server.get(f"/v1/inbox?most={most}")
    if json:
        return print_json(listed)
    if not listed:
        typer.echo("the inbox is empty: every alert that came in started or joined a run")
    for one in listed:
        typer.echo(f"{one['ref']}/{one['number']}  {one['became']:<24}{plain(one['source'])}: {plain(one['title'])}")


@alert_app.command()
def start(
    alert: Annotated[str, typer.Argument(help="REF/NUMBER, as `warroom alert inbox` lists it.")],
    by: By = "",
    url: Url = URL,
    key: Key = "",
) -> None:
    """Start a run from an alert that started nothing."""
    ref, _, number = alert.partition("/")
    with server_at(url, key) as server:
        started = server.post(f"/v1/inbox/{part(ref)}/{part(number)}/run", {"by": name_of(by)})
    typer.echo(f"started {started['id']}  {url.rstrip('/')}/runs/{started['id']}")


@silence_app.command("add")
def add_silence(
    minutes: Annotated[float, typer.Argument(min=0.1, help="How long, from now on or from --starts-at.")],
    why: Annotated[str, typer.Argument(help="Why.")],
    service: Annotated[str, typer.Option(help="A name, or a pattern such as checkout-*.")] = "",
    environment: Annotated[str, typer.Option(help="A name, or a pattern.")] = "",
    label: Annotated[str, typer.Option(help="name=value")] = "",
    starts_at: Annotated[str, typer.Option(help="With its zone, such as 2026-03-03T02:00Z.  [default: now]")] = "",
    by: By = "",
    url: Url = URL,
    key: Key = "",
) -> None:
    """Plan a maintenance window."""
    from agents.io.clock import RealClock
    from api.intake.parsing import reading

    begins = reading.moment(starts_at) if starts_at else RealClock().now()
    if begins is None:
        refuse(f"--starts-at {starts_at} is no time")
    body: dict[str, Any] = {
        "starts_at": begins.isoformat(),
        "ends_at": (begins + timedelta(minutes=minutes)).isoformat(),
    }
    body |= {"service": service, "environment": environment, "label": label, "why": why, "by": name_of(by)}
    with server_at(url, key) as server:
        _tell(server.post("/v1/silences", body))


@silence_app.command("list")
def list_silences(json: AsJson = False, url: Url = URL, key: Key = "") -> None:
    """List the silences that hold or are to come."""
    with server_at(url, key) as server:
        listed = server.get("/v1/silences")
    if json:
        return print_json(listed)
    if not listed:
        typer.echo("no silence holds or is to come")
    for one in listed:
        _tell(one)


@silence_app.command("end")
def end_silence(
    id: Annotated[str, typer.Argument(help="The silence, as `warroom silence list` names it.")],  # noqa: A002
    url: Url = URL,
    key: Key = "",
) -> None:
    """End a silence now; what still fires starts its run."""
    with server_at(url, key) as server:
        server.delete(f"/v1/silences/{part(id)}")


@silence_app.command("import")
def import_calendar(
    file: Annotated[str, typer.Argument(help="An iCalendar file; - reads it from the standard input.")],
    feed: Annotated[str, typer.Option(help="The name of the calendar.")] = "calendar",
    url: Url = URL,
    key: Key = "",
) -> None:
    """Plan a maintenance window for each event of a calendar."""
    with server_at(url, key) as server:
        told = server.post_text(f"/v1/silences/calendar?feed={part(feed)}", _bytes(file), "text/calendar")
    for one in told["silences"]:
        _tell(one)
    for left_out in told["left_out"]:
        typer.echo(f"left out {plain(left_out)}", err=True)


def _tell(one: dict[str, Any]) -> None:
    what = ", ".join(f"{name} {one[name]}" for name in ("service", "environment", "label", "alert") if one[name])
    typer.echo(
        f"{one['id']}  {one['starts_at']} to {one['ends_at']}  {plain(what)}: {plain(one['why'])} ({plain(one['by'])})"
    )


def _bytes(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        refuse(f"{file}: {error.strerror}")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(alert_app, name="alert")
    app.add_typer(silence_app, name="silence")
