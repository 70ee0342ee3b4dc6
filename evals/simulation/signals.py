"""Signals: golden signals, machines, clients and users, read off the conditions minute by minute."""

import math
from functools import partial
from typing import Any, Literal

from agents.readings.production import ClientSignals, GoldenSignals, Series, SystemMetrics, Usage
from evals.simulation import conditions
from evals.simulation.course import swing
from evals.simulation.logs import client_patterns
from evals.simulation.scene import ProductionState
from evals.simulation.world import Gap

Unit = Literal["share", "seconds", "per second", "count"]


def golden_signals(scene: ProductionState, now: float, service: str, minutes: int = 90) -> GoldenSignals:
    samples = conditions.requests(scene, service, _window(now, minutes))
    series = partial(_series, scene, now, _holes(scene, "golden_signals", service))
    return GoldenSignals(
        service=service,
        traffic=series("per second", [round(s.traffic, 2) for s in samples]),
        error_rate=series("share", [round(s.error_rate, 5) for s in samples]),
        latency=series("seconds", [round(s.latency, 4) for s in samples]),
        saturation=series("share", [round(s.saturation, 4) for s in samples]),
    )


def system_metrics(scene: ProductionState, now: float, service: str, minutes: int = 90) -> SystemMetrics:
    samples = conditions.machines(scene, service, _window(now, minutes))
    series = partial(_series, scene, now, _holes(scene, "system_metrics", service))
    return SystemMetrics(
        service=service,
        cpu=series("share", [round(s.cpu, 4) for s in samples]),
        memory=series("share", [round(s.memory, 4) for s in samples]),
        network=series("share", [round(s.network, 4) for s in samples]),
        disk=series("share", [round(s.disk, 4) for s in samples]),
    )


def client_signals(scene: ProductionState, now: float, service: str, minutes: int = 90) -> ClientSignals:
    samples = conditions.client(scene, service, _window(now, minutes))
    series = partial(_series, scene, now, _holes(scene, "client_signals", service))
    return ClientSignals(
        service=service,
        script_errors=series("share", [round(s.script_errors, 5) for s in samples]),
        page_load=series("seconds", [round(s.page_load, 3) for s in samples]),
        patterns=client_patterns(scene, now, service, minutes),
    )


def usage(scene: ProductionState, now: float, service: str) -> Usage:
    usual = scene.services[service].users
    noise = 1 + 0.01 * swing(f"{scene.seed}/{service}/users", math.floor(now))
    active = round(usual * conditions.busy(scene, now) * noise)
    affected = round(active * min(1.0, conditions.share_of_users(scene, service, now)))
    return Usage(service=service, active_users=active, affected_users=affected)


def _window(now: float, minutes: int) -> range:
    last = math.floor(now)
    return range(last - max(1, minutes) + 1, last + 1)


def _holes(scene: ProductionState, port: str, service: str) -> list[Gap]:
    """Give the gaps that leave a hole in a service's series."""
    return [g for g in scene.world.gaps if g.answer == "no samples" and g.port == port and g.service in ("", service)]


def _series(scene: ProductionState, now: float, holes: list[Gap], unit: Unit, values: list[Any]) -> Series:
    first = math.floor(now) - len(values) + 1
    if holes:
        unseen = _unseen(holes, range(first, first + len(values)))
        values = [None if hidden else value for value, hidden in zip(values, unseen, strict=True)]
    return Series.model_construct(unit=unit, start=scene.at(first), step_seconds=60, values=values)


def samples_missing(scene: ProductionState, port: str, service: str, minutes: range) -> list[bool]:
    """For each of these minutes whether a port's series of a service have a hole there."""
    return _unseen(_holes(scene, port, service), minutes)


def _unseen(holes: list[Gap], minutes: range) -> list[bool]:
    return [any(hole.since <= minute < hole.until for hole in holes) for minute in minutes]
