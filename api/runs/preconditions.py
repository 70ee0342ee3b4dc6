"""Preconditions: a person decides on what they have seen, and not on what it has become (ETag, If-Match)."""

import hashlib
from typing import Annotated

from fastapi import Header, Response
from pydantic import BaseModel

IfMatch = Annotated[
    str,
    Header(
        max_length=2000,
        description="The ETag of what was looked at; where it has changed since, nothing is done: 412.",
    ),
]


class ChangedMeanwhile(Exception):
    """It has changed since you looked. Look again, then decide."""


def tag(seen: BaseModel) -> str:
    """What stands for exactly this."""
    return f'"{hashlib.sha256(seen.model_dump_json().encode()).hexdigest()[:16]}"'


def tagged(seen: BaseModel, response: Response) -> None:
    """Say what stands for it."""
    response.headers["ETag"] = tag(seen)


def must_be_the_same(if_match: str, standing: BaseModel) -> None:
    """Let a caller who says what they have seen go on only where it is still so. Raises ChangedMeanwhile."""
    wanted = {one.strip() for one in if_match.split(",")} - {""}
    if wanted and wanted.isdisjoint({"*", tag(standing)}):
        raise ChangedMeanwhile(ChangedMeanwhile.__doc__)
