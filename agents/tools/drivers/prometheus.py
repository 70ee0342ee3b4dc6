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
from agents.readings.checks import Usage
from agents.readings.estate import InfrastructureState, Machine
from agents.readings.outcomes import Refusal
from agents.readings.signals import GoldenSignals, Series, SystemMetrics
from agents.tools.port import Unanswered

Unit = Literal["share", "seconds", "per second", "count"]
SIGNALS: dict[str, Unit] = {"traffic": "per second", "error_rate": "share", "latency": "seconds", "saturation": "share"}
SYSTEM: dict[str, Unit] = {"cpu": "share", "memory": "share", "network": "share", "disk": "share"}
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
    "up": "min by (instance) (up{$selector})",
    "restarts": (
        "sum(changes(process_start_time_seconds{$selector}[1h]))"
        " or sum(increase(kube_pod_container_status_restarts_total{$container}[1h]))"
    ),
}
"""PromQL by signal, in the names of client libraries, cAdvisor, the kubelet and node_exporter.

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


class Prometheus:
    """Asks a Prometheus server, or anything that speaks its HTTP API."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = PrometheusSettings.model_validate(settings)
        self._clock = clock

    async def golden_signals(self, service: str, minutes: int = 90) -> GoldenSignals:
        return GoldenSignals(service=service, **await self._all_series(service, SIGNALS, minutes))

    async def system_metrics(self, service: str, minutes: int = 90) -> SystemMetrics:
        return SystemMetrics(service=service, **await self._all_series(service, SYSTEM, minutes))

    async def infrastructure_state(self, service: str) -> InfrastructureState:
        """The instances as they are scraped, and their starts in the last hour. Room to scale is not known."""
        found, starts = await self._now(service, ["up", "restarts"])
        if not found:
            raise self._no_data(service, {"up": None}, self._range(1))
        down = [Machine(name=name, ready=False, reason="not scraped") for name, up in found.items() if not up]
        return InfrastructureState(
            service=service,
            replicas_wanted=len(found),
            replicas_ready=len(found) - len(down),
            replicas_limit=len(found),
            restarts_last_hour=round(sum(starts.values())),
            standby=None,
            machines=down,
            events=[],
        )

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
        asked = {"query": query, "start": span.start.timestamp(), "end": span.end.timestamp(), "step": span.step}
        series = await self._get(client, "query_range", asked, span)
        try:
            return _samples(series, span)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise self._unanswered("failed", query, span, f"not Prometheus' JSON: {series}") from error

    async def _get(self, client: httpx2.AsyncClient, path: str, asked: dict[str, Any], span: Range) -> list[Any]:
        """Ask one question; gives the result's series."""
        query = asked["query"]
        try:
            response = await client.get(f"{self._settings.url.rstrip('/')}/api/v1/{path}", params=asked)
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

    async def _now(self, service: str, signals: list[str]) -> list[dict[str, float]]:
        """Instance -> value, at this moment, of each signal."""
        span = self._range(1)

        async def ask(signal: str) -> dict[str, float]:
            asked = {"query": self._query(service, signal, span.step), "time": span.end.timestamp()}
            async with self._client() as client:
                series = await self._get(client, "query", asked, span)
            return {one["metric"].get("instance", ""): float(one["value"][1]) for one in series}

        return [await outside(self._clock, ask(signal)) for signal in signals]

    def _unanswered(
        self, error: Literal["timeout", "failed", "no data"], query: str, span: Range, answer: str
    ) -> Unanswered:
        said = f"asked {self._settings.url} for {query} from {span}; answered: {beginning(answer, 500)}"
        return Unanswered(Refusal(error=error, said=beginning(said, 2000)))

    def _no_data(self, service: str, found: Mapping[str, Any], span: Range) -> Unanswered:
        queries = "; ".join(self._query(service, signal, span.step) for signal in found)
        return self._unanswered("no data", queries, span, "no series")


def _samples(series: list[dict[str, Any]], span: Range) -> list[float | None] | None:
    """The first series, one value per moment of the range; None where it has no sample or NaN."""
    if not series:
        return None
    values: list[float | None] = [None] * span.samples
    for at, text in series[0]["values"]:
        index = round((float(at) - span.start.timestamp()) / span.step)
        if 0 <= index < span.samples and isfinite(value := float(text)):
            values[index] = value
    return values
