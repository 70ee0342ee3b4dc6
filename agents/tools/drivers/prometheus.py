"""The Prometheus driver: golden signals, system metrics and users by range queries."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from operator import add
from pathlib import Path
from string import Template
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, Field, field_validator

from agents.io.clock import Clock
from agents.io.misspelt_keys import misspelt
from agents.io.redaction import beginning
from agents.io.settings import settings as surroundings
from agents.io.web_address import WebAddress
from agents.readings.production import (
    ClientSignals,
    DatabaseHealth,
    EndpointCheck,
    EndpointChecks,
    GoldenSignals,
    InfrastructureState,
    Machine,
    Refusal,
    Series,
    SystemMetrics,
    Usage,
)
from agents.readings.searches import MetricQuery, MetricReading
from agents.readings.splits import Dimension, Split, SplitPart, SplitSignals, split_of
from agents.tools.metric_query import MetricSearch, step_of
from agents.tools.port import Unanswered
from agents.tools.prometheus_api import LabelledSeries, PrometheusApi, Range
from agents.tools.promql import QUERIES, SPLIT_LABELS, WITHOUT_A_DEFAULT, capacity_of, that_carries

Unit = Literal["share", "seconds", "per second", "count"]
SIGNALS: dict[str, Unit] = {"traffic": "per second", "error_rate": "share", "latency": "seconds", "saturation": "share"}
CLIENT: dict[str, Unit] = {"script_errors": "share", "page_load": "seconds"}
PROBES = ("probe_success", "probe_seconds", "probe_usual_seconds", "probe_status", "probe_certificate")
SPLIT = ("split_requests", "split_failures", "split_latency")
SYSTEM: dict[str, Unit] = {"cpu": "share", "memory": "share", "network": "share", "disk": "share"}
DATABASE = {
    "connections_used": "connections_used",
    "connections_limit": "connections_limit",
    "replication_lag": "replication_lag_seconds",
    "waiting_for_locks": "waiting_for_locks",
    "longest_transaction": "longest_transaction_seconds",
    "disk": "storage_used",
    "replication_runs": "replication_runs",
    "slow_queries": "slow_queries_per_minute",
    "usual_slow_queries": "usual_slow_queries_per_minute",
    "memory_used": "memory_used",
    "evictions": "evictions_per_minute",
    "refused_connections": "refused_connections_per_minute",
    "deadlocks": "deadlocks_per_minute",
}
"""Signal -> field of the reading."""
NEARLY_FULL = 0.9
"""Share of a cache's memory from which it is told."""
RUNNING = ("up", "waiting", "unit", "killed")
RUNNING_MINUTES = 60
"""How far back it is looked for when something stopped running."""


LabelName = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]


class PrometheusSettings(BaseModel, extra="forbid"):
    """A `driver: prometheus` entry of the catalogue."""

    driver: str = "prometheus"
    url: WebAddress
    queries: dict[str, str] = {}
    """PromQL by signal, with $service, $selector, $errors and $window, in splits $labels; an empty one takes a default
    away."""
    selector: str = 'service="$service"'
    errors: str = 'code=~"5.."'
    """The label that marks a failed request."""
    container: str = 'container="$service"'
    """Selects the service's containers in what cAdvisor and kube-state-metrics say."""
    volume: str = 'persistentvolumeclaim=~"(.*-)?$service(-.*)?"'
    """Selects the service's volumes in what the kubelet says."""
    machine: str = 'service="$service"'
    """Selects the service's machines in what node_exporter says; `instance=~"db.*"`, for example."""
    probe: str = 'service="$service"'
    """Selects the service's probes in what blackbox_exporter says; `instance=~"https://shop.*"`, for example."""
    splits: dict[Dimension, list[LabelName]] = {}
    """By what requests are split -> the labels that name it, the first that a series has; an empty list: not at all."""
    step_seconds: float | None = Field(default=None, ge=1)
    """Between two samples; unless given, a minute of the runbook."""
    window_seconds: float | None = Field(default=None, ge=1)
    """Over which rates are taken; unless given, two steps and at least a minute."""
    seconds: float = 10
    """How long one query may take."""
    bearer_token_file: Path | None = None

    @field_validator("queries")
    @classmethod
    def signals_are_spelt_as_they_are_asked_for(cls, queries: dict[str, str]) -> dict[str, str]:
        for signal in queries:
            if near := misspelt(signal, [*QUERIES, *WITHOUT_A_DEFAULT]):
                raise ValueError(f"there is no signal {signal}; {near}")
        return queries


class Up(NamedTuple):
    """Whether an instance runs, over a range: by its scrape (`up`), or by what its exporter says (`redis_up`)."""

    name: str
    instance: str
    values: list[float | None]


class Prometheus:
    """Asks a Prometheus server, or anything that speaks its HTTP API."""

    also_answers = ("infrastructure_state", "database_health")
    """Ports that it answers where the catalogue names nothing else for them."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = PrometheusSettings.model_validate(settings)
        self._clock = clock
        entry = self._settings
        self._api = PrometheusApi(entry.url, clock, entry.seconds, entry.bearer_token_file)

    async def golden_signals(self, service: str, minutes: int = 90) -> GoldenSignals:
        of = capacity_of(self._query(service, "saturation", self._range(minutes)))
        return GoldenSignals(service=service, saturation_of=of, **await self._all_series(service, SIGNALS, minutes))

    async def system_metrics(self, service: str, minutes: int = 90) -> SystemMetrics:
        return SystemMetrics(service=service, **await self._all_series(service, SYSTEM, minutes))

    async def check_endpoints(self, service: str) -> EndpointChecks:
        """What blackbox_exporter's probes found when they asked last: from outside, where that is where it runs."""
        span = self._range(1)
        found = await self._ask_all(service, list(PROBES), span)
        if not found.get("probe_success"):
            raise self._no_data(service, PROBES, span)
        known = {signal: {s.labels.get("instance", ""): s.latest for s in series} for signal, series in found.items()}
        checks = [_probed(target, known) for target, value in known["probe_success"].items() if value is not None]
        if not checks:
            raise self._no_data(service, ["probe_success"], span)
        return EndpointChecks(service=service, checks=checks)

    async def client_signals(self, service: str, minutes: int = 90) -> ClientSignals:
        """What browsers report, where a counter of their errors, of page views and a histogram of page loads say it."""
        return ClientSignals(service=service, patterns=[], **await self._all_series(service, CLIENT, minutes))

    async def split_signals(self, service: str, minutes: int = 10) -> SplitSignals:
        """The requests by each label that they carry; what cannot be asked is told and does not hide the rest."""
        wanted: dict[Dimension, list[str]] = {**SPLIT_LABELS, **self._settings.splits}
        labels: dict[Dimension, list[str]] = {by: names for by, names in wanted.items() if names}
        asked = [self._split(service, by, names, minutes) for by, names in labels.items()]
        answers = await asyncio.gather(*asked)
        refused = {by: answer for by, answer in zip(labels, answers, strict=True) if isinstance(answer, Refusal)}
        splits = [answer for answer in answers if isinstance(answer, Split)]
        if not splits:
            raise Unanswered(next(iter(refused.values()), _no_query(service, ["split_requests"])))
        unseen = [f"{by}: {beginning(refusal.said, 300)}" for by, refusal in refused.items()]
        return SplitSignals(service=service, minutes=minutes, splits=splits, unseen=unseen)

    async def query_metric(self, **asked: Any) -> MetricReading:
        """One signal or metric, or an expression of whoever asks."""
        query, entry, minute = MetricQuery.model_validate(asked), self._settings, surroundings().minute_seconds
        start, end = query.window(self._clock.now(), minute)
        step = step_of(query.minutes, minute, entry.step_seconds or minute)
        end = end.replace(microsecond=0)
        samples = max(1, round((end - start).total_seconds() / step))
        span = Range(end - timedelta(seconds=step * (samples - 1)), end, step)
        labels: dict[Dimension, list[str]] = {**SPLIT_LABELS, **entry.splits}
        return await MetricSearch(self._api, self._query, labels, entry.errors).answer(query, span)

    async def _split(self, service: str, by: Dimension, labels: list[str], minutes: int) -> Split | Refusal:
        """The requests by one dimension, or why that cannot be told."""
        span = self._range(1)
        facts = {"labels": ",".join(labels), "window": f"{round(minutes * surroundings().minute_seconds)}s"}
        asked = {signal: self._query(service, signal, span, facts) for signal in SPLIT}
        asked = {signal: query for signal, query in asked.items() if query}
        if "split_requests" not in asked:
            return _no_query(service, ["split_requests"])
        try:
            found = dict(zip(asked, await self._api.ask(list(asked.values()), span), strict=True))
        except Unanswered as unanswered:
            return unanswered.refusal
        if not found["split_requests"]:
            return self._no_data(service, ["split_requests"], span).refusal
        parts = _parts(labels, found)
        if parts:
            return split_of(by, parts)
        said = f"the requests of {service} carry none of the labels {', '.join(labels)}"
        return Refusal(error="no data", said=said)

    async def infrastructure_state(self, service: str) -> InfrastructureState:
        """The instances as they are scraped and as their exporters reach them, containers that do not start, units that
        do not run, and the starts in the last hour.

        How many there should be is not known to it: those that are scraped count. Where none is any more, their targets
        may have been removed while they run: whether they do is not known.
        """
        span = self._range(RUNNING_MINUTES)
        found, restarts = await asyncio.gather(
            self._ask_all(service, list(RUNNING), span), self._latest(service, ["restarts"], self._range(1))
        )
        ups = [_up(series) for series in found.get("up", [])]
        scraped = [up for up in ups if up.values[-1] is not None]
        down = [stopped for up in scraped if (stopped := _stopped(up, span))]
        down += [_kept_from_running(one, span, "waiting") for one in found.get("waiting", []) if one.latest]
        down += [_kept_from_running(one, span, "unit") for one in found.get("unit", []) if one.latest]
        names = {up.instance for up in scraped} | {machine.name for machine in down}
        if not names:
            raise _no_longer_scraped(service, ups) if ups else self._no_data(service, RUNNING, span)
        stopped = list({machine.name: machine for machine in reversed(down)}.values())[::-1]
        return InfrastructureState(
            service=service,
            replicas_wanted=len(names),
            replicas_ready=len(names) - len(stopped),
            replicas_limit=None,
            restarts_last_hour=round(restarts.get("restarts", 0)),
            standby=None,
            machines=stopped,
            events=[_killed(one) for one in found.get("killed", []) if one.latest],
        )

    async def database_health(self, service: str) -> DatabaseHealth:
        """What the exporter of a database or cache says; a service that has none of its metrics has no data."""
        span = self._range(1)
        known = await self._latest(service, list(DATABASE), span)
        if not known.keys() - {"disk"}:
            raise self._no_data(service, DATABASE, span)
        readings = {DATABASE[signal]: round(value, 3) for signal, value in known.items()}
        read = DatabaseHealth.model_validate({"service": service, "database": service, **readings})
        return read.model_copy(update={"note": _in_trouble(read)})

    async def usage(self, service: str) -> Usage:
        """Needs the queries `active_users` and `affected_users`."""
        span, asked = self._range(1), ["active_users", "affected_users"]
        users = await self._latest(service, asked, span)
        if set(users) != set(asked):
            raise self._no_data(service, asked, span)
        return Usage(service=service, **{signal: round(value) for signal, value in users.items()})

    async def _all_series(self, service: str, units: Mapping[str, Unit], minutes: int) -> dict[str, Series]:
        """One series per signal; a signal without a query, or that nothing is known of, has None throughout."""
        span = self._range(minutes)
        found = await self._ask_all(service, list(units), span)
        if not any(found.values()):
            raise self._no_data(service, units, span)
        blank: list[float | None] = [None] * span.samples
        return {
            signal: Series(
                unit=unit,
                start=span.start,
                step_seconds=round(span.step),
                values=found[signal][0].values if found.get(signal) else blank,
            )
            for signal, unit in units.items()
        }

    async def _latest(self, service: str, signals: list[str], span: Range) -> dict[str, float]:
        """The latest value of each signal that has one."""
        found = await self._ask_all(service, signals, span)
        latest = {signal: series[0].latest for signal, series in found.items() if series}
        return {signal: value for signal, value in latest.items() if value is not None}

    def _range(self, minutes: int) -> Range:
        """The last minutes of the runbook up to now: one sample each, never more than one a second."""
        entry, minute = self._settings, surroundings().minute_seconds
        step = round(max(1.0, entry.step_seconds or minute))
        end = self._clock.now().replace(microsecond=0)
        samples = max(1, round(minutes * minute / step))
        return Range(end - timedelta(seconds=step * (samples - 1)), end, step)

    def _query(self, service: str, signal: str, span: Range, more: Mapping[str, str] | None = None) -> str:
        entry = self._settings
        window = entry.window_seconds or max(60.0, 2 * span.step)
        facts = {"service": service, "errors": entry.errors, "marked": that_carries(entry.errors)}
        facts |= {"window": f"{round(window)}s", **(more or {})}
        for name in ("selector", "container", "volume", "machine", "probe"):
            facts[name] = Template(getattr(entry, name)).safe_substitute(facts)
        queries = {**QUERIES, **entry.queries, "as_written": facts.pop("as_written", "")}
        return Template(queries.get(signal, "")).safe_substitute(facts)

    async def _ask_all(self, service: str, signals: list[str], span: Range) -> dict[str, list[LabelledSeries]]:
        """The series of each signal that has a query."""
        queries = {signal: query for signal in signals if (query := self._query(service, signal, span))}
        answers = await self._api.ask(list(queries.values()), span)
        return dict(zip(queries, answers, strict=True))

    def _no_data(self, service: str, signals: Iterable[str], span: Range) -> Unanswered:
        asked = [query for signal in signals if (query := self._query(service, signal, span))]
        if asked:
            return self._api.unanswered("no data", "; ".join(asked), span, "no series")
        return Unanswered(_no_query(service, signals))


def _no_query(service: str, signals: Iterable[str]) -> Refusal:
    said = f"{', '.join(signals)} of {service}: the catalogue gives no query for any of them"
    return Refusal(error="not connected", said=said)


def _parts(labels: Sequence[str], found: Mapping[str, list[LabelledSeries]]) -> list[SplitPart]:
    """The requests by the first of the labels that their series carry; empty where none carries any."""
    counts: dict[str, dict[str, float]] = {}
    for signal, series in found.items():
        for one in series:
            name = next((one.labels[label] for label in labels if one.labels.get(label)), "")
            values = counts.setdefault(name, {})
            both = max if signal == "split_latency" else add
            values[signal] = both(values.get(signal, 0.0), one.latest or 0.0)
    if not counts.get("", {}).get("split_requests"):  # the seconds alone may lack the label
        counts.pop("", None)
    if not any(counts):
        return []
    return [_part(name or "(not given)", values) for name, values in counts.items()]


def _part(name: str, values: Mapping[str, float]) -> SplitPart:
    failed = round(values.get("split_failures", 0))
    return SplitPart(
        name=beginning(name, 100),
        requests=max(failed, round(values.get("split_requests", 0))),
        failed=failed,
        latency=round(values["split_latency"], 4) if values.get("split_latency") else None,
    )


def _up(series: LabelledSeries) -> Up:
    labels = series.labels
    return Up(labels.get("__name__", "up"), labels.get("pod") or labels.get("instance", ""), series.values)


def _stopped(up: Up, span: Range) -> Machine | None:
    """An instance that does not run, and since when; None where it runs."""
    if up.values[-1]:
        return None
    running = [index for index, value in enumerate(up.values) if value]
    since = span.at(running[-1] + 1) if running else None
    is_own = up.name == "up"
    reason = "it does not answer its scrape: up is 0" if is_own else f"its exporter does not reach it: {up.name} is 0"
    return Machine(name=up.instance or "it", ready=False, reason=reason, since=since)


def _no_longer_scraped(service: str, ups: Sequence[Up]) -> Unanswered:
    gone = ", ".join(sorted({up.instance or up.name for up in ups}))
    said = f"infrastructure_state of {service}: whether it runs is not known, its targets are no longer scraped: {gone}"
    return Unanswered(Refusal(error="no data", said=beginning(said, 2000)))


def _kept_from_running(series: LabelledSeries, span: Range, what: str) -> Machine:
    """A container that waits, by kube-state-metrics, or a unit that does not run, by node_exporter; and since when."""
    labels = series.labels
    running = [index for index, value in enumerate(series.values) if not value]
    since = span.at(running[-1] + 1) if running else None
    if what == "unit":
        said = f"its systemd unit {labels.get('name', '')} is {labels.get('state', 'not active')}"
        return Machine(name=labels.get("instance", "it"), ready=False, reason=beginning(said, 200), since=since)
    said = f"its container {labels.get('container', '')} does not start: {labels.get('reason', 'no reason given')}"
    return Machine(name=labels.get("pod") or "it", ready=False, reason=beginning(said, 200), since=since)


def _killed(series: LabelledSeries) -> str:
    labels = series.labels
    said = f"{labels.get('pod', 'a pod')}: container {labels.get('container', '')} was ended in the last hour"
    return beginning(f"{said}: {labels.get('reason', 'no reason given')}", 200)


def _in_trouble(read: DatabaseHealth) -> str:
    """What no other figure of it tells, as far as it is not as it should be."""
    told = {
        f"memory {100 * (read.memory_used or 0):.1f} % of its limit": (read.memory_used or 0) >= NEARLY_FULL,
        f"{read.evictions_per_minute or 0:.0f} entries a minute evicted": (read.evictions_per_minute or 0) >= 1,
        f"{read.refused_connections_per_minute or 0:.0f} connections a minute refused": (
            (read.refused_connections_per_minute or 0) >= 1
        ),
        f"{read.deadlocks_per_minute or 0:.0f} deadlocks a minute": (read.deadlocks_per_minute or 0) >= 1,
        "its replication does not run": read.replication_runs is False,
    }
    return "; ".join(text for text, is_so in told.items() if is_so)


def _probed(target: str, known: Mapping[str, Mapping[str, float | None]]) -> EndpointCheck:
    """One probe's last answer. It does not say why it failed; an expired certificate is told by its date."""
    ok = bool(known["probe_success"][target])
    status = known.get("probe_status", {}).get(target)
    days = known.get("probe_certificate", {}).get(target)
    fault = "" if ok else "its certificate has expired" if days is not None and days <= 0 else "the probe failed"
    return EndpointCheck(
        endpoint=target or "probe",
        ok=ok,
        status=round(status) if status else None,
        seconds=round(known.get("probe_seconds", {}).get(target) or 0, 4),
        usual_seconds=known.get("probe_usual_seconds", {}).get(target) or None,
        error=fault,
    )
