"""What every command that speaks to a running server shares: its options, the server, and how it refuses."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

REFUSED = 2
"""The exit code where what was asked for cannot be done."""


def refuse(why: str) -> NoReturn:
    """Say in one line why it cannot be done, and end."""
    typer.echo(f"warroom: {' '.join(why.split())}", err=True)
    raise typer.Exit(REFUSED)


if TYPE_CHECKING:
    from api.client.http import WarroomClient

Url = Annotated[str, typer.Option(help="Where the server is.")]
Key = Annotated[str, typer.Option(help="The key to show to the server.  [default: WARROOM_KEY]", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print what the server says, as JSON.")]
Run = Annotated[str, typer.Argument(help="The run's id, as `warroom runs` lists it.")]
MaybeRun = Annotated[str, typer.Argument(help="The run's id; without it, every run.")]
By = Annotated[str, typer.Option(help="Who says it.  [default: who is logged in]", show_default=False)]
Comment = Annotated[str, typer.Option(help="Why.")]
Where = tuple[str, str]
"""The server's address, and the key."""
Verbose = Annotated[bool, typer.Option("--verbose", help="Tell every event.")]


@contextmanager
def server_at(url: str, key: str = "") -> "Generator[WarroomClient]":
    """Speak to a server; what it declines is one clear line."""
    from api.client.http import RequestDeclined, Unreachable, WarroomClient

    try:
        with closing(WarroomClient(url, _key(key))) as server:
            yield server
    except (RequestDeclined, Unreachable) as error:
        refuse(str(error))


def _key(given: str) -> str:
    """The key as it can be sent: the one that was given, or the environment's."""
    from agents.io.credentials import Unsendable, sendable
    from agents.io.settings import variable

    try:
        return sendable((given or variable("WARROOM_KEY") or "").strip(), "the key of --key or WARROOM_KEY")
    except Unsendable as error:
        refuse(str(error))


def name_of(by: str) -> str:
    import getpass

    try:
        return by or getpass.getuser()
    except (OSError, KeyError):
        refuse("say who you are with --by")


def part(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="") or "-"


def plain(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def print_json(payload: Any) -> None:
    import json

    typer.echo(json.dumps(payload, ensure_ascii=False))
