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

from agents.clock import Clock, outside
from agents.port import Unanswered
from agents.readings import GoldenSignals, Refusal, Series, SystemMetrics, Usage
from agents.settings import settings as surroundings

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
    "cpu": "avg(rate(process_cpu_seconds_total{$selector}[$window]))",
}
"""PromQL by signal, in the names that client libraries give. The rest has no name that is common to all."""


class PrometheusSettings(BaseModel, extra="forbid"):
    """A `driver: prometheus` entry of the catalogue."""

    driver: str = "prometheus"
    url: str = Field(pattern=r"^https?://")
    queries: dict[str, str] = {}
    """PromQL by signal, with $service, $selector, $errors and $window; an empty one takes a default away."""
    selector: str = 'service="$service"'
    errors: str = 'code=~"5.."'
    """The label that marks a failed request."""
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
        facts["selector"] = Template(entry.selector).safe_substitute(facts)
        return Template({**QUERIES, **entry.queries}.get(signal, "")).safe_substitute(facts)

    async def _ask_all(self, service: str, signals: list[str], span: Range) -> dict[str, list[float | None] | None]:
        queries = {signal: query for signal in signals if (query := self._query(service, signal, span.step))}
        if not queries:
            said = f"{', '.join(signals)} of {service}: the catalogue gives no query for any of them"
            raise Unanswered(Refusal(error="not connected", said=said))
        answers = await outside(self._clock, self._fetch(list(queries.values()), span))
        return dict(zip(queries, answers, strict=True))

    async def _fetch(self, queries: list[str], span: Range) -> list[list[float | None] | None]:
        # The environment is read in settings.py only: no proxy is taken from it behind our back.
        async with httpx2.AsyncClient(
            transport=httpx2.AsyncHTTPTransport(retries=2),
            timeout=self._settings.seconds,
            headers=self._headers(),
            trust_env=False,
        ) as client:
            return await asyncio.gather(*(self._fetch_one(client, query, span) for query in queries))

    def _headers(self) -> dict[str, str]:
        token = self._settings.bearer_token_file
        return {"Authorization": f"Bearer {token.read_text().strip()}"} if token else {}

    async def _fetch_one(self, client: httpx2.AsyncClient, query: str, span: Range) -> list[float | None] | None:
        asked = {"query": query, "start": span.start.timestamp(), "end": span.end.timestamp(), "step": span.step}
        try:
            response = await client.get(f"{self._settings.url.rstrip('/')}/api/v1/query_range", params=asked)
        except httpx2.TimeoutException as error:
            raise self._unanswered("timeout", query, span, f"nothing within {self._settings.seconds:g} s") from error
        except httpx2.HTTPError as error:
            raise self._unanswered("failed", query, span, f"{type(error).__name__}: {error}") from error
        if not response.is_success:
            raise self._unanswered("failed", query, span, f"HTTP {response.status_code}: {response.text[:500]}")
        try:
            series: list[dict[str, Any]] = response.json()["data"]["result"]
            return _samples(series, span)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise self._unanswered("failed", query, span, f"not Prometheus' JSON: {response.text[:200]}") from error

    def _unanswered(
        self, error: Literal["timeout", "failed", "no data"], query: str, span: Range, answer: str
    ) -> Unanswered:
        said = f"asked {self._settings.url} for {query} from {span}; answered: {answer}"
        return Unanswered(Refusal(error=error, said=said[:2000]))

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
