"""Intervals: how far a share, a difference or an agreement can be trusted."""

import random
from collections.abc import Sequence
from math import comb, sqrt

Interval = tuple[float, float]
Z = 1.959964
"""For 95 %."""
DRAWS = 2000


def wilson(hits: float, of: int) -> Interval:
    """Wilson's 95 % interval of a share; of nothing, everything is possible."""
    if of == 0:
        return 0.0, 1.0
    share, spread = hits / of, Z * Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = Z * sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def pass_at(k: int, passed: int, of: int) -> float:
    """Pass@k: the chance that at least one of k tries passes, estimated from all tries."""
    return 1 - comb(of - passed, k) / comb(of, k)


def pass_all(k: int, passed: int, of: int) -> float:
    """Pass^k: the chance that all of k tries pass, estimated from all tries."""
    return comb(passed, k) / comb(of, k)


def kappa(pairs: Sequence[tuple[int, int]], levels: int) -> float | None:
    """Cohen's kappa with quadratic weights; None where one side never varies."""
    n = len(pairs)
    seen = sum((a - b) ** 2 for a, b in pairs) / n if n else 0.0
    left = [sum(a == level for a, _ in pairs) for level in range(levels)]
    right = [sum(b == level for _, b in pairs) for level in range(levels)]
    cells = ((i, j) for i in range(levels) for j in range(levels))
    chance = sum(left[i] * right[j] * (i - j) ** 2 for i, j in cells) / (n * n) if n else 0.0
    return None if chance == 0 else 1 - seen / chance


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided chance of such a split among the pairs that differ, were there no difference."""
    n = only_first + only_second
    tail = sum(comb(n, i) for i in range(min(only_first, only_second) + 1)) / 2**n
    return min(1.0, 2 * tail)


def mean_difference(groups: Sequence[Sequence[float]]) -> tuple[float, Interval]:
    """The mean of paired differences with a 95 % bootstrap interval; whole groups are drawn, as seeds are no news."""
    flat = [one for group in groups for one in group]
    if not flat:
        return 0.0, (0.0, 0.0)
    draw = random.Random(0)  # noqa: S311 - a report is the same whenever it is made
    means: list[float] = []
    for _ in range(DRAWS):
        drawn = [one for group in draw.choices(groups, k=len(groups)) for one in group]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return sum(flat) / len(flat), (means[int(0.025 * DRAWS)], means[int(0.975 * DRAWS) - 1])
