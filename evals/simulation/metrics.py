"""Metrics: any series of a service, whole or split, minute by minute. Split, they are together what the whole is."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from agents.readings.production import Refusal
from agents.readings.searches import (
    MOST_SAMPLES,
    MetricQuery,
    MetricReading,
    MetricSeries,
    highest_first,
    shown,
)
from agents.tools.port import Unanswered
from evals.simulation import conditions
from evals.simulation.estate import database_health
from evals.simulation.scene import ProductionState
from evals.simulation.signals import samples_missing
from evals.simulation.splits import figures_by_part

Measure = Callable[[ProductionState, str, Iterable[int]], list[float]]


class Metric(NamedTuple):
    """One metric: how it is measured, and which other port reads it, too."""

    unit: str
    port: str
    measure: Measure


def _of(measured: Callable[[ProductionState, str, Iterable[int]], list[Any]], name: str) -> Measure:
    return lambda scene, service, minutes: [getattr(one, name) for one in measured(scene, service, minutes)]


def _database(name: str) -> Measure:
    return lambda scene, service, minutes: [
        float(getattr(database_health(scene, minute, service), name) or 0) for minute in minutes
    ]


METRICS: dict[str, Metric] = {
    "traffic": Metric("per second", "golden_signals", _of(conditions.requests, "traffic")),
    "error_rate": Metric("share", "golden_signals", _of(conditions.requests, "error_rate")),
    "latency": Metric("seconds", "golden_signals", _of(conditions.requests, "latency")),
    "saturation": Metric("share", "golden_signals", _of(conditions.requests, "saturation")),
    "cpu": Metric("share", "system_metrics", _of(conditions.machines, "cpu")),
    "memory": Metric("share", "system_metrics", _of(conditions.machines, "memory")),
    "network": Metric("share", "system_metrics", _of(conditions.machines, "network")),
    "disk": Metric("share", "system_metrics", _of(conditions.machines, "disk")),
    "script_errors": Metric("share", "client_signals", _of(conditions.client, "script_errors")),
    "page_load": Metric("seconds", "client_signals", _of(conditions.client, "page_load")),
    "connections_used": Metric("count", "database_health", _database("connections_used")),
    "slow_queries": Metric("count", "database_health", _database("slow_queries_per_minute")),
    "replication_lag": Metric("seconds", "database_health", _database("replication_lag_seconds")),
}


def ports_behind(arguments: Mapping[str, object]) -> list[str]:
    """The ports that read the same: where they have a gap, or nothing is observed, this has none to give either."""
    metric = METRICS.get(str(arguments.get("metric", "")))
    return [*([metric.port] if metric else []), *(["split_signals"] if arguments.get("by") else [])]


def query_metric(scene: ProductionState, now: float, **asked: object) -> MetricReading:
    """Raises Unanswered."""
    query = MetricQuery.model_validate(asked)
    if query.promql:
        raise _refused("not connected", f"{query.promql}: the monitoring here speaks no PromQL")
    known = _known(scene, query.service)
    if not query.metric:
        return MetricReading(service=query.service, asked=["the names of its metrics"], names=sorted(known))
    if query.metric not in known:
        raise _refused("no data", f"{query.metric} of {query.service}: no series; there is {', '.join(known)}")
    start, end = (math.floor(scene.minute(moment)) for moment in query.window(scene.at(now)))
    step = math.ceil(query.minutes / MOST_SAMPLES)
    minutes = range(end - step * max(0, (end - start) // step - 1), end + 1, step)
    parts = _parts(scene, query, minutes)
    series = [_series(scene, query, name, minutes, values) for name, values in parts.items()]
    listed = highest_first(series)
    told = f"{query.metric} of {query.service}" + (f" by {query.by}" if query.by else "")
    return MetricReading(service=query.service, asked=[told], series=listed, left_out=len(series) - len(listed))


def _known(scene: ProductionState, service: str) -> list[str]:
    """What its monitoring has of a service."""
    kind = scene.services[service].kind
    missing = {"client_signals": kind != "web", "database_health": kind != "database"}
    return [name for name, metric in METRICS.items() if not missing.get(metric.port)]


def _parts(scene: ProductionState, query: MetricQuery, minutes: range) -> dict[str, list[float | None]]:
    if not query.by:
        return {"": [*METRICS[query.metric].measure(scene, query.service, minutes)]}
    if query.metric not in ("traffic", "error_rate", "latency"):
        raise _refused("no data", f"{query.metric} of {query.service} by {query.by}: it cannot be split")
    split = figures_by_part(scene, query.service, query.by, minutes)
    if not split:
        said = f"{query.metric} of {query.service} by {query.by}: the requests carry no such label"
        raise _refused("no data", said)
    return {name: [getattr(one, query.metric) if one else None for one in row] for name, row in split.items()}


def _series(
    scene: ProductionState, query: MetricQuery, name: str, minutes: range, values: list[float | None]
) -> MetricSeries:
    metric = METRICS[query.metric]
    holes = samples_missing(scene, metric.port, query.service, minutes)
    kept = [None if hole else shown(value) for hole, value in zip(holes, values, strict=True)]
    return MetricSeries(
        name=name, unit=metric.unit, start=scene.at(minutes[0]), step_seconds=60 * minutes.step, values=kept
    )


def _refused(error: str, said: str) -> Unanswered:
    return Unanswered(Refusal.model_validate({"error": error, "said": said}))
