"""The Prometheus driver: golden signals, system metrics and users by range queries."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import isfinite
from pathlib import Path
from string import Template
from typing import Any, Literal, NamedTuple

import httpx2
from pydantic import BaseModel, Field

from agents.io.clock import Clock, outside
from agents.io.outside_text import read_json
from agents.io.redaction import beginning
from agents.io.settings import settings as surroundings
from agents.io.web_address import WebAddress
from agents.readings.production import (
    DatabaseHealth,
    GoldenSignals,
    InfrastructureState,
    Machine,
    Refusal,
    Series,
    SystemMetrics,
    Usage,
)
from agents.tools.port import Unanswered

Unit = Literal["share", "seconds", "per second", "count"]
SIGNALS: dict[str, Unit] = {"traffic": "per second", "error_rate": "share", "latency": "seconds", "saturation": "share"}
SYSTEM: dict[str, Unit] = {"cpu": "share", "memory": "share", "network": "share", "disk": "share"}
DATABASE = {
    "connections_used": "connections_used",
    "connections_limit": "connections_limit",
    "replication_lag": "replication_lag_seconds",
    "waiting_for_locks": "waiting_for_locks",
    "longest_transaction": "longest_transaction_seconds",
    "disk": "storage_used",
}
"""Signal -> field of the reading."""
RUNNING_MINUTES = 60
"""How far back it is looked for when something stopped running."""
QUERIES = {
    "traffic": "sum(rate(http_requests_total{$selector}[$window]))",
    "error_rate": (
        "(sum(rate(http_requests_total{$selector,$errors}[$window])) or vector(0))"
        " / sum(rate(http_requests_total{$selector}[$window]))"
    ),
    "latency": (
        "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{$selector}[$window])))"
    ),
    "saturation": "max(process_open_fds{$selector} / process_max_fds{$selector})",
    "cpu": (
        "avg(rate(process_cpu_seconds_total{$selector}[$window]))"
        " or avg(rate(container_cpu_usage_seconds_total{$container}[$window]))"
        ' or avg(1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle",$machine}[$window])))'
    ),
    "memory": (
        "max(container_memory_working_set_bytes{$container} / (container_spec_memory_limit_bytes{$container} > 0))"
        " or max(1 - node_memory_MemAvailable_bytes{$machine} / node_memory_MemTotal_bytes{$machine})"
    ),
    "disk": (
        "max(kubelet_volume_stats_used_bytes{$volume} / kubelet_volume_stats_capacity_bytes{$volume})"
        ' or max(1 - node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs",$machine}'
        ' / node_filesystem_size_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs",$machine})'
    ),
    "up": '{__name__=~"up|(pg|mysql|redis|mongodb|rabbitmq|memcached|haproxy|nginx)_up",$selector}',
    "restarts": (
        "sum(changes(pg_postmaster_start_time_seconds{$selector}[1h]))"
        " or sum(resets(redis_uptime_in_seconds{$selector}[1h]))"
        " or sum(resets(mysql_global_status_uptime{$selector}[1h]))"
        " or sum(changes(process_start_time_seconds{$selector}[1h]))"
        " or sum(increase(kube_pod_container_status_restarts_total{$container}[1h]))"
    ),
    "connections_used": (
        "sum(pg_stat_activity_count{$selector}) or sum(mysql_global_status_threads_connected{$selector})"
        " or sum(redis_connected_clients{$selector})"
    ),
    "connections_limit": (
        "max(pg_settings_max_connections{$selector}) or max(mysql_global_variables_max_connections{$selector})"
        " or max(redis_config_maxclients{$selector})"
    ),
    "replication_lag": (
        "max(pg_replication_lag_seconds{$selector}) or max(pg_replication_lag{$selector})"
        " or max(mysql_slave_status_seconds_behind_master{$selector})"
    ),
    "waiting_for_locks": (
        'sum(pg_stat_activity_count{wait_event_type="Lock",$selector}) or sum(pg_locks_waiting{$selector})'
        " or sum(mysql_global_status_innodb_row_lock_current_waits{$selector})"
    ),
    "longest_transaction": "max(pg_stat_activity_max_tx_duration{$selector})",
}
"""PromQL by signal, in the names of client libraries, cAdvisor, the kubelet, and node, database and cache exporters.

Where the exporter is not there, or its labels are others, a query finds nothing, and nothing is claimed.
"""


class PrometheusSettings(BaseModel, extra="forbid"):
    """A `driver: prometheus` entry of the catalogue."""

    driver: str = "prometheus"
    url: WebAddress
    queries: dict[str, str] = {}
    """PromQL by signal, with $service, $selector, $errors and $window; an empty one takes a default away."""
    selector: str = 'service="$service"'
    errors: str = 'code=~"5.."'
    """The label that marks a failed request."""
    container: str = 'container="$service"'
    """Selects the service's containers in what cAdvisor and kube-state-metrics say."""
    volume: str = 'persistentvolumeclaim=~"(.*-)?$service(-.*)?"'
    """Selects the service's volumes in what the kubelet says."""
    machine: str = 'service="$service"'
    """Selects the service's machines in what node_exporter says; `instance=~"db.*"`, for example."""
    step_seconds: float | None = Field(default=None, ge=1)
    """Between two samples; unless given, a minute of the runbook."""
    window_seconds: float | None = Field(default=None, ge=1)
    """Over which rates are taken; unless given, two steps and at least a minute."""
    seconds: float = 10
    """How long one query may take."""
    bearer_token_file: Path | None = None


class Range(NamedTuple):
    """Evenly spaced moments, both ends included."""

    start: datetime
    end: datetime
    step: float

    @property
    def samples(self) -> int:
        return round((self.end - self.start).total_seconds() / self.step) + 1

    def __str__(self) -> str:
        return f"{self.start.isoformat()} to {self.end.isoformat()} every {self.step:g} s"


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

    async def golden_signals(self, service: str, minutes: int = 90) -> GoldenSignals:
        return GoldenSignals(service=service, **await self._all_series(service, SIGNALS, minutes))

    async def system_metrics(self, service: str, minutes: int = 90) -> SystemMetrics:
        return SystemMetrics(service=service, **await self._all_series(service, SYSTEM, minutes))

    async def infrastructure_state(self, service: str) -> InfrastructureState:
        """The instances as they are scraped and as their exporters reach them, and their starts in the last hour.

        How many there should be is not known to it: those that are scraped count, and where none is any more, those
        that were.
        """
        span = self._range(RUNNING_MINUTES)
        ups, starts = await outside(self._clock, self._running(service, span))
        if not ups:
            raise self._no_data(service, {"up": None}, span)
        scraped = [up for up in ups if up.values[-1] is not None]
        down = [stopped for up in scraped or ups if (stopped := _stopped(up, span))]
        names = {up.instance for up in scraped or ups}
        stopped = list({machine.name: machine for machine in down}.values())
        return InfrastructureState(
            service=service,
            replicas_wanted=len(names),
            replicas_ready=len(names) - len(stopped),
            replicas_limit=None,
            restarts_last_hour=round(starts),
            standby=None,
            machines=stopped,
            events=[],
        )

    async def _running(self, service: str, span: Range) -> tuple[list[Up], float]:
        """What says whether each instance runs, and how often they were started in the last hour."""
        async with self._client() as client:
            ups, starts = await asyncio.gather(
                self._series(client, self._query(service, "up", span.step), span),
                self._series(client, self._query(service, "restarts", span.step), self._range(1)),
            )
        told = [Up(s["metric"].get("__name__", "up"), s["metric"].get("instance", ""), s["values"]) for s in ups]
        last = [value for s in starts for value in s["values"][-1:] if value is not None]
        return told, sum(last)

    async def database_health(self, service: str) -> DatabaseHealth:
        """What the exporter of a database or cache says; a service that has none of its metrics has no data."""
        span = self._range(1)
        found = await self._ask_all(service, list(DATABASE), span)
        known = {signal: samples[-1] for signal, samples in found.items() if samples and samples[-1] is not None}
        if not known.keys() - {"disk"}:
            raise self._no_data(service, found, span)
        readings = {DATABASE[signal]: round(value, 3) for signal, value in known.items()}
        return DatabaseHealth.model_validate({"service": service, "database": service, **readings})

    async def usage(self, service: str) -> Usage:
        """Needs the queries `active_users` and `affected_users`."""
        span = self._range(1)
        found = await self._ask_all(service, ["active_users", "affected_users"], span)
        users = {signal: samples[-1] for signal, samples in found.items() if samples and samples[-1] is not None}
        if set(users) != {"active_users", "affected_users"}:
            raise self._no_data(service, found, span)
        return Usage(service=service, **{signal: round(value) for signal, value in users.items()})

    async def _all_series(self, service: str, units: Mapping[str, Unit], minutes: int) -> dict[str, Series]:
        """One series per signal; a signal without a query, or that nothing is known of, has None throughout."""
        span = self._range(minutes)
        found = await self._ask_all(service, list(units), span)
        if not any(found.values()):
            raise self._no_data(service, found, span)
        blank: list[float | None] = [None] * span.samples
        step = round(span.step)
        return {
            signal: Series(unit=unit, start=span.start, step_seconds=step, values=found.get(signal) or blank)
            for signal, unit in units.items()
        }

    def _range(self, minutes: int) -> Range:
        """The last minutes of the runbook up to now: one sample each, never more than one a second."""
        entry, minute = self._settings, surroundings().minute_seconds
        step = round(max(1.0, entry.step_seconds or minute))
        end = self._clock.now().replace(microsecond=0)
        samples = max(1, round(minutes * minute / step))
        return Range(end - timedelta(seconds=step * (samples - 1)), end, step)

    def _query(self, service: str, signal: str, step: float) -> str:
        entry = self._settings
        window = entry.window_seconds or max(60.0, 2 * step)
        facts = {"service": service, "errors": entry.errors, "window": f"{round(window)}s"}
        for name in ("selector", "container", "volume", "machine"):
            facts[name] = Template(getattr(entry, name)).safe_substitute(facts)
        return Template({**QUERIES, **entry.queries}.get(signal, "")).safe_substitute(facts)

    async def _ask_all(self, service: str, signals: list[str], span: Range) -> dict[str, list[float | None] | None]:
        queries = {signal: query for signal in signals if (query := self._query(service, signal, span.step))}
        if not queries:
            said = f"{', '.join(signals)} of {service}: the catalogue gives no query for any of them"
            raise Unanswered(Refusal(error="not connected", said=said))
        answers = await outside(self._clock, self._fetch(list(queries.values()), span))
        return dict(zip(queries, answers, strict=True))

    async def _fetch(self, queries: list[str], span: Range) -> list[list[float | None] | None]:
        async with self._client() as client:
            return await asyncio.gather(*(self._fetch_one(client, query, span) for query in queries))

    def _client(self) -> httpx2.AsyncClient:
        # The environment is read in settings.py only: no proxy is taken from it behind our back.
        return httpx2.AsyncClient(
            transport=httpx2.AsyncHTTPTransport(retries=2, trust_env=False),
            timeout=self._settings.seconds,
            headers=self._headers(),
            trust_env=False,
        )

    def _headers(self) -> dict[str, str]:
        token = self._settings.bearer_token_file
        return {"Authorization": f"Bearer {token.read_text().strip()}"} if token else {}

    async def _fetch_one(self, client: httpx2.AsyncClient, query: str, span: Range) -> list[float | None] | None:
        """The samples of a query's first series; None where it has none."""
        series = await self._series(client, query, span)
        return series[0]["values"] if series else None

    async def _series(self, client: httpx2.AsyncClient, query: str, span: Range) -> list[dict[str, Any]]:
        """All series of a query: their labels (`metric`) and one of `values` per moment of the range."""
        series = await self._get(client, query, span)
        try:
            return [{"metric": one.get("metric", {}), "values": _samples(one["values"], span)} for one in series]
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise self._unanswered("failed", query, span, f"not Prometheus' JSON: {series}") from error

    async def _get(self, client: httpx2.AsyncClient, query: str, span: Range) -> list[Any]:
        """Ask for a range; gives the result's series."""
        asked = {"query": query, "start": span.start.timestamp(), "end": span.end.timestamp(), "step": span.step}
        try:
            response = await client.get(f"{self._settings.url.rstrip('/')}/api/v1/query_range", params=asked)
        except httpx2.TimeoutException as error:
            raise self._unanswered("timeout", query, span, f"nothing within {self._settings.seconds:g} s") from error
        except httpx2.HTTPError as error:
            raise self._unanswered("failed", query, span, f"{type(error).__name__}: {error}") from error
        if not response.is_success:
            raise self._unanswered("failed", query, span, f"HTTP {response.status_code}: {response.text}")
        try:
            return read_json(response.content)["data"]["result"]
        except (KeyError, TypeError, ValueError) as error:
            raise self._unanswered("failed", query, span, f"not Prometheus' JSON: {response.text}") from error

    def _unanswered(
        self, error: Literal["timeout", "failed", "no data"], query: str, span: Range, answer: str
    ) -> Unanswered:
        said = f"asked {self._settings.url} for {query} from {span}; answered: {beginning(answer, 500)}"
        return Unanswered(Refusal(error=error, said=beginning(said, 2000)))

    def _no_data(self, service: str, found: Mapping[str, Any], span: Range) -> Unanswered:
        queries = "; ".join(self._query(service, signal, span.step) for signal in found)
        return self._unanswered("no data", queries, span, "no series")


def _samples(points: list[Any], span: Range) -> list[float | None]:
    """One value per moment of the range; None where there is no sample or NaN."""
    values: list[float | None] = [None] * span.samples
    for at, text in points:
        index = round((float(at) - span.start.timestamp()) / span.step)
        if 0 <= index < span.samples and isfinite(value := float(text)):
            values[index] = value
    return values


def _stopped(up: Up, span: Range) -> Machine | None:
    """An instance that does not run, and since when; None where it runs."""
    if up.values[-1]:
        return None
    running = [index for index, value in enumerate(up.values) if value]
    since = span.start + timedelta(seconds=span.step * (running[-1] + 1)) if running else None
    if up.values[-1] is None:
        reason = f"it is not scraped any more: there is no sample of {up.name}"
    elif up.name == "up":
        reason = "it does not answer its scrape: up is 0"
    else:
        reason = f"its exporter does not reach it: {up.name} is 0"
    return Machine(name=up.instance or "it", ready=False, reason=reason, since=since)
