"""Credentials: the catalogue says where a secret stands, and never holds one."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from agents.io.settings import variable


def _names_a_secret(reference: str) -> str:
    place, _, name = reference.partition(":")
    if place not in ("env", "file") or not name:
        raise ValueError("name where the secret stands: env:NAME or file:/path, never the secret itself")
    if place == "env" and not variable(name):
        raise ValueError(f"the environment has no {name}")
    return reference


Credential = Annotated[str, AfterValidator(_names_a_secret)]
"""env:NAME or file:/path."""


def reveal(credential: Credential) -> str:
    """Read the secret, each time anew: a file may be exchanged while Warroom runs. Raises OSError."""
    place, _, name = credential.partition(":")
    secret = Path(name).read_text(encoding="utf-8").strip() if place == "file" else variable(name)
    if not secret:
        raise OSError(f"there is no secret at {credential}")
    return secret
