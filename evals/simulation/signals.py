"""Signals: golden signals, machines, clients and users, read off the conditions minute by minute."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Literal

from agents.readings.production import ClientSignals, GoldenSignals, Series, SystemMetrics, Usage
from evals.simulation import conditions
from evals.simulation.course import swing
from evals.simulation.logs import client_patterns
from evals.simulation.scene import ProductionState
from evals.simulation.world import Gap

Unit = Literal["share", "seconds", "per second", "count"]


def golden_signals(scene: ProductionState, now: float, service: str, minutes: int = 90) -> GoldenSignals:
    traffic, error_rate, latency, saturation = zip(*_requests_shown(scene, service, _window(now, minutes)), strict=True)
    series = partial(_series, scene, now, _holes(scene, "golden_signals", service))
    return GoldenSignals(
        service=service,
        traffic=series("per second", traffic),
        error_rate=series("share", error_rate),
        latency=series("seconds", latency),
        saturation=series("share", saturation),
    )


def system_metrics(scene: ProductionState, now: float, service: str, minutes: int = 90) -> SystemMetrics:
    cpu, memory, network, disk = zip(*_machines_shown(scene, service, _window(now, minutes)), strict=True)
    series = partial(_series, scene, now, _holes(scene, "system_metrics", service))
    return SystemMetrics(
        service=service,
        cpu=series("share", cpu),
        memory=series("share", memory),
        network=series("share", network),
        disk=series("share", disk),
    )


def client_signals(scene: ProductionState, now: float, service: str, minutes: int = 90) -> ClientSignals:
    script_errors, page_load = zip(*_client_shown(scene, service, _window(now, minutes)), strict=True)
    series = partial(_series, scene, now, _holes(scene, "client_signals", service))
    return ClientSignals(
        service=service,
        script_errors=series("share", script_errors),
        page_load=series("seconds", page_load),
        patterns=client_patterns(scene, now, service, minutes),
    )


def usage(scene: ProductionState, now: float, service: str) -> Usage:
    usual = scene.services[service].users
    noise = 1 + 0.01 * swing(f"{scene.seed}/{service}/users", math.floor(now))
    active = round(usual * conditions.busy(scene, now) * noise)
    affected = round(active * min(1.0, conditions.share_of_users(scene, service, now)))
    return Usage(service=service, active_users=active, affected_users=affected)


@conditions.once
def _requests_shown(scene: ProductionState, name: str, minute: int) -> tuple[float, float, float, float]:
    """The golden signals at one minute, as precisely as a backend shows them."""
    (measured,) = conditions.requests(scene, name, (minute,))
    traffic, error_rate, latency, saturation = measured
    return round(traffic, 2), round(error_rate, 5), round(latency, 4), round(saturation, 4)


@conditions.once
def _machines_shown(scene: ProductionState, name: str, minute: int) -> tuple[float, ...]:
    """The machines at one minute, in the same way."""
    (measured,) = conditions.machines(scene, name, (minute,))
    return tuple(round(share, 4) for share in measured)


@conditions.once
def _client_shown(scene: ProductionState, name: str, minute: int) -> tuple[float, float]:
    """What browsers and apps report at one minute, in the same way."""
    (measured,) = conditions.client(scene, name, (minute,))
    return round(measured.script_errors, 5), round(measured.page_load, 3)


def _window(now: float, minutes: int) -> range:
    last = math.floor(now)
    return range(last - max(1, minutes) + 1, last + 1)


def _holes(scene: ProductionState, port: str, service: str) -> list[Gap]:
    """Give the gaps that leave a hole in a service's series."""
    return [g for g in scene.world.gaps if g.answer == "no samples" and g.port == port and g.service in ("", service)]


def _series(scene: ProductionState, now: float, holes: list[Gap], unit: Unit, values: Sequence[float]) -> Series:
    first = math.floor(now) - len(values) + 1
    shown: list[float | None] = list(values)
    if holes:
        unseen = _unseen(holes, range(first, first + len(values)))
        shown = [None if hidden else value for value, hidden in zip(values, unseen, strict=True)]
    return Series.model_construct(unit=unit, start=scene.at(first), step_seconds=60, values=shown)


def samples_missing(scene: ProductionState, port: str, service: str, minutes: range) -> list[bool]:
    """For each of these minutes whether a port's series of a service have a hole there."""
    return _unseen(_holes(scene, port, service), minutes)


def _unseen(holes: list[Gap], minutes: range) -> list[bool]:
    return [any(hole.since <= minute < hole.until for hole in holes) for minute in minutes]
