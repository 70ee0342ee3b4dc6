"""Rollouts: which version of a service is in production when."""

from collections.abc import Sequence
from typing import NamedTuple

from evals.simulation.course import noise, swing
from evals.simulation.journal import JournalEntry
from evals.simulation.world import Release, SimulatedService

ROLLOUT_MINUTES = 2
"""How long a change of version shows as running."""
UNVERSIONED = ("database", "cache", "queue", "provider")


class Rollout(NamedTuple):
    """A version that went into production, minutes from the alert."""

    version: str
    previous: str | None
    at: float
    note: str
    status: str


class Build(NamedTuple):
    """A version that was built and is not necessarily in production."""

    version: str
    change: str


def releases(name: str, service: SimulatedService, seed: str) -> list[Release]:
    """Give the world's releases, moved a little by the seed, or two old ones where it names none."""
    if service.kind in UNVERSIONED:
        return service.releases
    if not service.releases:
        return _old_ones(name)
    return [
        release.model_copy(update={"at": release.at + _room(release.at) * swing(f"{seed}/{name}/{release.version}")})
        for release in service.releases
    ]


def _room(at: float) -> float:
    return min(2.0, abs(at) / 6)


def _old_ones(name: str) -> list[Release]:
    minor, days = int(noise(f"{name}/minor") * 40) + 3, 5 + noise(f"{name}/days") * 6
    notes = ("quarterly library update", "wording of two messages")
    return [
        Release(version=f"2.{minor + number}.0", at=-1440 * days * (2 - number), note=note)
        for number, note in enumerate(notes)
    ]


def rollouts(known: Sequence[Release], acts: Sequence[tuple[float, JournalEntry]]) -> list[Rollout]:
    """Follow a service's versions through its releases and the acts that change them, oldest first."""
    planned = [(release.at, release.version, release.note, release.status) for release in known]
    asked = [(minute, act.of("version"), _why(act), "succeeded") for minute, act in acts]
    made: list[Rollout] = []
    running: str | None = None
    for at, version, note, status in sorted([*planned, *asked]):
        made.append(Rollout(version, running, at, note, status))
        running = version if status == "succeeded" else running
    return made


def _why(act: JournalEntry) -> str:
    return "rollback" if act.port == "rollback" else "hotfix"


def running(rolled_out: Sequence[Rollout], minute: float) -> str | None:
    """Give the version in production at a minute."""
    past = [r for r in rolled_out if r.at <= minute and r.status == "succeeded"]
    return past[-1].version if past else None


def builds(acts: Sequence[tuple[float, JournalEntry]]) -> list[Build]:
    """Give the hotfixes built so far."""
    return [Build(act.result.reference, act.of("change")) for _, act in acts]
