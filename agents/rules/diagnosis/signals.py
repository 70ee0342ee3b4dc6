"""Signals: a series held against its own past. When did it leave its usual range, and is it back?"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from statistics import median

from agents.io.catalogue import Objectives
from agents.readings.production import Series
from agents.rules.writing.wording import at, figure

WARM_UP = 8
"""Samples that must be known before anything can be called unusual."""
MEMORY = 60
"""Samples that a moving baseline remembers."""
SETTLED = 20
"""Calm samples after which a baseline that does not move stands still."""
LATEST = 3
"""Samples that make up "now"."""
LASTS = 3
"""Samples in a row: fewer bad ones are a hiccup, and so many calm ones part it from what follows."""
DOWN_FROM = 0.95
"""From this error rate on a service is completely down."""
NOTICED_SECONDS = 0.25
"""How much longer an answer must take for people to notice: less goes under in what their own network takes."""
STALE = 10
"""After so many missing samples there is no "now": requests that come now and then leave gaps of some minutes."""
NOT_COUNTED = 5
"""So many missing samples of what was counted at every step before say that it is not counted any more. Backends lag by
a minute or two, hardly any by so much; Prometheus itself gives up a series that it has not read for five minutes."""


def missing_at_end(series: Series) -> int:
    """How many of the newest samples are missing of what was counted at every step before that; else 0.

    Requests that come now and then leave gaps of their own.
    """
    known = [value is not None for value in series.values]
    missing = known[::-1].index(True) if True in known else 0
    before = known[: len(known) - missing][-WARM_UP:]
    return missing if len(before) == WARM_UP and all(before) else 0


def holes(series: Series) -> list[tuple[int, int, bool]]:
    """Samples in a row that are missing, from and up to, and whether the series shows that it was counted before.

    Of single samples nothing is told, but for those that it begins with: more may have been missing before. It shows
    that where it was counted so many times at a stretch, on an average, as have to be missing.
    """
    known = [value is not None for value in series.values]
    edges = [index for index in range(1, len(known)) if known[index] != known[index - 1]]
    runs = [(a, b) for a, b in pairwise([0, *edges, len(known)]) if a < b and not known[a]]
    stops = sum(1 for a, _ in runs if a)
    is_steady = sum(known) >= max(WARM_UP, NOT_COUNTED * stops)
    return [(a, b, is_steady and a > 0) for a, b in runs if not a or b - a >= NOT_COUNTED]


@dataclass(frozen=True)
class UsualRange:
    """When a value is out of its usual range."""

    name: str
    ratio: float = 1.0
    """At least so many times the usual value."""
    rise: float = 0.0
    """And at least so much above it."""
    matters_from: float = 0.0
    """Below this a value harms nobody, however unusual."""
    always_from: float | None = None
    """From here on a value is abnormal even where no better past is known."""
    falls: bool = False
    """True: too little is what is wrong, at most 1/ratio of the usual value."""
    moving: bool = True
    """The usual value follows the time of day; False: it is the window's beginning, so that slow climbs are seen."""

    def edge(self, usual: float, spread: float) -> float:
        """From here on (where it falls: down from here) a value is out of its usual range."""
        if self.falls:
            return min(usual / self.ratio, usual - 4 * spread)
        return max(self.matters_from, usual + max(self.rise, (self.ratio - 1) * usual, 4 * spread))

    def is_off(self, value: float, usual: float, spread: float) -> bool:
        edge = self.edge(usual, spread)
        return value <= edge if self.falls else value >= edge

    def is_bad(self, value: float) -> bool:
        return self.always_from is not None and value >= self.always_from


FAST_BURN = 14.4
"""Times the budget of failed requests: at this rate 2 % of 30 days' budget are gone within an hour, as SREs page."""
ERROR_RATE = UsualRange("error rate", ratio=2, rise=0.005, always_from=0.05)
LATENCY = UsualRange("latency", ratio=1.5, rise=0.02)
CLIMBING_ERRORS = UsualRange("error rate", ratio=2, rise=0.005, moving=False)
CLIMBING_LATENCY = UsualRange("latency", ratio=2, rise=0.1, moving=False)
SURGE = UsualRange("traffic", ratio=1.5)
COLLAPSE = UsualRange("traffic", ratio=2.5, falls=True)
STANDSTILL = UsualRange("traffic", ratio=5, falls=True, moving=False)
"""Against yesterday: the traffic of a day rises and falls by itself, and not to a fifth."""
SATURATION = UsualRange("saturation", rise=0.15, matters_from=0.8, always_from=0.97, moving=False)
CPU = UsualRange("CPU", rise=0.15, matters_from=0.85, always_from=0.98, moving=False)
MEMORY_USE = UsualRange("memory", rise=0.08, matters_from=0.85, always_from=0.97, moving=False)
NETWORK = UsualRange("network", rise=0.15, matters_from=0.8, always_from=0.97, moving=False)
DISK = UsualRange("disk", rise=0.03, matters_from=0.85, always_from=0.95, moving=False)
SCRIPT_ERRORS = UsualRange("script errors", ratio=2, rise=0.01, always_from=0.05)
PAGE_LOAD = UsualRange("page load", ratio=1.5, rise=0.2)


def error_rule(objectives: Objectives, usual: UsualRange = ERROR_RATE) -> UsualRange:
    """When errors are out of range: by the objective where there is one, else against their own past alone."""
    if objectives.budget is None:
        return usual
    return replace(usual, matters_from=objectives.budget, always_from=min(1.0, FAST_BURN * objectives.budget))


def latency_rule(objectives: Objectives, usual: UsualRange) -> UsualRange:
    """When answers are too slow: by the objective where there is one, else against their own past alone."""
    if objectives.latency_p95 is None:
        return usual
    return replace(usual, matters_from=objectives.latency_p95, always_from=objectives.latency_p95)


@dataclass(frozen=True)
class SignalChange:
    """How a series stands now against its past."""

    name: str
    unit: str
    now: float | None
    """None: there is no recent sample."""
    usual: float | None
    """None: the window shows no better time."""
    abnormal: bool
    onset: datetime | None = None
    """When it left its usual range for good; None where that lies before the window."""
    ended: datetime | None = None
    """When a past excursion ended, where all is usual again."""
    worst: float | None = None
    """The worst sample of the present or past excursion."""
    last_seen: datetime | None = None
    objective: float | None = None
    """What it is to stay below, where the catalogue says so."""

    @property
    def known(self) -> bool:
        return self.now is not None

    @property
    def ratio(self) -> float | None:
        return self.now / self.usual if self.now is not None and self.usual else None

    def __str__(self) -> str:
        if self.now is None:
            last = f" since {at(self.last_seen)}" if self.last_seen else ""
            return f"{self.name} not known{last}"
        usual = f" (usually {figure(self.usual, self.unit)})" if self.usual is not None else ""
        usual += f" (objective {figure(self.objective, self.unit)})" if self.objective is not None else ""
        since = f" since {at(self.onset, self.last_seen)}" if self.abnormal and self.onset else ""
        return f"{self.name} {figure(self.now, self.unit)}{self._flicker}{usual}{since}"

    @property
    def _flicker(self) -> str:
        """What makes it abnormal where the newest figure reads like the usual one: it comes and goes."""
        if not self.abnormal or self.now is None or self.usual is None or self.worst is None:
            return ""
        reads_as_usual = figure(self.now, self.unit) == figure(self.usual, self.unit)
        return f" now and {figure(self.worst, self.unit)} at times" if reads_as_usual else ""


Point = tuple[int, float]


def compare(
    series: Series, rule: UsualRange, before: datetime | None = None, after: datetime | None = None
) -> SignalChange:
    """Hold a series against its past: the samples up to `before`, else its own calm ones. "Now" begins at `after`."""
    points = [(index, value) for index, value in enumerate(series.values) if value is not None]
    if not points:
        return SignalChange(rule.name, series.unit, None, None, False)
    calm, flags = _scan(points, rule, _count_until(series, points, before))
    recent = _recent(series, points, after)
    now = median(recent) if recent else None
    usual, spread = _level(calm)
    off = now is not None and rule.is_off(now, usual, spread)
    abnormal = now is not None and (off or rule.is_bad(now) or _comes_and_goes(flags, after))
    runs = _runs(points, flags)
    last_seen = series.at(points[-1][0])
    if not abnormal:
        ended, worst = _past(series, points, runs, rule)
        return SignalChange(rule.name, series.unit, now, usual, False, None, ended, worst, last_seen)
    onset, worst = _present(series, points, runs, rule, usual + 2 * spread)
    better_past = usual if off or runs else None
    return SignalChange(rule.name, series.unit, now, better_past, True, onset, None, worst, last_seen)


@dataclass(frozen=True)
class Excursion:
    """A stretch out of the usual range."""

    since: datetime
    until: datetime
    """Its last bad sample."""
    worst: float
    samples: int
    """How many of them were bad."""
    is_open: bool
    """It reaches into the latest samples."""


def excursions(series: Series, rule: UsualRange) -> list[Excursion]:
    """The stretches in which a series was out of its usual range, single bad samples left out."""
    points = [(index, value) for index, value in enumerate(series.values) if value is not None]
    if not points:
        return []
    _, flags = _scan(points, rule, 0)
    if rule.always_from is not None:
        flags = [off or rule.is_bad(value) for off, (_, value) in zip(flags, points, strict=True)]
    return [
        Excursion(
            series.at(points[first][0]),
            series.at(points[last][0]),
            _worst(points, (first, last), rule),
            sum(flags[first : last + 1]),
            last >= len(points) - LATEST,
        )
        for first, last in (_begun(flags, run) for run in _runs(points, flags))
    ]


def _begun(flags: Sequence[bool], run: tuple[int, int]) -> tuple[int, int]:
    """A stretch without the hiccup some time before it; what comes and goes all the time begins with the first."""
    first, last = run
    ended = next((at for at in range(first, last + 1) if not flags[at]), last)
    again = next((at for at in range(ended, last + 1) if flags[at]), last)
    is_hiccup = ended - first < LASTS <= again - ended and sum(flags[again : again + LASTS]) == LASTS
    return (again, last) if is_hiccup else run


def _count_until(series: Series, points: list[Point], before: datetime | None) -> int:
    """How many known samples lie before the incident; 0 where that is too few to go by."""
    if before is None:
        return 0
    count = bisect_left(points, before, key=lambda point: series.at(point[0]))
    return count if count >= WARM_UP else 0


def _scan(points: list[Point], rule: UsualRange, calm_count: int) -> tuple[Sequence[float], Sequence[bool]]:
    """Walk through the samples; flag those out of range. Returns the calm samples, sorted, and the flags."""
    return _scanned(tuple([value for _, value in points]), rule, calm_count)


@lru_cache(maxsize=512)
def _scanned(values: tuple[float, ...], rule: UsualRange, calm_count: int) -> tuple[Sequence[float], Sequence[bool]]:
    """Several duties look at the same samples by the same rule: each is walked through once."""
    if not _may_leave(values, rule):
        baseline = values[-MEMORY:] if rule.moving else values[:SETTLED]
        return tuple(sorted(values[:calm_count] if calm_count else baseline)), (False,) * len(values)
    first = calm_count or WARM_UP
    remembered = deque(values[:first])
    calm = sorted(remembered)
    flags = [False] * min(first, len(values))
    edge = at_first = rule.edge(*_level(calm))
    for value in values[first:]:
        # What falls back from a crowd to what it was before the crowd has not collapsed.
        off = value <= min(edge, at_first) if rule.falls else value >= edge
        flags.append(off)
        if off or calm_count or (not rule.moving and len(calm) >= SETTLED):
            continue
        insort(calm, value)
        remembered.append(value)
        if len(remembered) > MEMORY:
            calm.remove(remembered.popleft())
        edge = rule.edge(*_level(calm))
    return tuple(calm), tuple(flags)


def _may_leave(values: Sequence[float], rule: UsualRange) -> bool:
    """Whether any sample is far enough from any other to be out of the usual range: of most series none is."""
    least, most = min(values), max(values)
    return least <= rule.edge(most, 0) if rule.falls else most >= rule.edge(least, 0)


def _level(calm: Sequence[float]) -> tuple[float, float]:
    """Median and spread (as a standard deviation) of sorted samples."""
    count = len(calm)
    middle = (calm[(count - 1) // 2] + calm[count // 2]) / 2
    return middle, (calm[(3 * count) // 4] - calm[count // 4]) / 1.35


def _recent(series: Series, points: list[Point], after: datetime | None) -> list[float]:
    """The samples that make up "now"; after a change there must be that many of them since."""
    latest = [(i, v) for i, v in points[-LATEST:] if i > len(series.values) - 1 - STALE]
    if after is not None and sum(series.at(i) >= after for i, _ in latest) < LATEST:
        return []
    return [v for _, v in latest]


def _comes_and_goes(flags: Sequence[bool], after: datetime | None) -> bool:
    """True for a fault that flickers: it touched one of the latest samples and four of the last ten, with calm between.

    A single stretch that has just ended is over.
    """
    lately = flags[-10:]
    begins = sum(off and not before for before, off in zip([False, *lately], lately, strict=False))
    return after is None and any(flags[-LATEST:]) and sum(lately) >= 4 and begins >= 2


def _runs(points: list[Point], flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Stretches of flagged samples (first, last), gaps of up to five bridged; single spikes are left out."""
    runs: list[tuple[int, int]] = []
    for position, off in enumerate(flags):
        if not off:
            continue
        if runs and position - runs[-1][1] <= 5:
            runs[-1] = (runs[-1][0], position)
        else:
            runs.append((position, position))
    return [(a, b) for a, b in runs if sum(flags[a : b + 1]) >= 2]


def _worst(points: list[Point], run: tuple[int, int], rule: UsualRange) -> float:
    values = [value for _, value in points[run[0] : run[1] + 1]]
    return min(values) if rule.falls else max(values)


def _past(
    series: Series, points: list[Point], runs: list[tuple[int, int]], rule: UsualRange
) -> tuple[datetime | None, float | None]:
    if not runs or runs[-1][1] - runs[-1][0] < 2:
        return None, None
    return series.at(points[runs[-1][1]][0] + 1), _worst(points, runs[-1], rule)


def _present(
    series: Series, points: list[Point], runs: list[tuple[int, int]], rule: UsualRange, edge: float
) -> tuple[datetime | None, float | None]:
    """The start of the present stretch, walked back to where the climb began."""
    if not runs:
        return None, None
    first = runs[-1][0]
    while first > 0 and not rule.falls and points[first - 1][1] > edge:
        first -= 1
    return (series.at(points[first][0]) if first > 0 else None), _worst(points, runs[-1], rule)


def is_newly_full(change: SignalChange, rule: UsualRange) -> bool:
    """At its limit, where it was not before the incident."""
    was_full = change.usual is not None and rule.is_bad(change.usual)
    return change.now is not None and change.abnormal and rule.is_bad(change.now) and not was_full


def is_felt(change: SignalChange) -> bool:
    """Whether people notice it, however unusual it is; an objective says itself what they notice."""
    return change.objective is not None or change.name != LATENCY.name or is_slower_by(change, NOTICED_SECONDS)


def is_slower_by(change: SignalChange, seconds_more: float) -> bool:
    """Whether answers take so much longer than usual; where the usual time is not known, it is taken to be so."""
    return change.now is None or change.usual is None or change.now - change.usual >= seconds_more
