"""Splits: how the requests of a service are spread over instances, versions, endpoints, regions and tenants, and which
of these suffer. Together they are what the golden signals say."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from agents.readings.searches import SplitLabel
from agents.readings.splits import Dimension, Split, SplitPart, SplitSignals, split_of
from evals.simulation import conditions
from evals.simulation.conditions import either, slowness
from evals.simulation.scene import Felt, ProductionState

TIMED_OUT_FROM = 2
"""Times the usual seconds from which a failed request is one that timed out."""
BY: tuple[Dimension, ...] = ("instance", "version", "endpoint", "region", "tenant")


class Whole(NamedTuple):
    """All requests of a service in one minute."""

    minute: int
    requests: float
    failed: float


def split_signals(scene: ProductionState, now: float, service: str, minutes: int = 10) -> SplitSignals:
    last = math.floor(now)
    window = range(last - max(1, minutes) + 1, last + 1)
    samples = conditions.requests(scene, service, window)
    wholes = [
        Whole(minute, 60 * sample.traffic, 60 * sample.traffic * sample.error_rate)
        for minute, sample in zip(window, samples, strict=True)
    ]
    spread = scene.services[service].splits
    splits = [_split(scene, service, by, wholes) for by in spread]
    unseen = [f"{by}: the requests carry no such label" for by in BY if by not in spread]
    return SplitSignals(service=service, minutes=minutes, splits=splits, unseen=unseen)


class Figures(NamedTuple):
    """The requests of one part in one minute."""

    traffic: float
    error_rate: float
    latency: float


def figures_by_part(
    scene: ProductionState, service: str, by: SplitLabel, minutes: range
) -> dict[str, list[Figures | None]]:
    """The requests by version, instance, endpoint and so on, minute by minute; None where a part was not there.

    Where the world does not spread them by version, instance or endpoint, they are spread evenly over what there was.
    """
    rows = [_figures_of(scene, service, by, minute) for minute in minutes]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [row.get(name) for row in rows] for name in names}


def _figures_of(scene: ProductionState, service: str, by: SplitLabel, minute: int) -> dict[str, Figures]:
    (whole,), felt = conditions.requests(scene, service, [minute]), scene.felt(service, minute)
    if by == "status":
        status = "503" if slowness(felt) > TIMED_OUT_FROM else "500"
        shares = {"200": 1 - whole.error_rate, status: whole.error_rate}
        return {name: Figures(whole.traffic * share, 0, 0) for name, share in shares.items()}
    if not by:
        return {}
    if by == "endpoint" and by not in scene.services[service].splits:
        felt = [_on_its_endpoints(one) for one in felt]
    spread = _spread(scene, service, by, minute)
    usual = scene.services[service].error_rate
    asked = _asked(felt, by, spread)
    failing = {name: share * (usual + _failing(felt, by, name, spread)) for name, share in asked.items()}
    noise = whole.latency / slowness(felt)
    return {
        name: Figures(
            traffic=whole.traffic * share,
            error_rate=min(1.0, whole.error_rate * failing[name] / (sum(failing.values()) or 1) / share),
            latency=noise * slowness(_hits(felt, by, name)),
        )
        for name, share in asked.items()
    }


def _on_its_endpoints(one: Felt) -> Felt:
    """What hits some endpoints of a service, told as what hits some parts of a split."""
    if not one.effect.endpoints:
        return one
    only = {**one.effect.only, "endpoint": one.effect.endpoints}
    return one._replace(effect=one.effect.model_copy(update={"only": only}))


def _spread(scene: ProductionState, service: str, by: Dimension, minute: int) -> dict[str, float]:
    known = scene.services[service]
    if by in known.splits:
        return known.splits[by]
    match by:
        case "version":
            names = [version] if (version := scene.running(service, minute)) else []
        case "instance":
            names = instances(scene, service, minute)
        case "endpoint":
            names = known.endpoints
        case _:
            names = []
    return {name: 1 / len(names) for name in names}


def instances(scene: ProductionState, service: str, minute: float) -> list[str]:
    """The names of a service's instances, as its requests are split by them, or one for each replica."""
    spread = scene.services[service].splits.get("instance")
    return list(spread or (f"{service}-{number}" for number in range(scene.replicas(service, minute))))


def _split(scene: ProductionState, service: str, by: Dimension, wholes: list[Whole]) -> Split:
    spread = scene.services[service].splits[by]
    failed, requests = dict.fromkeys(spread, 0.0), dict.fromkeys(spread, 0.0)
    for whole in wholes:
        felt = scene.felt(service, whole.minute)
        usual = scene.services[service].error_rate
        asked = _asked(felt, by, spread)
        weights = {name: asked[name] * (usual + _failing(felt, by, name, spread)) for name in spread}
        for name, weight in weights.items():
            requests[name] += whole.requests * asked[name]
            failed[name] += whole.failed * weight / (sum(weights.values()) or 1)
    now = scene.felt(service, wholes[-1].minute)
    return split_of(
        by,
        [
            SplitPart(
                name=name,
                requests=round(requests[name]),
                failed=min(round(requests[name]), round(failed[name])),
                latency=round(scene.services[service].latency * slowness(_hits(now, by, name)), 4),
            )
            for name in spread
        ],
    )


def _asked(felt: list[Felt], by: Dimension, spread: dict[str, float]) -> dict[str, float]:
    """The share of the requests that each part sends: a crowd that comes from a few makes theirs the larger."""
    weights = dict(spread)
    for one in felt:
        crowd = [name for name in one.effect.crowd_from.get(by, []) if one.crowd and one.effect.traffic > 1]
        more = (one.effect.traffic - 1) * one.crowd / (sum(spread[name] for name in crowd) or 1)
        for name in crowd:
            weights[name] += more * spread[name]
    whole = sum(weights.values())
    return {name: weight / whole for name, weight in weights.items()}


def _failing(felt: list[Felt], by: Dimension, name: str, spread: dict[str, float]) -> float:
    """The share of a part's requests that fail beyond the usual: what hits a few parts only hits them the harder."""
    return either(
        one.effect.error_rate * one.harm / (sum(spread[hit] for hit in _hit_by(one, by, spread)) or 1)
        for one in _hits(felt, by, name)
    )


def _hits(felt: list[Felt], by: Dimension, name: str) -> list[Felt]:
    """What hits this part. A caller of what is hit does not feel which part of it that was."""
    return [one for one in felt if name in _hit_by(one, by, [name])]


def _hit_by(one: Felt, by: Dimension, everything: Iterable[str]) -> Iterable[str]:
    is_itself = one.load > 0
    return one.effect.only.get(by, everything) if is_itself else everything
