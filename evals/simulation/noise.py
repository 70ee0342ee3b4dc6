"""Noise that is always the same: a number from a name, cheap enough for every sample."""

import math
from functools import lru_cache
from hashlib import blake2b

MASK = (1 << 64) - 1


@lru_cache(maxsize=4096)
def _root(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())


def noise(name: str, index: int = 0) -> float:
    """Give an even number from 0 up to 1 that depends on the name and the index alone (splitmix64's mixing)."""
    mixed = (_root(name) + index * 0x9E3779B97F4A7C15) & MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
    return ((mixed ^ (mixed >> 31)) >> 11) / (1 << 53)


def swing(name: str, index: int = 0) -> float:
    """The same from -1 to 1."""
    return 2 * noise(name, index) - 1


def time_of_day(hour: float) -> float:
    """How busy an hour of the day is, against the day's mean: quiet at four, busy at four in the afternoon."""
    return 1 + 0.22 * math.sin((hour - 10) * math.pi / 12)
