"""What became worse, and what better, between two runs of the benchmarks."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

MUCH = 1.25
"""Times as much: less than that is what other work on the machine makes of the same code."""
LITTLE = 0.05
"""In the unit of the figure: smaller differences are what rounding makes of them."""
GAIN = re.compile(r"per_second")
"""Of these figures more is better."""
COST = re.compile(r"(^|[._])(ms|us|mib|cpu|seconds|times|slowest|to|paint|frame|shown|taken|answered|trips)([._]|$)")
"""Of these less is better. What is neither says how something was measured, such as how many runs there were."""
NAMES = ("runs", "name")
"""What the entries of a list are known by, where they say it."""


class Change(NamedTuple):
    """A figure that is not what it was."""

    figure: str
    was: float
    now: float | None
    """None: it was not measured."""

    def __str__(self) -> str:
        if self.now is None:
            return f"{self.figure}: was {self.was:g}, was not measured"
        times = f", {self.now / self.was:.2f} times as much" if self.was else ""
        return f"{self.figure}: was {self.was:g}, is {self.now:g}{times}"


class Comparison(NamedTuple):
    """All figures that changed much."""

    worse: list[Change]
    """Those that were measured before and were not now are among them."""
    better: list[Change]


def compared(before: Mapping[str, Any], now: Mapping[str, Any]) -> Comparison:
    """Compare the parts that both runs have, figure by figure."""
    worse: list[Change] = []
    better: list[Change] = []
    for part in before.keys() & now.keys():
        measured = dict(figures(now[part], part))
        for figure, was in figures(before[part], part):
            change = Change(figure, was, measured.get(figure))
            if change.now is None or _is_more(change.now, was, _more_is_better(figure)):
                worse.append(change)
            elif _is_more(was, change.now, _more_is_better(figure)):
                better.append(change)
    return Comparison(sorted(worse), sorted(better))


def figures(measured: Any, name: str) -> Iterator[tuple[str, float]]:
    """Every figure of which less, or more, is better, with its name."""
    match measured:
        case bool():
            return
        case int() | float():
            if GAIN.search(name) or COST.search(name):
                yield name, float(measured)
        case dict():
            for key, part in cast(dict[str, Any], measured).items():
                yield from figures(part, f"{name}.{key}")
        case [int() | float() as figure, str() as of]:  # such as the slowest texts: which they are may change
            yield from figures(figure, f"{name}.{of}")
        case list() | tuple():
            for number, part in enumerate(cast(list[Any], measured)):
                yield from figures(part, f"{name}.{_known_by(part, number)}")
        case _:
            return


def _known_by(entry: Any, number: int) -> str:
    match entry:
        case dict():
            fields = cast(dict[str, Any], entry)
            return next((f"{name} {fields[name]}" for name in NAMES if name in fields), str(number))
        case [int() | float(), str()]:
            return "of"
        case _:
            return str(number)


def _more_is_better(figure: str) -> bool:
    return GAIN.search(figure) is not None


def _is_more(one: float, other: float, turned: bool) -> bool:
    """Whether the first is much more than the other; `turned` asks it the other way round."""
    more, less = (other, one) if turned else (one, other)
    return more > MUCH * less and more - less > LITTLE
