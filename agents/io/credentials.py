"""Credentials: the catalogue says where a secret stands, and never holds one."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from agents.io.settings import variable


def _names_a_secret(reference: str) -> str:
    place, _, name = reference.partition(":")
    if place not in ("env", "file") or not name:
        raise ValueError("name where the secret stands: env:NAME or file:/path, never the secret itself")
    if place == "env" and not (variable(name) or "").strip():
        raise ValueError(f"the environment has no {name}")
    return reference


Credential = Annotated[str, AfterValidator(_names_a_secret)]
"""env:NAME or file:/path."""


class Unsendable(ValueError):
    """A secret cannot stand in a request."""


def reveal(credential: Credential) -> str:
    """Read the secret, each time anew: a file may be exchanged while Warroom runs. Raises OSError."""
    place, _, name = credential.partition(":")
    try:
        secret = (Path(name).read_text(encoding="utf-8") if place == "file" else variable(name) or "").strip()
        secret.encode()
    except UnicodeError as error:
        raise OSError(f"what stands at {credential} is not text in UTF-8") from error
    if not secret:
        raise OSError(f"there is no secret at {credential}")
    return secret


def sendable(secret: str, name: str) -> str:
    """Give a secret back that can stand in a header of a request; `name` is what to call it. Raises Unsendable."""
    for place, letter in enumerate(secret, 1):
        if not "!" <= letter <= "~":
            raise Unsendable(f"{name} cannot be sent: its character number {place} is {_kind(letter)}")
    return secret


def _kind(letter: str) -> str:
    if letter.isspace():
        return "a blank or a line break"
    return "a control character" if letter.isascii() else "none of ASCII"
