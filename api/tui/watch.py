"""The watch: a run on the whole screen where there is one, else line by line."""

import sys
from datetime import tzinfo
from typing import NamedTuple

import typer
from rich.console import Console

from api.client.http import WarroomClient
from api.client.options import name_of, part
from api.client.printing import EventPrinter
from api.runs.run_view import RunView


class Watched(NamedTuple):
    """What is to be watched, and how."""

    run: str
    after: int = 0
    verbose: bool = False
    lines: bool = False
    """Line by line, whatever the terminal."""
    by: str = ""
    """In whose name it is answered; empty: of who is logged in."""
    zone: tzinfo | None = None
    """Of the times that are shown; None: the zone of this machine."""


def watch(server: WarroomClient, watched: Watched) -> None:
    """Watch a run to its end. Raises Declined, Unreachable."""
    console = Console(highlight=False)
    view = RunView.model_validate(server.get(f"/v1/runs/{part(watched.run)}"))
    if watched.lines or view.status in ("closed", "cancelled") or not _is_a_screen(console):
        return _print(server, watched)
    from api.tui import live
    from api.tui.screen import ScreenState

    scene = ScreenState(watched.run, server.url, view, watched.verbose, who=name_of(watched.by), zone=watched.zone)
    live.watch(server, scene, watched.after, console)


def _is_a_screen(console: Console) -> bool:
    return console.is_terminal and not console.is_dumb_terminal and sys.stdin.isatty()


def _print(server: WarroomClient, watched: Watched) -> None:
    watcher = EventPrinter(watched.verbose, server.url, watched.zone)
    for event in server.events(part(watched.run), watched.after, say_of_connection):
        watcher.tell(watched.run, event)


def say_of_connection(lost: str) -> None:
    """Say it beside what is printed, so that a pipe holds nothing but events."""
    typer.echo(lost or "connected again", err=True)
