"""The truth: when users were hurt, second by second, from what each of their requests met."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

SLOW_SECONDS = 1.5
"""A user who waits so long is hurt; a usual page takes less than half a second."""
AROUND_SECONDS = 2
"""A second is looked at together with so many before and after it: one request alone says little."""
LEAST_BAD = 3
LEAST_SHARE = 0.25
"""Users are hurt in a second where so many requests for one page around it, and this share of them, went badly."""


class Visit(NamedTuple):
    """One user's request."""

    at: float
    """Seconds since 1970."""
    page: str
    status: int
    seconds: float

    @property
    def until(self) -> float:
        return self.at + self.seconds

    @property
    def is_bad(self) -> bool:
        return self.status != 200 or self.seconds >= SLOW_SECONDS


class Stretch(NamedTuple):
    """From the first bad request to the end of the last one."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.begin


class Truth:
    """When users were hurt. Times are seconds since 1970."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self.stretches = list(stretches)

    @property
    def seconds(self) -> float:
        """For how long users were hurt, all stretches together."""
        return sum(stretch.seconds for stretch in self.stretches)

    def broken_at(self, at: float, margin: float = 0) -> bool:
        """Whether users are hurt at a time, more than so many seconds from the stretch's edges."""
        return any(begin + margin <= at <= end - margin for begin, end in self.stretches)

    def healthy_at(self, at: float, since_seconds: float) -> bool:
        """Whether no user has been hurt for so many seconds before a time."""
        return not any(begin <= at and end >= at - since_seconds for begin, end in self.stretches)


def read(path: Path) -> list[Visit]:
    """All visits by time; a line that is being written is left out."""
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return sorted(Visit(**json.loads(line)) for line in lines if line.endswith("\n"))


def truth_of(visits: Iterable[Visit]) -> Truth:
    """When users were hurt."""
    by_second: dict[int, list[Visit]] = {}
    for visit in visits:
        by_second.setdefault(int(visit.at), []).append(visit)
    stretches: list[Stretch] = []
    for second in sorted(by_second):
        around = range(second - AROUND_SECONDS, second + AROUND_SECONDS + 1)
        bad = _bad([visit for each in around for visit in by_second.get(each, [])])
        if not bad:
            continue
        begin, end = min(visit.at for visit in bad), max(visit.until for visit in bad)
        if stretches and begin <= stretches[-1].end + AROUND_SECONDS:
            begin, end = stretches[-1].begin, max(end, stretches.pop().end)
        stretches.append(Stretch(begin, end))
    return Truth(stretches)


def _bad(near: list[Visit]) -> list[Visit]:
    """The bad visits to the pages that many users could not use."""
    bad: list[Visit] = []
    for page in {visit.page for visit in near}:
        of_page = [visit for visit in near if visit.page == page]
        bad_of_page = [visit for visit in of_page if visit.is_bad]
        if len(bad_of_page) >= max(LEAST_BAD, LEAST_SHARE * len(of_page)):
            bad += bad_of_page
    return bad
