"""Charts: what was measured of the services that are hurt, laid out as curves with their usual range and the moments
that explain them. A page draws them as SVG; the same numbers stand in a table behind each."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import floor, log10
from statistics import median
from typing import NamedTuple

from agents.io.catalogue import Objectives
from agents.rules.diagnosis.damage import BUSY_FROM, SLOW, SLOW_PAGES
from agents.rules.diagnosis.signals import (
    COLLAPSE,
    ERROR_RATE,
    SATURATION,
    SCRIPT_ERRORS,
    WARM_UP,
    UsualRange,
    error_rule,
    latency_rule,
)
from agents.rules.writing.wording import capital, figure
from graphs.charts.measurements import Curve, Mark, MarkKind, Measurements

BUCKETS = 120
"""A curve is drawn with at most two points in each of so many stretches: its lowest and its highest."""
ROWS = 12
"""Rows of the table behind a chart."""
TOO_CLOSE = 8.0
"""Per cent of the width: the numbers of marks that are closer stand under one another."""
LEVELS = 2
"""Rows for the numbers of marks."""
Point = tuple[datetime, float]
NO_OBJECTIVES = Objectives()


class Signal(NamedTuple):
    """A signal as it is drawn."""

    name: str
    """As the reading calls it."""
    title: str
    rule: UsualRange
    """When it hurts: the rule by which the damage is found as well."""
    top: float
    """The axis reaches at least so far."""
    is_always_shown: bool = True
    """False: only where it left its usual range."""

    def measured_by(self, of: str) -> "Signal":
        """The signal under the name of what it is a share of, where that is known."""
        return self._replace(title=f"{capital(of)} in use") if self.name == "saturation" and of else self

    def rule_for(self, objectives: Objectives) -> UsualRange:
        """The rule for a service with objectives of its own."""
        match self.name:
            case "error_rate":
                return error_rule(objectives, self.rule)
            case "latency":
                return latency_rule(objectives, self.rule)
            case _:
                return self.rule


SIGNALS = (
    Signal("error_rate", "Failed requests", ERROR_RATE, 0.05),
    Signal("latency", "Answer time (p95)", SLOW, 0.1),
    Signal("traffic", "Requests", COLLAPSE, 1),
    Signal("saturation", "Capacity in use", SATURATION, 1),
    Signal("script_errors", "Pages with errors", SCRIPT_ERRORS, 0.05, False),
    Signal("page_load", "Page load time (p75)", SLOW_PAGES, 1, False),
)
SHORT_TITLES = {
    "error_rate": "Failed",
    "latency": "Answers in",
    "page_load": "Pages load in",
    "script_errors": "Page errors",
}


class Window(NamedTuple):
    """The time that is drawn."""

    start: datetime
    end: datetime
    fresh_for: timedelta = timedelta(minutes=5)
    """A sample that is older at the end is not called the present one."""

    def x(self, at: datetime) -> float:
        """Where a time stands, in per cent of the width."""
        return round(100 * ((at - self.start) / max(self.end - self.start, timedelta(seconds=1))), 2)


class NumberedMark(NamedTuple):
    """A mark with its number in the list below the charts."""

    number: int
    x: float
    level: int
    """The row of its number, so that numbers do not cover one another."""
    mark: Mark
    text_x: float
    """Where its number stands: further to the right than its line where all rows are taken there."""

    @property
    def kind(self) -> MarkKind:
        return self.mark.kind


class TableRow(NamedTuple):
    """A line of the table behind a chart: a stretch of time and its worst sample."""

    at: datetime
    value: str


class Chart(NamedTuple):
    """One signal of one service, ready to be drawn; y runs from 0 at the top to 100 at the bottom."""

    service: str
    signal: Signal
    path: str
    band: tuple[float, float] | None
    """The usual range: its top and its height; None: the readings show no calm time."""
    top: str
    """The value at the top of the axis."""
    now: str
    usual: str
    """Empty: not known."""
    worst: str
    is_hurt: bool
    """Out of its usual range by the newest samples."""
    hurt_since: datetime | None
    """Since when it is, where that is known."""
    was_hurt: bool
    measured_at: datetime
    is_stale: bool
    """It has not been measured since for so long that nothing is known of it now."""
    rows: list[TableRow]

    @property
    def title(self) -> str:
        return self.signal.title

    @property
    def short_title(self) -> str:
        return SHORT_TITLES.get(self.signal.name, self.signal.title)

    @property
    def label(self) -> str:
        """The chart in a sentence, for those who hear it."""
        usual = f", usually {self.usual}" if self.usual else ""
        return f"{self.service}, {self.title.lower()}: {self.now} when last measured{usual}; at worst {self.worst}"


def charts_of(
    measured: Measurements, service: str, window: Window, objectives: Objectives = NO_OBJECTIVES
) -> list[Chart]:
    """The charts of one service: the four golden signals, and what browsers measured where it left its usual range."""
    curves, of = measured.curves.get(service, {}), measured.saturation_of.get(service, "")
    drawn = [
        _chart(service, signal.measured_by(of), signal.rule_for(objectives), (curves[signal.name], window))
        for signal in SIGNALS
        if signal.name in curves
    ]
    return [chart for chart in drawn if chart and (chart.signal.is_always_shown or chart.was_hurt)]


def most_hurt(charts: Sequence[Chart]) -> Chart | None:
    """The chart that says most: of what is hurt now, else of what was, else of the first signal."""
    return min(charts, key=lambda chart: (not chart.is_hurt, not chart.was_hurt), default=None)


def numbered(measured: Measurements, services: Iterable[str], window: Window) -> list[NumberedMark]:
    """The moments in the window that concern these services, numbered in the order of time."""
    names, placed, ends = set(services), list[NumberedMark](), [-TOO_CLOSE] * LEVELS
    fitting = [mark for mark in measured.marks if window.start <= mark.at <= window.end]
    shown = [mark for mark in fitting if not mark.service or mark.service in names]
    for number, mark in enumerate(shown, 1):
        x = window.x(mark.at)
        free = (level for level, end in enumerate(ends) if x - end >= TOO_CLOSE)
        level = next(free, ends.index(min(ends)))
        text_x = ends[level] = max(x, min(100.0, round(ends[level] + TOO_CLOSE, 2)))
        placed.append(NumberedMark(number, x, level, mark, text_x))
    return placed


def _chart(service: str, signal: Signal, rule: UsualRange, drawn: tuple[Curve, Window]) -> Chart | None:
    curve, window = drawn
    whole, bad, is_bad_now, bad_since = curve.judge(rule)
    known = [(whole.at(index), value) for index, value in enumerate(whole.values) if value is not None]
    shown = [point for point in known if window.start <= point[0] <= window.end]
    if not shown:
        return None
    says_something = not rule.falls or max(value for _, value in known) >= BUSY_FROM
    bad = bad if says_something else []
    calm = sorted(value for at, value in known if not any(one.since <= at <= one.until for one in bad))
    usual = (_part(calm, 0.05), _part(calm, 0.95)) if len(calm) >= WARM_UP else None
    highest = max(value for _, value in shown)
    top = _round_up(max(highest, signal.top, usual[1] if usual else 0), whole.unit)
    return Chart(
        service=service,
        signal=signal,
        path=_path(shown, window, top, timedelta(seconds=whole.step_seconds)),
        band=_band(usual, top) if usual else None,
        top=figure(top, whole.unit),
        now=figure(shown[-1][1], whole.unit),
        usual=figure(median(calm), whole.unit) if usual else "",
        worst=figure(_worst(shown, rule.falls), whole.unit),
        is_hurt=says_something and shown[-1] == known[-1] and is_bad_now,
        hurt_since=bad_since,
        was_hurt=any(window.start <= one.until and one.since <= window.end for one in bad),
        measured_at=shown[-1][0],
        is_stale=shown[-1][0] < window.end - window.fresh_for,
        rows=_rows(shown, whole.unit, rule.falls),
    )


def _band(usual: tuple[float, float], top: float) -> tuple[float, float]:
    """Top and height, never too thin to be seen."""
    low, high = (_y(value, top) for value in usual)
    return high, max(1.5, round(low - high, 1))


def _part(ordered: list[float], share: float) -> float:
    """The value below which a share of the sorted values lies."""
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def _round_up(value: float, unit: str) -> float:
    """The next 1, 2 or 5 with zeros; a share ends at 1."""
    power = 10 ** floor(log10(value)) if value > 0 else 1.0
    rounded = next(step * power for step in (1, 2, 5, 10) if step * power >= value * 0.999)
    return min(1.0, rounded) if unit == "share" and value <= 1 else rounded


def _y(value: float, top: float) -> float:
    return round(100 - 100 * max(0.0, min(value, top)) / top, 1)


def _path(points: list[Point], window: Window, top: float, step: timedelta) -> str:
    """The curve; where samples are missing for long, it breaks off."""
    path, before = list[str](), None
    for at, value in _thinned(points, window):
        is_apart = before is None or at - before > max(10 * step, 3 * (window.end - window.start) / BUCKETS)
        path.append(f"{'M' if is_apart else 'L'}{10 * window.x(at):.0f} {_y(value, top)}")
        before = at
    return "".join(path)


def _thinned(points: list[Point], window: Window) -> list[Point]:
    """Not more points than can be seen: of each stretch its lowest and its highest."""
    if len(points) <= 2 * BUCKETS:
        return points

    def value(point: Point) -> float:
        return point[1]

    stretches = dict[int, list[Point]]()
    for point in points:
        stretches.setdefault(int(BUCKETS * window.x(point[0]) / 100), []).append(point)
    kept = [{min(some, key=value), max(some, key=value)} for some in stretches.values()]
    return [point for some in kept for point in sorted(some)]


def _rows(points: list[Point], unit: str, falls: bool) -> list[TableRow]:
    size = max(1, -(-len(points) // ROWS))
    stretches = [points[first : first + size] for first in range(0, len(points), size)]
    return [TableRow(some[0][0], figure(_worst(some, falls), unit)) for some in stretches]


def _worst(points: list[Point], falls: bool) -> float:
    return (min if falls else max)(value for _, value in points)
