"""Uncounted requests: for how long the metrics of a service had stopped. Whether it served is not known: that is
neither well nor ill, and no time of it counts as damage."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel


class Uncounted(BaseModel, frozen=True):
    """A stretch in which a service's requests, counted all the time before, were not counted."""

    service: str
    since: datetime
    until: datetime
    """When they were counted again, or looked for last."""
    is_open: bool
    cites: list[str] = []


class Count(BaseModel, frozen=True):
    """What one reading says of it."""

    service: str
    stopped: datetime | None
    """Since when they are not counted; None: the reading does not show that they stopped."""
    counted: list[datetime]
    """When they were counted."""
    until: datetime
    """The reading's last sample."""
    cite: str


def learned(known: Sequence[Uncounted], read: Count) -> list[Uncounted]:
    """The stretches with one more reading."""
    going_on = next((one for one in known if one.service == read.service and one.is_open), None)
    since = min(filter(None, [going_on and going_on.since, read.stopped]), default=None)
    if since is None:
        return list(known)
    again = None if read.stopped else next((at for at in read.counted if at >= since), None)
    whole = Uncounted(
        service=read.service,
        since=since,
        until=again or read.until,
        is_open=again is None,
        cites=[*(going_on.cites if going_on else []), read.cite],
    )
    return [*(one for one in known if one is not going_on), whole]
