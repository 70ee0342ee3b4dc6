"""Splits: how requests fare by instance, version, endpoint, region and tenant, and which of these stands out."""

from collections.abc import Sequence
from math import sqrt
from statistics import median
from typing import Literal

from pydantic import BaseModel, computed_field

Dimension = Literal["instance", "version", "endpoint", "region", "tenant"]
LEAST_FAILED = 5
"""Failed requests: fewer say nothing about where they failed."""
LEAST_SLOW = 20
"""Requests: of fewer, the 95th percentile is the slowest single one."""
BEYOND_CHANCE = 4
"""Standard errors between two shares. Not two or three: of many ways to divide, the most striking one is looked for."""
TIMES = 2
"""How many times the others' share, or the others' seconds, counts as a difference that matters."""
MOST_PARTS = 20
SLOWEST = 5
"""So many of the listed parts are those that take longest."""
FEW = 4
"""So many parts are told one by one."""
BEFORE_NAME: dict[Dimension, str] = {
    "instance": "on ",
    "version": "on version ",
    "endpoint": "on ",
    "region": "in ",
    "tenant": "for tenant ",
}
SLOW_MATTERS = ("instance", "version", "region")
"""Where all parts do the same work. Endpoints and tenants differ in what they ask for."""


class SplitPart(BaseModel):
    """The requests of one instance, version, endpoint, region or tenant."""

    name: str
    requests: int
    failed: int
    latency: float | None = None
    """95th percentile, seconds."""

    @property
    def share(self) -> float:
        return self.failed / self.requests if self.requests else 0.0


class Split(BaseModel):
    """The requests of a service by one dimension."""

    by: Dimension
    parts: list[SplitPart]
    """Those with the most failed requests, then those that take longest."""
    others: SplitPart | None = None
    """All that are not listed, together; its name says how many they are."""

    @computed_field
    @property
    def failing(self) -> list[str]:
        """The parts where so much more fails than on the others that it is no chance."""
        return [part.name for part in _worst(self.parts, self.others)]

    @computed_field
    @property
    def slow(self) -> list[str]:
        """The parts that take more than twice as long as the others."""
        return [part.name for part in self._slow()]

    @computed_field
    @property
    def says(self) -> str:
        """What the split shows, with figures."""
        return "; ".join(filter(None, [self._of_failures(), self._of_seconds()]))

    def _slow(self) -> list[SplitPart]:
        known = [part for part in self.parts if part.latency is not None and part.requests >= LEAST_SLOW]
        if self.by not in SLOW_MATTERS or len(known) < 2:
            return []
        usual = median(sorted(part.latency or 0 for part in known)[: max(1, len(known) // 2 + len(known) % 2)])
        return [part for part in known if (part.latency or 0) > TIMES * usual]

    def _of_failures(self) -> str:
        everything = [*self.parts, *([self.others] if self.others else [])]
        worst = _worst(self.parts, self.others)
        whole = _sum("", everything)
        if len(everything) == 1:
            return f"{self._count(whole, ' requests fail')} {self._where(self.parts[0])}, the only {self.by} seen"
        if not worst:
            among = f"no {self.by} stands out among {self._amount()}"
            return f"{among}: {self._count(whole, ' requests fail')} in all"
        if len(everything) <= FEW:
            return self._row(sorted(everything, key=lambda part: part.name))
        names = [part.name for part in worst]
        rest = [part for part in everything if part.name not in names]
        amount = self._amount() - len(worst)
        told = worst if len(worst) < FEW else [_sum(self._several(names), worst)]
        return f"{self._row(told)}, {self._count(_sum('', rest))} {self._where(_sum(f'the {amount} others', rest))}"

    def _of_seconds(self) -> str:
        slow = self._slow()
        if not slow:
            return ""
        rest = [part.latency for part in self.parts if part not in slow and part.latency is not None]
        row = ", ".join(f"{part.latency:.2f} s {self._where(part)}" for part in slow[:FEW])
        others = "the other" if len(rest) == 1 else f"the {len(rest)} others"
        return f"the 95th percentile of requests is {row}, {median(rest):.2f} s {self._preposition} {others}"

    def _row(self, parts: Sequence[SplitPart]) -> str:
        """2 of 40 requests fail on shop-1, 38 of 40 on shop-2."""
        told = [f"{self._count(part)} {self._where(part)}" for part in parts[1:]]
        return ", ".join([f"{self._count(parts[0], ' requests fail')} {self._where(parts[0])}", *told])

    def _count(self, part: SplitPart, what: str = "") -> str:
        return f"{part.failed:,} of {part.requests:,}{what}"

    def _where(self, part: SplitPart) -> str:
        is_one = part in self.parts
        return f"{BEFORE_NAME[self.by]}{part.name}" if is_one else f"{self._preposition} {part.name}"

    @property
    def _preposition(self) -> str:
        return BEFORE_NAME[self.by].split()[0]

    def _amount(self) -> int:
        """How many parts there are, the unlisted ones included."""
        return len(self.parts) + (int(self.others.name.split()[0]) if self.others else 0)

    def _several(self, names: Sequence[str]) -> str:
        return f"{len(names)} {self.by}s ({', '.join(names[: FEW - 1])} and {len(names) - FEW + 1} more)"


class SplitSignals(BaseModel):
    """How the requests of a service fare now, by each dimension that its metrics know."""

    service: str
    minutes: int
    """Over so many minutes up to now."""
    splits: list[Split]
    unseen: list[str] = []
    """By what the requests could not be split, and why."""

    @computed_field
    @property
    def stands_out(self) -> list[str]:
        """One sentence for each dimension in which something stands out; empty where nothing does."""
        return [split.says for split in self.splits if split.failing or split.slow]


def split_of(by: Dimension, parts: Sequence[SplitPart]) -> Split:
    """Make a split of any number of parts: the worst of them are listed, the others summed."""
    ranked = sorted(parts, key=lambda part: (-part.failed, -part.requests, part.name))
    first = MOST_PARTS if len(ranked) <= MOST_PARTS else MOST_PARTS - SLOWEST
    slowest = sorted(ranked[first:], key=lambda part: -(part.latency or 0))
    listed, rest = [*ranked[:first], *slowest[:SLOWEST]], slowest[SLOWEST:]
    return Split(by=by, parts=listed, others=_sum(f"{len(rest)} others", rest) if rest else None)


def _sum(name: str, parts: Sequence[SplitPart]) -> SplitPart:
    return SplitPart(name=name, requests=sum(p.requests for p in parts), failed=sum(p.failed for p in parts))


def _worst(parts: Sequence[SplitPart], others: SplitPart | None) -> list[SplitPart]:
    """The parts that fail more than all others, divided where the difference is the least likely to be chance."""
    suspects = sorted((part for part in parts if part.failed >= LEAST_FAILED), key=lambda part: -part.share)
    found: list[SplitPart] = []
    largest = float(BEYOND_CHANCE)
    for amount in range(1, len(suspects) + 1):
        worse = suspects[:amount]
        rest = [*(part for part in parts if part not in worse), *([others] if others else [])]
        difference = _difference(_sum("", worse), _sum("", rest))
        if difference > largest:
            found, largest = worse, difference
    return found


def _difference(one: SplitPart, other: SplitPart) -> float:
    """How many standard errors lie between two shares; 0 where they do not differ enough to matter."""
    if not one.requests or not other.requests or one.share < TIMES * other.share:
        return 0.0
    pooled = (one.failed + other.failed) / (one.requests + other.requests)
    error = sqrt(pooled * (1 - pooled) * (1 / one.requests + 1 / other.requests))
    return (one.share - other.share) / error if error else 0.0
