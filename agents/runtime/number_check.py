"""Number check: whether the numbers and times of a text stand in what it cites, or follow from it.

A number has to be one of the same thing: of the series or field that the words speak of, in its unit, and of the
service that they name. Where neither the words nor the event say what it measures, the value alone counts.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from agents.reports.basis import Calculation
from agents.runtime.figures import TIME, VERSION, Figure, written_in
from agents.runtime.quantities import Names, Quantity, Unit, may_be
from agents.runtime.sources import Sources, minute_of, moment, of_day

NEAR = timedelta(minutes=2)
"""Of a time that a text names: a sample of a series that is as near may be named with it."""
FEW_TIMES = 60
"""Up to so many times of the sources are compared with one another; of more, only with those that the text names."""
NOBODY: Mapping[str, str] = {}


def unsupported(
    text: str, sources: Sources, calculations: Iterable[Calculation], names: Mapping[str, str] = NOBODY
) -> list[str]:
    """The numbers, times and versions of a text that neither stand in its sources nor follow from them.

    `names`: of services, as they may be written, each with its name in the catalogue.
    """
    said = "\n".join(sources.words)
    wrong = [found[0] for found in TIME.finditer(text) if not sources.hold_time(found)]
    rest = TIME.sub(" ", text)
    wrong += [found[0] for found in VERSION.finditer(rest) if found[0].lstrip("v") not in said]
    written = written_in(VERSION.sub(" ", rest), names)
    calculated = filter(None, (follows(calculation, sources) for calculation in calculations))
    known = [*sources.quantities, *_at_named_times(text, sources), *calculated]
    durations = set(_durations(sources, text)) if any(figure.seconds for figure in written) else set[float]()
    sound = [figure for figure in written if _stands(figure, known, sources.most) or _lasts_any(figure, durations)]
    wrong += [figure.written for figure in written if figure not in sound and not _of_others(figure, sound, rest)]
    return wrong


def figures(text: str) -> list[Figure]:
    """The numbers of a text, in its order."""
    return written_in(text, NOBODY)


def follows(calculation: Calculation, sources: Sources) -> Quantity | None:
    """What a calculation shows: it starts from numbers of the sources, of one unit, and is right to a hundredth."""
    kinds = [_kinds(number, sources) for number in calculation.of]
    units = [{unit for unit, _ in one} for one in kinds]
    common = set(_ANY)
    for own in units:
        common &= {*own, *_ANY} if "" in own else own
    if not all(units) or not common:
        return None
    right = _result(calculation)
    if right is None or abs(right - calculation.result) > max(abs(right) * 0.01, 1e-9):
        return None
    topics = [frozenset[str]().union(*(topic for _, topic in one)) for one in kinds]
    about = frozenset[str]().union(*topics) if all(topics) else frozenset[str]()
    if calculation.how in ("ratio", "share"):
        return Quantity(calculation.result, "share", about)
    return Quantity(calculation.result, common.pop() if len(common) == 1 else "", about)


_ANY: tuple[Unit, ...] = ("share", "seconds", "count", "rate", "")


def _kinds(number: float, sources: Sources) -> set[tuple[Unit, Names]]:
    near = [kinds for m, kinds in sources.numbers.items() if abs(abs(number) - abs(m)) <= 1e-6 * max(1, abs(m))]
    return set[tuple[Unit, Names]]().union(*near)


def _result(calculation: Calculation) -> float | None:
    first, *others = calculation.of
    match calculation.how:
        case "difference":
            return first - sum(others)
        case "ratio" | "share":
            return first / others[0] if others[0] else None
        case "sum":
            return sum(calculation.of)
        case "mean":
            return sum(calculation.of) / len(calculation.of)


def _stands(figure: Figure, known: Iterable[Quantity], most: int) -> bool:
    is_count = (
        figure.unit in ("", "times") and figure.decimals == 0 and figure.value <= most and "users" not in figure.topics
    )
    return is_count or any(figure.is_of(quantity) for quantity in known)


def _at_named_times(text: str, sources: Sources) -> Iterator[Quantity]:
    """The samples at the times that a text names."""
    named = (
        [(moment(found["iso"]) if found["iso"] else None, found) for found in TIME.finditer(text)]
        if sources.samples
        else []
    )
    yield from (quantity for time in named for at, quantity in sources.samples if _is_near(*time, at))


def _is_near(named: datetime | None, found: re.Match[str], at: datetime) -> bool:
    if named:
        return abs(named - at) <= NEAR
    return not found["iso"] and _minutes_between(minute_of(found), of_day(at)) <= NEAR / timedelta(minutes=1)


def _minutes_between(one: int, other: int) -> int:
    return min((one - other) % 1440, (other - one) % 1440)


def _of_others(figure: Figure, sound: Sequence[Figure], text: str) -> bool:
    """Whether a share or a ratio follows from two sound numbers that the same text names beside it."""
    if figure.is_percent:
        parts = pairwise(other for other in sound if not other.unit)
        return any(figure.is_about(100 * a.value / b.value) for a, b in parts if b.value and _is_part_of(a, b, text))
    alike = [(a, b) for a in sound for b in sound if figure.is_times and a is not b and a.unit == b.unit]
    return any(may_be(a.quantity, b.topics, b.services) and _is_ratio(figure, a, b) for a, b in alike)


def _is_part_of(part: Figure, whole: Figure, text: str) -> bool:
    between = text[part.start + len(part.written) : whole.start]
    return re.fullmatch(r"(?: [\w-]+){0,3} (?:out )?of(?: [a-z-]+){0,3} |/", between) is not None


def _is_ratio(figure: Figure, a: Figure, b: Figure) -> bool:
    """Whether it is the one number over the other, as far as both are rounded."""
    if b.value <= b.rounding:
        return False
    least, most = ((a.value - sign * a.rounding) / (b.value + sign * b.rounding) for sign in (1, -1))
    return least - figure.rounding <= figure.value <= most + figure.rounding and most <= 2 * least


def _durations(sources: Sources, text: str) -> Iterator[float]:
    """Seconds between any two times of the sources, and of the text as far as they hold them."""
    held = [found for found in TIME.finditer(text) if sources.hold_time(found)]
    named = [time for found in held if found["iso"] and (time := moment(found["iso"]))]
    times, few = list({*sources.times, *named}), len(sources.times) <= FEW_TIMES
    yield from (abs((a - b).total_seconds()) for a in (times if few else named) for b in times)
    yield from ((end - start).total_seconds() for start, end in sources.windows)
    own = {minute_of(found) for found in held if not found["iso"]}
    clocks = {*sources.times_of_day, *own, *map(of_day, times)}
    ends = own | (sources.times_of_day if len(sources.times_of_day) <= FEW_TIMES else set[int]())
    yield from (
        60.0 * (difference % 1440) for one in ends for other in clocks for difference in (one - other, other - one)
    )


def _lasts_any(figure: Figure, durations: Iterable[float]) -> bool:
    return figure.seconds >= 1 and any(_lasts(figure, seconds) for seconds in durations)


def _lasts(figure: Figure, seconds: float) -> bool:
    """Whether it is this long: to a minute, which a clock does not show more closely, or as it is rounded."""
    least = 60.0 if figure.seconds == 60 else 1.0
    return abs(seconds - figure.value * figure.seconds) <= max(least, figure.rounding * figure.seconds)
