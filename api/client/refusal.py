"""Refusal: one clear line where what was asked for in the terminal cannot be done."""

from typing import NoReturn

import typer

REFUSED = 2
"""The exit code where what was asked for cannot be done."""


def refuse(why: str) -> NoReturn:
    """Say in one line why it cannot be done, and end."""
    typer.echo(f"warroom: {' '.join(why.split())}", err=True)
    raise typer.Exit(REFUSED)
