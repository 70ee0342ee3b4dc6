"""Sources: all numbers, times and words of the events that a text cites."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from agents.runtime.figures import TIME, VERSION, written_in
from agents.runtime.quantities import REFERENCES, Names, Place, Quantity, Unit, of_series, shares_of

MINUTE = timedelta(minutes=1)


@dataclass
class Sources:
    """What is taken from events."""

    quantities: list[Quantity] = field(default_factory=list[Quantity])
    numbers: dict[float, set[tuple[Unit, Names]]] = field(default_factory=dict[float, set[tuple[Unit, Names]]])
    """Every number as it stands there, also each sample of a series, with its units and what it measures."""
    times: set[datetime] = field(default_factory=set[datetime])
    times_of_day: set[int] = field(default_factory=set[int])
    """Minutes since midnight UTC, where a text says no more."""
    windows: list[tuple[datetime, datetime]] = field(default_factory=list[tuple[datetime, datetime]])
    """Of series: every time between stands for one of its samples."""
    samples: list[tuple[datetime, Quantity]] = field(default_factory=list[tuple[datetime, Quantity]])
    """Of series, with their times."""
    words: list[str] = field(default_factory=list[str])
    most: int = 0
    """Items of the longest list of things: so many can be counted."""

    def add(self, value: Any, place: Place | None = None) -> None:
        """Take in a value and all that is in it."""
        place = place or Place()
        if isinstance(value, Mapping):
            known = cast(Mapping[str, Any], value)
            place = place.inside(known)
            if "step_seconds" in known and "values" in known:
                self._add_series(known, place)
                return
            self.quantities += shares_of(known, place)
            for name, part in known.items():
                if name not in REFERENCES:
                    self.add(part, place.of_field(str(name)))
        elif isinstance(value, list):
            parts = cast(list[Any], value)
            self.most = max(self.most, len(parts) if parts and not isinstance(parts[0], float) else 0)
            for part in parts:
                self.add(part, place)
        elif isinstance(value, int | float):
            self._add_number(value, place.quantity(value))
        elif isinstance(value, str):
            self._add_text(value, place)

    def add_all_of(self, others: "Sources") -> None:
        """Take in all that others hold."""
        self.quantities += others.quantities
        for number, kinds in others.numbers.items():
            self.numbers.setdefault(number, set()).update(kinds)
        self.samples += others.samples
        self.words += others.words
        self.most = max(self.most, others.most)
        self.add_times_of(others)

    def add_times_of(self, others: "Sources") -> None:
        """Take in the times alone."""
        self.times |= others.times
        self.times_of_day |= others.times_of_day
        self.windows += others.windows

    def _add_number(self, raw: float, quantity: Quantity) -> None:
        self.quantities.append(quantity)
        self.numbers.setdefault(float(raw), set()).add((quantity.unit, quantity.topics))

    def _add_series(self, series: Mapping[str, Any], place: Place) -> None:
        told = list(of_series(series, place))
        self.quantities += told
        start = moment(str(series["start"]))
        step, values = timedelta(seconds=series["step_seconds"]), cast(list[Any], series["values"])
        if start:
            self.windows.append((start, start + step * len(values)))
        if not told:
            return
        for number, value in enumerate(values):
            if isinstance(value, int | float):
                self.numbers.setdefault(float(value), set()).add((told[0].unit, told[0].topics))
                if start:
                    self.samples.append((start + step * number, told[0]._replace(value=float(value))))

    def _add_text(self, text: str, place: Place) -> None:
        self.words.append(text)
        for found in TIME.finditer(text):
            if found["iso"] and (time := moment(found["iso"])):
                self.times.add(time)
            elif not found["iso"]:
                self.times_of_day.add(minute_of(found))
        for figure in written_in(VERSION.sub(" ", TIME.sub(" ", text)), {}):
            quantity = figure.quantity
            self._add_number(figure.value, quantity._replace(topics=quantity.topics or place.topics))
        for number in re.findall(r"\d+(?:\.\d+)?", VERSION.sub(" ", TIME.sub(" ", text)).replace(",", "")):
            if float(number) not in self.numbers:  # within a word, such as web-7
                self._add_number(float(number), Quantity(float(number), "count"))

    def hold_time(self, found: re.Match[str]) -> bool:
        """Whether a time that a text names is one of theirs, to the minute."""
        named = moment(found["iso"]) if found["iso"] else None
        if named and len(found["iso"]) > 10:
            return any(abs(named - time) <= MINUTE for time in self.times) or self._in_window(named)
        if named:
            return any(time.date() == named.date() for time in self.times | {start for start, _ in self.windows})
        wanted = minute_of(found)
        in_a_window = any(_passes(wanted, start, end) for start, end in self.windows)
        known = self.times_of_day | {of_day(time) for time in self.times}
        return in_a_window or any(abs(wanted - minute) % 1439 <= 1 for minute in known)

    def _in_window(self, time: datetime) -> bool:
        return any(start <= time <= end for start, end in self.windows)


def moment(text: str) -> datetime | None:
    """A time from its ISO form; without a zone it is UTC."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def minute_of(found: re.Match[str]) -> int:
    """The minute of the day that a text names."""
    return int(found["hour"]) * 60 + int(found["minute"])


def of_day(time: datetime) -> int:
    """Minutes since midnight UTC."""
    there = time.astimezone(UTC)
    return there.hour * 60 + there.minute


def _passes(minute: int, start: datetime, end: datetime) -> bool:
    return (minute - of_day(start)) % 1440 <= (end - start) / MINUTE
