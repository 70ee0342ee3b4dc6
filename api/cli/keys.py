"""`warroom keys`: who may come in, and what they may do there. Works beside a running server, which sees it at once."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from api.client.options import refuse

if TYPE_CHECKING:
    from graphs.store.api_keys import ApiKey, ApiKeys, Scope

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke the keys that people and alert senders show.")
Data = Annotated[Path | None, typer.Option(help="Where the data is kept.  [default: warroom-data]")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
LONGEST = 200
SENDER = re.compile(r"[a-z0-9_]{1,100}")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who holds it, or what sends with it. Decisions carry this name.")],
    scope: Annotated[
        list[str],
        typer.Option(help="alerts: send them; read: see; answer: see, decide and tell; admin: everything."),
    ],
    sender: Annotated[
        str, typer.Option(help="The one sender whose alerts it sends, such as grafana; nobody else sends them then.")
    ] = "",
    per_minute: Annotated[int, typer.Option(min=1, help="How many requests it may send in a minute.")] = 6000,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Make a key and print it, this once. Only its hash is kept."""
    from graphs.store.api_keys import Scope

    allowed: list[Scope] = [one for one in get_args(Scope) if one in scope]
    if len(allowed) < len(set(scope)):
        refuse(f"--scope is one of {', '.join(get_args(Scope))}")
    if not name.strip() or len(name) > LONGEST or not name.isprintable():
        refuse(f"a key's name has from 1 to {LONGEST} letters on one line")
    bound = _sender(sender, name, allowed)
    with _keys(data, make=True) as keys:
        key, secret = keys.create(name.strip(), allowed, per_minute, bound)
    if json:
        return _print_json([{**key.model_dump(mode="json"), "key": secret}])
    typer.echo(secret)
    typer.echo(f"This is {key.name}'s key {key.id}, for {', '.join(key.scopes)}. It is not shown again.", err=True)
    if bound:
        typer.echo(f"From now on alerts of {bound} are taken only with a key made for it, or signed.", err=True)


def _sender(sender: str, name: str, allowed: "list[Scope]") -> str:
    """The sender that a key is for, as we write it; empty for none.

    Alerts that name no source get the name of their key, so that must be none of Warroom's own either.
    """
    from graphs.model.identity import OURS, plain, spelled
    from graphs.store.api_keys import GRANTS

    sends = any("alerts" in GRANTS[scope] for scope in allowed)
    if ours := [one.strip() for one in (name, sender) if sends and plain(one) in OURS]:
        refuse(f"{ours[0]}: Warroom uses this name itself; give what sends alerts another")
    bound = spelled(sender)
    if bound and not SENDER.fullmatch(bound):
        refuse("--sender is a name of letters, digits, - and _, such as grafana")
    if bound and "alerts" not in allowed:
        refuse("--sender needs --scope alerts: it says whose alerts the key sends")
    return bound


@app.command(name="list")
def list_all(data: Data = None, json: AsJson = False) -> None:
    """List every key ever made."""
    with _keys(data) as keys:
        listed = keys.all()
    if json:
        return _print_json([key.model_dump(mode="json") for key in listed])
    for key in listed:
        typer.echo(_line(key))


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="Its id, as `warroom keys list` shows it.")], data: Data = None
) -> None:
    """Revoke a key: from now on it opens nothing, nor does a session that was opened with it."""
    from graphs.store.api_keys import UnknownKey

    with _keys(data) as keys:
        try:
            keys.revoke(key)
        except UnknownKey:
            refuse(f"{key}: {UnknownKey.__doc__}")
    typer.echo(f"{key} is revoked")


def _line(key: "ApiKey") -> str:
    state = f"revoked {key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else f"{key.per_minute} a minute"
    bound = f" (alerts of {key.sender} only)" if key.sender else ""
    return f"{key.id}  {' '.join(key.scopes):<14}  {key.made_at:%Y-%m-%d %H:%M}  {state:<24}  {key.name}{bound}"


@contextmanager
def _keys(data: Path | None, make: bool = False) -> "Generator[ApiKeys]":
    from api.cli.data_directory import DEFAULT_DATA, is_there, place_of
    from graphs.maintenance.retention import api_keys
    from graphs.store.faults import StoreError

    directory, place = data or DEFAULT_DATA, place_of(data)
    try:
        if make:
            directory.mkdir(parents=True, exist_ok=True)
        elif not is_there(place):
            refuse(f"{directory}: nothing is stored here; name the directory with --data")
        with api_keys(place) as keys:
            yield keys
    except (OSError, StoreError) as error:
        refuse(str(error))


def _print_json(payload: object) -> None:
    import json

    typer.echo(json.dumps(payload, ensure_ascii=False))
