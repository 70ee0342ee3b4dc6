"""Signals: golden signals, machines, clients and users, read off the conditions minute by minute."""

import math
from typing import Any, Literal

from agents.readings.production import ClientSignals, GoldenSignals, Series, SystemMetrics, Usage
from evals.simulation import conditions
from evals.simulation.logs import client_patterns
from evals.simulation.noise import swing
from evals.simulation.scene import ProductionState

Unit = Literal["share", "seconds", "per second", "count"]


def golden_signals(scene: ProductionState, now: float, service: str, minutes: int = 90) -> GoldenSignals:
    samples = conditions.requests(scene, service, _window(now, minutes))
    return GoldenSignals(
        service=service,
        traffic=_series(scene, now, "per second", [round(s.traffic, 2) for s in samples]),
        error_rate=_series(scene, now, "share", [round(s.error_rate, 5) for s in samples]),
        latency=_series(scene, now, "seconds", [round(s.latency, 4) for s in samples]),
        saturation=_series(scene, now, "share", [round(s.saturation, 4) for s in samples]),
    )


def system_metrics(scene: ProductionState, now: float, service: str, minutes: int = 90) -> SystemMetrics:
    samples = conditions.machines(scene, service, _window(now, minutes))
    return SystemMetrics(
        service=service,
        cpu=_series(scene, now, "share", [round(s.cpu, 4) for s in samples]),
        memory=_series(scene, now, "share", [round(s.memory, 4) for s in samples]),
        network=_series(scene, now, "share", [round(s.network, 4) for s in samples]),
        disk=_series(scene, now, "share", [round(s.disk, 4) for s in samples]),
    )


def client_signals(scene: ProductionState, now: float, service: str, minutes: int = 90) -> ClientSignals:
    samples = conditions.client(scene, service, _window(now, minutes))
    return ClientSignals(
        service=service,
        script_errors=_series(scene, now, "share", [round(s.script_errors, 5) for s in samples]),
        page_load=_series(scene, now, "seconds", [round(s.page_load, 3) for s in samples]),
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


def _series(scene: ProductionState, now: float, unit: Unit, values: list[Any]) -> Series:
    start = scene.at(math.floor(now) - len(values) + 1)
    return Series.model_construct(unit=unit, start=start, step_seconds=60, values=values)
