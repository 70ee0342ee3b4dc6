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
    served_at: datetime | None = None
    """When it was found to serve by other means, such as its endpoints, though its requests were not counted."""

    def seen_to_serve(self, moment: datetime) -> "Uncounted":
        """The stretch with when it was found to serve, where that lies in it."""
        lies_in_it = self.since < moment and (self.is_open or moment < self.until)
        return self.model_copy(update={"served_at": moment}) if lies_in_it else self


class Hole(BaseModel, frozen=True):
    """Samples in a row that a reading lacks."""

    since: datetime
    until: datetime
    """The next sample that is known, or the reading's last one."""
    is_open: bool
    is_telling: bool
    """The reading itself shows that they were counted before; else it says so only of what was known to have stopped.
    """


class Count(BaseModel, frozen=True):
    """What one reading says of it: all that it does not lack was counted."""

    service: str
    since: datetime
    until: datetime
    """The reading's first and last sample."""
    holes: list[Hole]
    cite: str


def open_stretch(known: Sequence[Uncounted], service: str) -> Uncounted | None:
    """That in which a service's requests are not counted by now; None where they are, or never were."""
    return next((one for one in known if one.service == service and one.is_open), None)


def learned(known: Sequence[Uncounted], read: Count) -> list[Uncounted]:
    """The stretches with one more reading: it alone says what was counted in the time that it covers."""
    own = [one for one in known if one.service == read.service and one.since <= read.until]
    kept = [one for one in known if one not in own]
    before = [_until(one, read.since) for one in own if one.since < read.since]
    holes = [hole for hole in read.holes if hole.is_telling or any(_meets(one, hole) for one in own)]
    seen = [_stretch(hole, [one for one in own if _meets(one, hole)], read) for hole in holes]
    apart = [one for one in before if not any(stretch.since <= one.since for stretch in seen)]
    return [*kept, *apart, *seen]


def _meets(one: Uncounted, hole: Hole) -> bool:
    return one.since < hole.until and (one.is_open or one.until >= hole.since)


def _until(one: Uncounted, end: datetime) -> Uncounted:
    """A stretch up to the reading's beginning; one that was open went on until then, as far as anybody knows."""
    return one.model_copy(update={"until": end if one.is_open else min(one.until, end), "is_open": False})


def _stretch(hole: Hole, known: list[Uncounted], read: Count) -> Uncounted:
    """What a reading lacks, from where it was known to have begun before that reading."""
    since = min([hole.since, *(one.since for one in known if hole.since == read.since)])
    found = Uncounted(service=read.service, since=since, until=hole.until, is_open=hole.is_open)
    same = next((one for one in known if one.model_copy(update={"cites": []}) == found), None)
    cites = dict.fromkeys([*(ref for one in known for ref in one.cites), read.cite])
    return same or found.model_copy(update={"cites": list(cites)})
