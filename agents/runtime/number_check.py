"""Figures: the numbers and times in a text, and whether they stand in what it cites or follow from it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from agents.reports.basis import Calculation

ISO = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?"
TIME = re.compile(
    rf"(?P<iso>{ISO})|(?<![\w.:-])(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?![\w:]|\.\d)"
)
VERSION = re.compile(r"(?<![\w.])v?\d+(?:\.\d+){2,}(?:[-+]\w+)*")
NUMBER = re.compile(
    r"(?<![\w.,:/#-])-?(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<decimals>\.\d+)?"
    r"(?P<unit>\s*(?:%|percent\b|x\b|ms\b|min(?:utes?)?\b|h(?:ours?)?\b|s(?:ec(?:onds?)?)?\b))?(?![\w])"
)
MINUTE = timedelta(minutes=1)
IN_SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass
class Sources:
    """All numbers, times and words of the events that a text cites."""

    numbers: set[float] = field(default_factory=set[float])
    times: set[datetime] = field(default_factory=set[datetime])
    times_of_day: set[int] = field(default_factory=set[int])
    """Minutes since midnight UTC, where a text says no more."""
    windows: list[tuple[datetime, datetime]] = field(default_factory=list[tuple[datetime, datetime]])
    """Of series: every time between stands for one of its samples."""
    words: list[str] = field(default_factory=list[str])
    most: int = 0
    """Items of the longest list of things: so many can be counted."""

    def add(self, value: Any) -> None:
        """Take in a value and all that is in it."""
        if isinstance(value, Mapping):
            known = cast(Mapping[str, Any], value)
            if "step_seconds" in known and "values" in known:
                self._add_window(known)
            for part in known.values():
                self.add(part)
        elif isinstance(value, list):
            parts = cast(list[Any], value)
            self.most = max(self.most, len(parts) if parts and not isinstance(parts[0], float) else 0)
            for part in parts:
                self.add(part)
        elif isinstance(value, int | float):
            self.numbers.add(float(value))
        elif isinstance(value, str):
            self._add_text(value)

    def add_all_of(self, others: "Sources") -> None:
        """Take in all that others hold."""
        self.numbers |= others.numbers
        self.times |= others.times
        self.times_of_day |= others.times_of_day
        self.windows += others.windows
        self.words += others.words
        self.most = max(self.most, others.most)

    def _add_window(self, series: Mapping[str, Any]) -> None:
        start = moment(str(series["start"]))
        if start:
            length = timedelta(seconds=series["step_seconds"]) * len(series["values"])
            self.windows.append((start, start + length))

    def _add_text(self, text: str) -> None:
        self.words.append(text)
        for found in TIME.finditer(text):
            if found["iso"] and (time := moment(found["iso"])):
                self.times.add(time)
            elif not found["iso"]:
                self.times_of_day.add(_minute(found))
        rest = VERSION.sub(" ", TIME.sub(" ", text)).replace(",", "")
        self.numbers.update(float(number) for number in re.findall(r"\d+(?:\.\d+)?", rest))

    def hold_time(self, found: re.Match[str]) -> bool:
        """Whether a time that a text names is one of theirs, to the minute."""
        named = moment(found["iso"]) if found["iso"] else None
        if named and len(found["iso"]) > 10:
            return any(abs(named - time) <= MINUTE for time in self.times) or self._in_window(named)
        if named:
            return any(time.date() == named.date() for time in self.times | {start for start, _ in self.windows})
        wanted = _minute(found)
        in_a_window = any(_passes(wanted, start, end) for start, end in self.windows)
        known = self.times_of_day | {of_day(time) for time in self.times}
        return in_a_window or any(abs(wanted - minute) % 1439 <= 1 for minute in known)

    def _in_window(self, time: datetime) -> bool:
        return any(start <= time <= end for start, end in self.windows)


@dataclass(frozen=True)
class Figure:
    """A number as it is written."""

    written: str
    value: float
    decimals: int
    unit: str

    @property
    def is_of_time(self) -> bool:
        return self.unit[:1] in IN_SECONDS

    def is_about(self, value: float) -> bool:
        """Whether it is this value, rounded to as many decimals as are written."""
        return abs(abs(value) - self.value) <= 0.5 * 10**-self.decimals + 1e-9

    def meanings(self, number: float) -> Iterator[float]:
        """What a number may be written as: itself, in percent, in another unit of time."""
        yield number
        if "%" in self.unit or "percent" in self.unit:
            yield number * 100
        if self.unit.startswith("ms"):
            yield number * 1000
        elif self.unit[:1] in IN_SECONDS:
            yield from (number / IN_SECONDS[self.unit[0]], number / 1000)


def unsupported(text: str, sources: Sources, calculations: Iterable[Calculation]) -> list[str]:
    """The numbers, times and versions of a text that neither stand in its sources nor follow from them."""
    said = "\n".join(sources.words)
    wrong = [found[0] for found in TIME.finditer(text) if not sources.hold_time(found)]
    rest = TIME.sub(" ", text)
    wrong += [found[0] for found in VERSION.finditer(rest) if found[0].lstrip("v") not in said]
    sound = [calculation.result for calculation in calculations if follows(calculation, sources)]
    written = figures(VERSION.sub(" ", rest))
    durations = set(_durations(sources, text)) if any(figure.is_of_time for figure in written) else set[float]()
    for figure in written:
        of_time = figure.is_of_time and any(_lasts(figure, seconds) for seconds in durations)
        if not of_time and not _stands(figure, [*sources.numbers, *sound], sources.most):
            wrong.append(figure.written)
    return wrong


def figures(text: str) -> list[Figure]:
    """The numbers of a text, in its order."""
    return [
        Figure(
            written=found[0].strip(),
            value=float(found["digits"].replace(",", "") + (found["decimals"] or "")),
            decimals=len(found["decimals"] or ".") - 1,
            unit=(found["unit"] or "").strip(),
        )
        for found in NUMBER.finditer(text)
    ]


def follows(calculation: Calculation, sources: Sources) -> bool:
    """Whether a calculation starts from numbers of the sources and is right, to a hundredth of its result."""
    first, *others = calculation.of
    if not all(
        any(abs(n - abs(m)) <= 1e-6 * max(1, abs(m)) for m in sources.numbers) for n in map(abs, calculation.of)
    ):
        return False
    match calculation.how:
        case "difference":
            right = first - sum(others)
        case "ratio" | "share":
            if not others[0]:
                return False
            right = first / others[0]
        case "sum":
            right = sum(calculation.of)
        case "mean":
            right = sum(calculation.of) / len(calculation.of)
    return abs(right - calculation.result) <= max(abs(right) * 0.01, 1e-9)


def _stands(figure: Figure, numbers: Iterable[float], most: int) -> bool:
    counts = not figure.unit and figure.decimals == 0 and figure.value <= most
    return counts or any(figure.is_about(m) for number in numbers for m in figure.meanings(number))


def _durations(sources: Sources, text: str) -> Iterator[float]:
    """Seconds between any two times of the sources, and of the text as far as they hold them."""
    day = next(iter(sources.times | {start for start, _ in sources.windows}), None)
    named = [_named(found, day) for found in TIME.finditer(text) if sources.hold_time(found)]
    times = list({*sources.times, *(time for time in named if time)})
    yield from (abs((a - b).total_seconds()) for i, a in enumerate(times) for b in times[:i])
    yield from ((end - start).total_seconds() for start, end in sources.windows)


def _named(found: re.Match[str], day: datetime | None) -> datetime | None:
    if found["iso"]:
        return moment(found["iso"])
    return day and day.replace(hour=int(found["hour"]), minute=int(found["minute"]), second=0, microsecond=0)


def _lasts(figure: Figure, seconds: float) -> bool:
    unit = 0.001 if figure.unit.startswith("ms") else IN_SECONDS[figure.unit[0]]
    return abs(seconds / unit - figure.value) <= max(1.0, 0.5 * 10**-figure.decimals)


def moment(text: str) -> datetime | None:
    """A time from its ISO form; without a zone it is UTC."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _minute(found: re.Match[str]) -> int:
    return int(found["hour"]) * 60 + int(found["minute"])


def of_day(time: datetime) -> int:
    """Minutes since midnight UTC."""
    there = time.astimezone(UTC)
    return there.hour * 60 + there.minute


def _passes(minute: int, start: datetime, end: datetime) -> bool:
    return (minute - of_day(start)) % 1440 <= (end - start) / MINUTE
