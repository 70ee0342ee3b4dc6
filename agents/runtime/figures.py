"""Figures: the numbers of a text as they are written, each with what its sentence says that it measures."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from agents.runtime.quantities import Names, Quantity, may_be, services_in, topics_of

ISO = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?"
TIME = re.compile(
    rf"(?P<iso>{ISO})|(?<![\w.:-])(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?![\w:]|\.\d)"
)
VERSION = re.compile(r"(?<![\w.])v?\d+(?:\.\d+){2,}(?:[-+]\w+)*")
NUMBER = re.compile(
    r"(?<![\w.,:/#-])-?(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<decimals>\.\d+)?"
    r"(?P<unit>\s*(?:%|percent\b|per cent\b|x\b|times\b|ms\b|min(?:utes?)?\b|h(?:ours?)?\b|s(?:ec(?:onds?)?)?\b"
    r"|d(?:ays?)?\b))?(?![\w])"
)
HOURS_AND_MINUTES = re.compile(r"(?<![\w.])(\d+) ?h(?:ours?)?,?(?: and)? (\d+) ?min(?:utes?)?\b")
CLAUSE_END = re.compile(
    r"[;:()\n]|,(?!\d)|[.!?](?=\s|$)|[\u2013\u2014]| - "
    r"|\b(?:and|but|while|because|so|since|which|as|where|when|against)\b"
)
SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|\n")
IN_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
OF_TIME = frozenset({"latency", "replication", "queries"})
"""What may be measured in units of time."""
NEIGHBOURS = 6
"""Clauses before and after that may say what a number measures."""
NEXT_WORDS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Figure:
    """A number as it is written."""

    written: str
    value: float
    decimals: int
    unit: str
    start: int = 0
    topics: Names = frozenset()
    """What its words say that it measures; empty where they do not."""
    services: Names = frozenset()
    """The services that its words name."""

    @property
    def is_percent(self) -> bool:
        return self.unit[:1] in ("%", "p")

    @property
    def is_times(self) -> bool:
        return self.unit in ("x", "times")

    @property
    def seconds(self) -> float:
        """Of one of its units; nought where it is no time."""
        return 0.001 if self.unit == "ms" else 0.0 if self.is_times else IN_SECONDS.get(self.unit[:1], 0.0)

    @property
    def quantity(self) -> Quantity:
        """What a text that holds it is a source of."""
        if self.is_percent:
            return Quantity(self.value / 100, "share", self.topics)
        if self.seconds:
            return Quantity(self.value * self.seconds, "seconds", self.topics)
        return Quantity(self.value, "", self.topics)

    @property
    def rounding(self) -> float:
        return 0.5 * 10**-self.decimals + 1e-9

    def is_about(self, value: float) -> bool:
        """Whether it is this value, rounded to as many decimals as are written."""
        return abs(abs(value) - self.value) <= self.rounding

    def is_of(self, quantity: Quantity) -> bool:
        """Whether it is this quantity, by its value, its unit and what both measure."""
        return self._has_value(quantity) and may_be(quantity, self.topics, self.services)

    def _has_value(self, quantity: Quantity) -> bool:
        value, unit = quantity.value, quantity.unit
        if self.is_percent:
            is_share = 0 < abs(value) < 1 or (abs(value) == 1 and bool(quantity.topics))
            is_plain = unit == "" and (self.is_about(value) or (is_share and self.is_about(value * 100)))
            return is_plain or (unit == "share" and self.is_about(value * 100))
        if self.seconds:
            is_plain = unit == "" or (unit == "count" and "latency" in quantity.topics)
            return (unit == "seconds" and self.is_about(value / self.seconds)) or (is_plain and self.is_about(value))
        if self.is_times:
            return unit in ("", "share", "count") and self.is_about(value)
        is_counted = unit in ("count", "rate") or (unit == "" and (abs(value) >= 10 or value == int(value)))
        is_itself = abs(value) == self.value and (is_counted or not self.topics or value in (0, 1))
        return is_itself or ((self.decimals > 0 or is_counted) and self.is_about(value))


def written_in(text: str, names: Mapping[str, str]) -> list[Figure]:
    """The numbers of a text without times and versions, in its order; `names`: of services, to those in the catalogue.

    What a number measures is said by the words right after it, by its clause, or by the clause before or after that.
    """
    text = HOURS_AND_MINUTES.sub(lambda found: f"{60 * int(found[1]) + int(found[2])} min", text)
    found: list[Figure] = []
    begins = [0, *(end.end() for end in SENTENCE_END.finditer(text))]
    known = tuple(names.items())
    for begin, end in zip(begins, [*begins[1:], len(text)], strict=True):
        found += (replace(figure, start=begin + figure.start) for figure in _in_sentence(text[begin:end], known))
    return found


@lru_cache(maxsize=4096)
def _in_sentence(sentence: str, names: tuple[tuple[str, str], ...]) -> Sequence[Figure]:
    """Kept, because a transcript is read again at every check, and most of it has not changed."""
    numbers = list(NUMBER.finditer(sentence))
    clauses = _clauses(sentence) if numbers else []
    return [
        _figure(found, sentence, _nearest_first(found.start(), sentence, clauses), dict(names)) for found in numbers
    ]


def _figure(found: re.Match[str], sentence: str, near: list[str], names: Mapping[str, str]) -> Figure:
    figure = Figure(
        written=found[0].strip(),
        value=float(found["digits"].replace(",", "") + (found["decimals"] or "")),
        decimals=len(found["decimals"] or ".") - 1,
        unit=(found["unit"] or "").strip(),
        start=found.start(),
    )
    told = (_counted(figure, sentence[found.end() :]), *map(topics_of, near))
    topics = next(filter(None, (_fitting(topics, figure) for topics in told)), frozenset[str]())
    services = services_in(near[0], names) or services_in(sentence, names)
    return replace(figure, topics=topics, services=services)


def _fitting(topics: Names, figure: Figure) -> Names:
    """What can be measured in a figure's unit."""
    return topics & OF_TIME if figure.seconds else topics


def _counted(figure: Figure, after: str) -> Names:
    """What a number counts by the words right after it: 412 users, 38 % of users."""
    end = CLAUSE_END.search(after)
    words = NEXT_WORDS.findall(after[: end.start()] if end else after)
    if figure.is_percent:
        return topics_of(" ".join(words[:5])) if words[:1] == ["of"] else frozenset()
    return frozenset() if figure.unit else topics_of(" ".join(words[:2]))


def _clauses(text: str) -> list[tuple[int, int]]:
    """Where each clause begins and ends."""
    ends = [found.span() for found in CLAUSE_END.finditer(text)]
    begins = [0, *(end for _, end in ends)]
    return list(zip(begins, [*(begin for begin, _ in ends), len(text)], strict=True))


def _nearest_first(start: int, sentence: str, clauses: list[tuple[int, int]]) -> list[str]:
    """The clause of a number, the few before it, and the few after it."""
    own = next(n for n, (begin, end) in enumerate(clauses) if begin <= start <= end)
    before, after = clauses[max(0, own - NEIGHBOURS) : own], clauses[own + 1 : own + 1 + NEIGHBOURS]
    return [sentence[begin:end] for begin, end in [clauses[own], *reversed(before), *after]]
