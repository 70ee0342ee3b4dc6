"""What goes on over time: repeatable noise, the time of day, and the course of a disturbance under the acts."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from evals.simulation.disturbance import Disturbance, Remedy
from evals.simulation.journal import JournalEntry

DYING_AWAY_MINUTES = 2
FOR_EVER = float("inf")
SIXTY_FOUR_BITS = (1 << 64) - 1


@dataclass(frozen=True)
class Course:
    """A disturbance in time, minutes from the alert."""

    disturbance: Disturbance
    onset: float
    calm: tuple[tuple[float, float], ...] = ()
    """From when until when it is held down."""
    worse: tuple[tuple[float, float], ...] = ()
    """From when it is how many times as strong."""

    def strength(self, minute: float) -> float:
        """Give the strength, 0 before the onset, 1 when fully there, more where an act made it worse."""
        level = self.unhindered(minute)
        for begins, ends in self.calm:
            if begins <= minute < ends:
                level *= max(0.0, 1 - (minute - begins) / DYING_AWAY_MINUTES)
        for since, times in self.worse:
            level *= times if minute >= since else 1
        return level

    def unhindered(self, minute: float) -> float:
        """Give the strength as if nobody had done anything."""
        age = minute - self.onset
        if age < 0:
            return 0.0
        level = min(1.0, (age + 1) / (self.disturbance.ramp + 1))
        heals = self.disturbance.heals_at
        if heals is not None and minute > heals:
            level *= max(0.0, 1 - (minute - heals) / DYING_AWAY_MINUTES)
        return level

    def harm(self, minute: float) -> float:
        """Give the part of the strength that requests feel."""
        bites_at = self.disturbance.bites_at
        return max(0.0, (self.strength(minute) - bites_at) / (1 - bites_at)) if bites_at < 1 else 0.0

    def reached(self, minute: float) -> float:
        """Give the greatest harm so far: what is lost stays lost."""
        held = min([minute, *(begins for begins, _ in self.calm)])
        return max(self.harm(minute), self.harm(held))

    def crowd(self, minute: float) -> float:
        """Give the strength of what draws traffic: more room does not send a crowd of buyers away; one sender can be
        kept out."""
        stays = self.disturbance.kind == "overload" and not self.disturbance.effect.crowd_from
        return self.unhindered(minute) if stays else self.strength(minute)


def course(
    disturbance: Disturbance, onset: float, acts: Sequence[tuple[float, JournalEntry]], versions: Sequence[str]
) -> Course:
    """Work out a course from all that was done; `versions` are the component's, oldest first."""
    calm = [
        (minute + remedy.minutes, minute + remedy.minutes + (remedy.holds_for or FOR_EVER))
        for minute, act in acts
        for remedy in disturbance.cured_by
        if _cures(remedy, disturbance, act, versions)
    ]
    worse = [
        (minute, made.times)
        for minute, act in acts
        for made in disturbance.worsened_by
        if act.port == made.action and act.of("service") == (made.service or disturbance.component)
    ]
    return Course(disturbance, onset, tuple(calm), tuple(worse))


def _cures(remedy: Remedy, disturbance: Disturbance, act: JournalEntry, versions: Sequence[str]) -> bool:
    if act.port != remedy.action or act.of("service") != (remedy.service or disturbance.component):
        return False
    if remedy.target:
        return remedy.target in act.arguments.values()
    if act.port == "scale":
        return int(act.of("replicas") or 0) >= remedy.replicas
    if act.port == "rollback" and disturbance.version:
        return versions.index(act.of("version")) < versions.index(disturbance.version)
    return not remedy.change or remedy.change in act.of("change")


def steps(changes: Sequence[tuple[float, int]], usual: int, minute: float) -> int:
    """Give the value of something that acts set, at a minute."""
    position = bisect_right([at for at, _ in changes], minute)
    return changes[position - 1][1] if position else usual


@lru_cache(maxsize=4096)
def _root(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())


def noise(name: str, index: int = 0) -> float:
    """Give an even number from 0 up to 1 that depends on the name and the index alone (splitmix64's mixing)."""
    mixed = (_root(name) + index * 0x9E3779B97F4A7C15) & SIXTY_FOUR_BITS
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & SIXTY_FOUR_BITS
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & SIXTY_FOUR_BITS
    return ((mixed ^ (mixed >> 31)) >> 11) / (1 << 53)


def swing(name: str, index: int = 0) -> float:
    """The same from -1 to 1."""
    return 2 * noise(name, index) - 1


def time_of_day(hour: float) -> float:
    """How busy an hour of the day is, against the day's mean: quiet at four, busy at four in the afternoon."""
    return 1 + 0.22 * math.sin((hour - 10) * math.pi / 12)
