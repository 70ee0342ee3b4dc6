"""Quantities: the numbers of an event with their unit, what they measure and of which service they are."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from statistics import fmean, median
from typing import Any, Literal, NamedTuple, cast

Unit = Literal["share", "seconds", "count", "rate", ""]
"""share: 0 to 1; rate: per second or minute; "": nothing says which unit it is in."""
TOPICS: dict[str, str] = {
    "integrity": r"integrity|corrupt\w*|records?|lost|loss(?:es)?|exposed",
    "client": r"script errors?|javascript errors?|browser errors?",
    "queries": r"(?:slow )?quer(?:y|ies)|transactions?|locks?|deadlocks?|waiting",
    "cache": r"evictions?",
    "replication": r"replication(?: lag)?|lag",
    "errors": r"error rates?|errors?|fail\w*|5xx|refus\w*|reject\w*",
    "latency": r"latenc\w*|slow\w*|response times?|respond\w*|answers?|answered|takes?|took|p9\d|page loads?",
    "cpu": r"cpu|processors?",
    "memory": r"memory|heap|ram",
    "network": r"networks?|bandwidth",
    "disk": r"disks?|storage",
    "saturation": r"saturat\w*",
    "traffic": r"traffic|(?:requests?|calls?) (?:per|a) second|rps|throughput",
    "users": r"users?|customers?|people|visitors?",
    "replicas": r"replicas?|instances?|pods?|machines?|nodes?",
    "connections": r"connections?",
    "restarts": r"restart\w*",
    "money": r"revenue|usd|eur|gbp|cost\w*|dollars?|euros?",
}
"""What can be measured, with the words for it. A phrase counts for the first topic that has it."""
WORDS_OF_TOPICS = {
    topic: re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE) for topic, words in TOPICS.items()
}
ANY_TOPIC = re.compile(rf"\b(?:{'|'.join(TOPICS.values())})\b", re.IGNORECASE)
SHARES = re.compile(r"(?:^|_)(?:share|rate|used|utili[sz]ation|ratio|cpu|memory|network|disk|saturation)(?:_|$)")
PERCENT = re.compile(r"(?:^|_)(?:percent|percentage|pct)(?:_|$)")
TIME_FIELDS: dict[str, float] = {
    "milliseconds": 0.001,
    "ms": 0.001,
    "seconds": 1,
    "secs": 1,
    "minutes": 60,
    "hours": 3600,
    "days": 86_400,
}
PER = re.compile(r"_per_(?:second|minute|hour)$")
NAMING = ("service", "to", "provider", "component", "database")
"""Fields that say of which service the numbers beside them are."""
LATEST = 15
"""Samples at the end of a series that may be named without their time."""
STRETCHES = (3, 5, 10, 15, 30)
"""Samples at either end of which the mean or the median may be named."""
REFERENCES = frozenset({"call", "cites", "ref"})
"""Fields whose digits count nothing."""
Names = frozenset[str]


class Quantity(NamedTuple):
    """A number of an event."""

    value: float
    unit: Unit = ""
    topics: Names = frozenset()
    """What it measures; empty where nothing says so."""
    services: Names = frozenset()
    """Of which it is; empty where nothing says so."""


class Place(NamedTuple):
    """Where in an event a value stands."""

    field: str = ""
    topics: Names = frozenset()
    services: Names = frozenset()

    def inside(self, record: Mapping[str, Any]) -> "Place":
        """The place inside a record that may say of which service it tells."""
        named = {str(record[name]).lower() for name in NAMING if isinstance(record.get(name), str) and record[name]}
        return self._replace(services=self.services | named)

    def of_field(self, field: str) -> "Place":
        """The place of one of its fields: its own name says more than the names around it."""
        return Place(field, topics_of(field.replace("_", " ")) or self.topics, self.services)

    def quantity(self, value: float, unit: Unit | None = None) -> Quantity:
        """A number that stands here."""
        if unit is None:
            value, unit = _typed(self.field, value)
        return Quantity(value, unit, self.topics, self.services)


@lru_cache(maxsize=20_000)
def topics_of(words: str) -> Names:
    """What words speak of."""
    found: set[str] = set()
    if not ANY_TOPIC.search(words):
        return frozenset()
    for topic, pattern in WORDS_OF_TOPICS.items():
        rest = pattern.sub(" ", words)
        if rest != words:
            found.add(topic)
            words = rest
    return frozenset(found)


def of_series(series: Mapping[str, Any], place: Place) -> Iterator[Quantity]:
    """What may be said of a series without naming a time: its ends, its extremes and its usual values."""
    unit: Unit = {"share": "share", "seconds": "seconds", "per second": "rate"}.get(str(series.get("unit")), "")  # type: ignore[assignment]
    samples = [float(value) for value in cast(list[Any], series["values"]) if isinstance(value, int | float)]
    if not samples:
        return
    earlier = sorted(samples[: max(4, len(samples) // 2)])
    usual = earlier[len(earlier) // 10 : -(len(earlier) // 10) or None]
    stretches = [part for n in STRETCHES for part in (samples[-n:], samples[:n])]
    told = [min(samples), max(samples), samples[0], *samples[-LATEST:], *usual, median(samples), fmean(samples)]
    told += [median(samples[:n]) for n in range(STRETCHES[0], len(samples))]  # usual until it began
    told += [number for part in [usual, *stretches] for number in (median(part), fmean(part))]
    yield from (place.quantity(value, unit) for value in dict.fromkeys(told))


def shares_of(record: Mapping[str, Any], place: Place) -> Iterator[Quantity]:
    """The shares that follow from the counts of one record, such as affected of active users."""
    counts = [
        place.of_field(name).quantity(value)
        for name, value in record.items()
        if isinstance(value, int) and not isinstance(value, bool)
    ]
    for part in counts:
        for whole in counts:
            shared = part.topics & whole.topics
            if shared and "count" == part.unit == whole.unit and 0 <= part.value <= whole.value != 0:
                yield part._replace(value=part.value / whole.value, unit="share", topics=shared)


def services_in(words: str, names: Mapping[str, str]) -> Names:
    """The services that words name, by their names in the catalogue; `names`: how each may be written, to that."""
    return frozenset(
        service for name, service in names.items() if re.search(rf"(?i)(?<![\w-]){re.escape(name)}(?![\w-])", words)
    )


def may_be(quantity: Quantity, topics: Names, services: Names) -> bool:
    """Whether a quantity may be what words speak of, that name these topics and services."""
    is_topic = not topics or not quantity.topics or bool(topics & quantity.topics)
    return is_topic and (not services or not quantity.services or bool(services & quantity.services))


def values(quantities: Iterable[Quantity]) -> set[float]:
    """Their values alone."""
    return {quantity.value for quantity in quantities}


def _typed(field: str, value: float) -> tuple[float, Unit]:
    """A number of a field by the field's name: the value in its unit, and the unit."""
    name = field.lower()
    if PERCENT.search(name):
        return value / 100, "share"
    if PER.search(name):
        return value, "rate"
    last = name.rpartition("_")[2]
    if last in TIME_FIELDS:
        return value * TIME_FIELDS[last], "seconds"
    if SHARES.search(name):  # a whole number there may be percent
        return value, "share" if value in (0, 1) or not float(value).is_integer() else ""
    return value, "count" if isinstance(value, int) else ""
