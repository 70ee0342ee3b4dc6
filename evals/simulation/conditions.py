"""Conditions: what could be measured of a service at a minute, from what it feels and its usual noise."""

import math
from collections.abc import Callable, Iterable
from functools import wraps
from typing import NamedTuple, TypeVar, cast

from evals.simulation.course import noise, swing, time_of_day
from evals.simulation.disturbance import DisturbanceEffect
from evals.simulation.scene import Felt, ProductionState

Measured = TypeVar("Measured")


class Requests(NamedTuple):
    """The golden signals at one minute."""

    traffic: float
    error_rate: float
    latency: float
    saturation: float


class Machines(NamedTuple):
    """CPU, memory, network and disk at one minute, as shares."""

    cpu: float
    memory: float
    network: float
    disk: float


class Client(NamedTuple):
    """What browsers and apps report at one minute."""

    script_errors: float
    page_load: float


def either(shares: Iterable[float]) -> float:
    """Give the share that at least one of several independent causes hits."""
    return 1 - math.prod(1 - min(1.0, max(0.0, share)) for share in shares)


def times(felt: list[Felt], factor: Callable[[DisturbanceEffect], float]) -> float:
    """Multiply what each disturbance does to a quantity, by how much of it is felt."""
    return math.prod(1 + (factor(one.effect) - 1) * one.harm for one in felt)


def busy(scene: ProductionState, minute: float) -> float:
    """Give the load of the hour, against the hour of the alert: 1 at the alert itself."""
    hour = scene.epoch.hour + scene.epoch.minute / 60
    return time_of_day(hour + minute / 60) / time_of_day(hour)


def errors_on_top(felt: list[Felt]) -> float:
    """Give the share of requests that fail beyond the usual."""
    return either(one.effect.error_rate * one.harm for one in felt) if felt else 0.0


def slowness(felt: list[Felt]) -> float:
    """Give latency as a multiple of the usual."""
    return times(felt, lambda effect: effect.latency) if felt else 1.0


def once(
    measure: Callable[[ProductionState, str, int], Measured],
) -> Callable[[ProductionState, str, Iterable[int]], list[Measured]]:
    """Measure each of a service's minutes once, until an act may have changed it."""

    @wraps(measure)
    def known(scene: ProductionState, name: str, minutes: Iterable[int]) -> list[Measured]:
        measured = cast(dict[float, Measured], scene.measured().setdefault((measure.__name__, name), {}))
        for minute in minutes:
            if minute not in measured:
                measured[minute] = measure(scene, name, minute)
        return [measured[minute] for minute in minutes]

    return known


@once
def requests(scene: ProductionState, name: str, minute: int) -> Requests:
    """Measure the golden signals."""
    service, felt, mark = scene.services[name], scene.felt(name, minute), f"{scene.seed}/{name}"
    crowd = _crowd(felt)
    failing = errors_on_top(felt)
    failing *= 1 + 0.06 * (1 - failing) * swing(f"{mark}/failing", minute)
    error_rate = either([failing, service.error_rate * (0.6 + 0.8 * noise(f"{mark}/errors", minute))])
    latency = service.latency * slowness(felt) * (1 + 0.09 * swing(f"{mark}/latency", minute))
    saturation = service.saturation * crowd * _room(scene, name, minute) + sum(
        f.effect.saturation * f.load for f in felt
    )
    traffic = service.traffic * busy(scene, minute) * crowd * (1 + 0.05 * swing(f"{mark}/traffic", minute))
    if service.counts_requests:
        error_rate = _counted(error_rate, round(60 * traffic), f"{mark}/counted", minute)
    return Requests(traffic, error_rate, latency, _share(saturation + 0.02 * swing(f"{mark}/saturation", minute)))


@once
def machines(scene: ProductionState, name: str, minute: int) -> Machines:
    """Measure the machines below a service."""
    service, felt, mark = scene.services[name], scene.felt(name, minute), f"{scene.seed}/{name}"
    load = _crowd(felt) * _room(scene, name, minute)
    cpu = service.cpu * load * (0.8 + 0.2 * busy(scene, minute)) + sum(f.effect.cpu * f.load for f in felt)
    network = service.network * load + sum(f.effect.network * f.load for f in felt)
    memory = service.memory + sum(f.effect.memory * f.load for f in felt)
    disk = service.disk + sum(f.effect.disk * f.load for f in felt)
    return Machines(
        _share(cpu + 0.03 * swing(f"{mark}/cpu", minute)),
        _share(memory + 0.012 * swing(f"{mark}/memory", minute)),
        _share(network + 0.025 * swing(f"{mark}/network", minute)),
        _share(disk + 0.002 * swing(f"{mark}/disk", minute)),
    )


@once
def client(scene: ProductionState, name: str, minute: int) -> Client:
    """Measure what browsers and apps report. Failing requests make some pages throw, too."""
    service, felt, mark = scene.services[name], scene.felt(name, minute), f"{scene.seed}/{name}"
    thrown = either([*(f.effect.script_errors * f.harm for f in felt), 0.04 * errors_on_top(felt)])
    usual = service.script_errors * (0.7 + 0.6 * noise(f"{mark}/script", minute))
    page_load = service.page_load * times(felt, lambda effect: effect.page_load) + service.latency * (
        slowness(felt) - 1
    )
    return Client(either([thrown, usual]), page_load * (1 + 0.07 * swing(f"{mark}/page", minute)))


def share_of_users(scene: ProductionState, name: str, minute: float) -> float:
    """Give the share of active users who notice anything."""
    felt = scene.felt(name, minute)
    waiting = min(0.6, (slowness(felt) - 1.5) / 12)
    noticed = either([errors_on_top(felt), waiting, *(f.effect.script_errors * f.harm for f in felt)])
    return max([noticed, *(f.effect.users_share * f.harm for f in felt)])


def _counted(share: float, asked: int, mark: str, minute: int) -> float:
    """Give the share of a minute's whole requests that fail, where each fails with this chance."""
    if asked == 0:
        return 0.0
    return sum(noise(f"{mark}/{number}", minute) < share for number in range(asked)) / asked


def _crowd(felt: list[Felt]) -> float:
    """Give traffic as a multiple of the usual: those who gave up come back as the harm ends."""
    return math.prod(
        1 + (f.effect.traffic - 1) * (f.crowd if f.effect.traffic > 1 else f.harm)
        for f in felt
        if f.effect.traffic != 1
    )


def _room(scene: ProductionState, name: str, minute: float) -> float:
    """Give how much more each replica carries than usual."""
    return scene.services[name].replicas / max(1, scene.replicas(name, minute))


def _share(value: float) -> float:
    return min(0.995, max(0.005, value))
