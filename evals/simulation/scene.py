"""A scene: one world under one seed, with all that was done in it. Everything measured follows from it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from evals.simulation.course import FOR_EVER, Course, course, steps, swing
from evals.simulation.disturbance import Disturbance, DisturbanceEffect
from evals.simulation.journal import Journal, JournalEntry
from evals.simulation.rollouts import Build, Rollout, builds, releases, rollouts, running
from evals.simulation.world import Release, SimulatedService, World

HOP_MINUTES = 1
"""How much later a caller feels what goes wrong below it."""
FALLBACK_MINUTES = 2
"""How long a fallback takes to carry the load."""
REPLICA_MINUTES = 2


class Influence(NamedTuple):
    """How a disturbance reaches a service: itself, or through one of its dependencies."""

    course: Course
    share: float
    delay: float
    via: str
    """The dependency through which it comes; empty on the component itself."""
    cut_at: float
    """From when a fallback keeps it away."""


class Felt(NamedTuple):
    """A disturbance at one service and minute."""

    effect: DisturbanceEffect
    load: float
    """Strength as the machines feel it; 0 on a caller."""
    harm: float
    """Strength as requests feel it, already attenuated on a caller."""
    crowd: float
    """Strength of what draws more traffic than usual; 0 on a caller."""


class ProductionState:
    """A world, a seed, the time of the alert and the journal."""

    def __init__(self, world: World, seed: int, epoch: datetime, journal: Journal) -> None:
        self.world, self.seed, self.epoch, self.journal = world, str(seed), epoch, journal
        self.services = world.services
        self.known_releases = {name: releases(name, service, self.seed) for name, service in self.services.items()}
        self._read: int | None = None
        """So many entries of the journal; None before the first look."""
        self._acts: list[tuple[float, JournalEntry]] = []
        self._influences: dict[str, list[Influence]] = {}
        self._measured: dict[tuple[str, str], dict[float, Any]] = {}
        self._scaled: dict[str, list[tuple[float, int]]] = {}
        """Service -> from when it has how many replicas."""

    def minute(self, at: datetime) -> float:
        """Count minutes from the alert."""
        return (at - self.epoch).total_seconds() / 60

    def at(self, minute: float) -> datetime:
        """Turn minutes from the alert into a time, to the second."""
        return self.epoch + timedelta(seconds=round(minute * 60))

    def acts(self, *ports: str, service: str = "") -> list[tuple[float, JournalEntry]]:
        """Give what was done to production, oldest first, with its minute."""
        self._catch_up()
        return [
            (minute, act)
            for minute, act in self._acts
            if (not ports or act.port in ports) and (not service or act.of("service") == service)
        ]

    def rollouts(self, service: str) -> list[Rollout]:
        return rollouts(self.known_releases[service], self.acts("rollback", "deploy", service=service))

    def running(self, service: str, minute: float) -> str | None:
        return running(self.rollouts(service), minute)

    def builds(self, service: str) -> list[Build]:
        return builds(self.acts("build_hotfix", service=service))

    def replicas(self, service: str, minute: float) -> int:
        """Give the replicas that run, once asked for and started."""
        self._catch_up()
        if service not in self._scaled:
            scaled = self.acts("scale", service=service)
            self._scaled[service] = [(at + REPLICA_MINUTES, int(act.of("replicas"))) for at, act in scaled]
        return steps(self._scaled[service], self.services[service].replicas, minute)

    def influences(self, service: str) -> list[Influence]:
        """Give all that can reach a service, strongest first."""
        self._catch_up()
        return self._influences[service]

    def measured(self) -> dict[tuple[str, str], dict[float, Any]]:
        """Give what was measured and no act has changed: (quantity, service) -> minute -> the measurement."""
        self._catch_up()
        return self._measured

    def felt(self, service: str, minute: float) -> list[Felt]:
        """Give what a service feels at a minute, each disturbance once."""
        known = self.measured().setdefault(("felt", service), {})
        if minute not in known:
            known[minute] = self._felt(service, minute)
        return known[minute]

    def _felt(self, service: str, minute: float) -> list[Felt]:
        felt: dict[int, Felt] = {}
        for influence in self.influences(service):
            if minute >= influence.cut_at or id(influence.course) in felt:
                continue
            then = minute - influence.delay
            harm = influence.course.harm(then) * influence.share
            load = 0.0 if influence.via else influence.course.strength(then)
            crowd = 0.0 if influence.via else influence.course.crowd(then)
            if harm or load or crowd:
                felt[id(influence.course)] = Felt(influence.course.disturbance.effect, load, harm, crowd)
        return list(felt.values())

    def callers(self, name: str) -> list[str]:
        return [other for other, service in self.services.items() if name in service.depends_on]

    def _catch_up(self) -> None:
        acts = self.journal.acts()
        if len(acts) == self._read:
            return
        read, self._read = self._read, len(acts)
        changes = [act for act in acts[read or 0 :] if act.changes_production]
        if read is not None and not changes:
            return
        self._scaled = {}
        self._forget_measured(min((self.minute(act.at) for act in changes), default=0))
        self._acts = [(self.minute(act.at), self._with_change(act)) for act in acts if act.changes_production]
        found: dict[str, list[Influence]] = {name: [] for name in self.services}
        for disturbance in self.world.disturbances:
            for name, influence in self._spread(self._course(disturbance)):
                found[name].append(influence)
        self._influences = {name: sorted(i, key=lambda one: -one.share) for name, i in found.items()}

    def _forget_measured(self, since: float) -> None:
        """Forget what was measured from a minute on: an act changes nothing before it."""
        for measured in self._measured.values():
            for minute in [minute for minute in measured if minute >= since]:
                del measured[minute]

    def _with_change(self, act: JournalEntry) -> JournalEntry:
        """Let a deploy say which change its build was made for."""
        if act.port != "deploy":
            return act
        made = [a for a in self.journal.acts() if a.port == "build_hotfix" and a.result.reference == act.of("version")]
        change = made[-1].of("change") if made else "none"
        return act.model_copy(update={"arguments": {**act.arguments, "change": change}})

    def _course(self, disturbance: Disturbance) -> Course:
        known = self.known_releases[disturbance.component]
        versions = [release.version for release in known]
        return course(disturbance, self._onset(disturbance, known), self._acts, versions)

    def _onset(self, disturbance: Disturbance, known: list[Release]) -> float:
        brought = next((release.at for release in known if release.version == disturbance.version), 0.0)
        onset = brought + 0.7 if disturbance.onset is None else disturbance.onset
        usual = 0.0 if disturbance.version else min(2.0, abs(onset) / 6)
        room = usual if disturbance.jitter is None else disturbance.jitter
        return onset + room * swing(f"{self.seed}/{disturbance.component}/onset/{disturbance.kind}")

    def _spread(self, begun: Course) -> Iterator[tuple[str, Influence]]:
        """Follow a disturbance from its component up to all that call it, on every path."""
        component = begun.disturbance.component
        yield component, Influence(begun, 1.0, 0, "", FOR_EVER)
        if begun.disturbance.spreads:
            yield from self._climb(component, Influence(begun, 1.0, 0, "", FOR_EVER), [component])

    def _climb(self, name: str, here: Influence, path: list[str]) -> Iterator[tuple[str, Influence]]:
        for caller in self.callers(name):
            service: SimulatedService = self.services[caller]
            share = here.share * service.depends_on[name]
            if caller in path or share < 0.01:
                continue
            cut_at = min(here.cut_at, self._bypassed_at(caller, name))
            there = Influence(here.course, share, here.delay + HOP_MINUTES, name, cut_at)
            yield caller, there
            yield from self._climb(caller, there, [*path, caller])

    def _bypassed_at(self, service: str, dependency: str) -> float:
        made = [minute for minute, act in self._acts if act.port == "fallback"
                and act.of("service") == service and act.of("dependency") == dependency]  # fmt: skip
        return min(made, default=FOR_EVER) + FALLBACK_MINUTES
