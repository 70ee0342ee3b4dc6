"""Metric queries: what Prometheus is asked for one signal or metric, whole or split, and its answer within limits."""

import re
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Protocol

from agents.io.redaction import beginning
from agents.readings.production import Refusal
from agents.readings.searches import (
    MOST_SAMPLES,
    MOST_SERIES,
    MetricQuery,
    MetricReading,
    MetricSeries,
    highest_first,
    shown,
)
from agents.readings.splits import Dimension
from agents.tools.port import Unanswered
from agents.tools.prometheus_api import LabelledSeries, PrometheusApi, Range
from agents.tools.promql import labels_of_errors

UNITS = {
    **dict.fromkeys(("error_rate", "saturation", "cpu", "memory", "network", "disk", "script_errors"), "share"),
    **dict.fromkeys(("latency", "page_load", "replication_lag", "longest_transaction"), "seconds"),
    "traffic": "per second",
}
"""Signal -> unit of its series; a count where it does not stand here."""
STATUS_LABELS = ("code", "status", "status_code", "http_status", "http_status_code")
COUNTER = re.compile(r"_(?:total|count|sum)$")
MOST_NAMES = 200
Values = list[float | None]


class Fill(Protocol):
    """Gives the query of a signal for a service and a range, empty where there is none."""

    def __call__(self, service: str, signal: str, span: Range, more: Mapping[str, str] | None = None) -> str: ...


def step_of(minutes: int, minute_seconds: float, least: float) -> int:
    """Seconds between two samples of a window: of a long one so many that no series has more than 60."""
    return ceil(max(1.0, least, minutes * minute_seconds / MOST_SAMPLES))


class MetricSearch:
    """Answers one query from Prometheus."""

    def __init__(self, api: PrometheusApi, fill: Fill, labels: Mapping[Dimension, list[str]], errors: str) -> None:
        self._api = api
        self._fill = fill
        self._labels = labels
        """By what requests are split -> the labels that name it."""
        self._errors = errors
        """The selector of failed requests: the label in it is one of a status."""

    async def answer(self, query: MetricQuery, span: Range) -> MetricReading:
        """Raises Unanswered."""
        if query.promql:
            return await self._freely(query, query.promql, "", span)
        if not query.metric:
            return await self._names(query, span)
        is_signal = bool(self._fill(query.service, query.metric, span))
        if query.by and is_signal:
            return await self._split_signal(query, span)
        if is_signal:
            promql = self._fill(query.service, query.metric, span)
            return await self._freely(query, promql, UNITS.get(query.metric, "count"), span)
        promql = self._of_metric(query, span)
        return await self._freely(query, promql, "per second" if COUNTER.search(query.metric) else "", span)

    async def _freely(self, query: MetricQuery, promql: str, unit: str, span: Range) -> MetricReading:
        found = await self._api.ask_freely(promql, span)
        if not found:
            raise self._api.unanswered("no data", promql, span, "no series")
        by = self._names_of(query)
        named = [(_part(one.labels, by) if by else _name(one.labels, found), one.values) for one in found]
        return self._reading(query, [promql], [_series(name, values, unit, span) for name, values in named])

    async def _names(self, query: MetricQuery, span: Range) -> MetricReading:
        selector = f"{{{self._filled(query.service, '$selector', span)}}}"
        names = sorted(beginning(name, 200) for name in await self._api.names(selector, span))
        return MetricReading(
            service=query.service,
            asked=[selector],
            names=names[:MOST_NAMES],
            left_out=max(0, len(names) - MOST_NAMES),
        )

    async def _split_signal(self, query: MetricQuery, span: Range) -> MetricReading:
        """The requests, or the share of them that failed, or their seconds, by one label, sample by sample."""
        wanted = {
            "traffic": ["split_requests"],
            "error_rate": ["split_requests", "split_failures"],
            "latency": ["split_latency"],
        }.get(query.metric)
        if wanted is None:
            raise _refused(query, "only traffic, error_rate and latency can be split; ask for a metric by its name")
        labels = self._names_of(query)
        queries = [self._fill(query.service, name, span, {"labels": ",".join(labels)}) for name in wanted]
        if not all(queries):
            raise _refused(query, "the catalogue gives no query for it")
        answers = [await self._api.ask_freely(one, span) for one in queries]
        if not answers[0]:
            raise self._api.unanswered("no data", queries[0], span, "no series")
        parts = [_by_part(answer, labels, adds=query.metric != "latency") for answer in answers]
        if not any(parts[0]):
            raise _refused(query, f"the requests carry none of the labels {', '.join(labels)}")
        unit, window = UNITS[query.metric], float(self._filled(query.service, "$window", span).rstrip("s"))
        match query.metric:
            case "traffic":
                parts = [{name: [_over(value, window) for value in values] for name, values in parts[0].items()}]
            case "error_rate":
                blank: Values = [0.0] * span.samples
                parts = [{name: _shares(parts[1].get(name, blank), of) for name, of in parts[0].items()}]
            case _:
                pass
        series = [_series(name or "(not given)", values, unit, span) for name, values in parts[0].items()]
        return self._reading(query, queries, series)

    def _reading(self, query: MetricQuery, asked: list[str], series: list[MetricSeries]) -> MetricReading:
        listed = highest_first(series)
        left_out = max(0, len(series) - MOST_SERIES)
        return MetricReading(service=query.service, asked=asked, series=listed, left_out=left_out)

    def _of_metric(self, query: MetricQuery, span: Range) -> str:
        """PromQL for a metric by its name: a counter's rate, a histogram's 95th percentile, or the values as they are.

        Of values as they are the largest of each part is given: what they add up to depends on what they are.
        """
        labels = ",".join(self._names_of(query))
        selected = self._filled(query.service, f"{query.metric}{{$selector}}", span)
        rate = f"rate({selected}[{self._filled(query.service, '$window', span)}])"
        if query.metric.endswith("_bucket"):
            grouped = f"le,{labels}" if labels else "le"
            return f"histogram_quantile(0.95, sum by ({grouped}) ({rate}))"
        if COUNTER.search(query.metric):
            return f"sum by ({labels}) ({rate})" if labels else f"sum({rate})"
        return f"max by ({labels}) ({selected})" if labels else selected

    def _filled(self, service: str, text: str, span: Range) -> str:
        return self._fill(service, "as_written", span, {"as_written": text})

    def _names_of(self, query: MetricQuery) -> list[str]:
        """The labels by which a query is split, the first that a series has counts; none: it is not split."""
        if not query.by:
            return []
        if query.by != "status":
            if not self._labels.get(query.by):
                raise _refused(query, f"the catalogue says that there is no label for {query.by}")
            return self._labels[query.by]
        of_errors = sorted(labels_of_errors(self._errors), key=lambda label: label not in STATUS_LABELS)
        return list(dict.fromkeys([*of_errors, *STATUS_LABELS]))


def _by_part(found: Sequence[LabelledSeries], labels: Sequence[str], adds: bool) -> dict[str, Values]:
    """The values by the first of the labels that each series carries; several of one part are added, or the largest."""
    parts: dict[str, Values] = {}
    for one in found:
        name = _part(one.labels, labels)
        if name not in parts:
            parts[name] = list(one.values)
            continue
        pairs = zip(parts[name], one.values, strict=True)
        parts[name] = [_both(a, b, adds) for a, b in pairs]
    return parts


def _part(of: Mapping[str, str], labels: Sequence[str]) -> str:
    return beginning(next((of[label] for label in labels if of.get(label)), ""), 100)


def _both(one: float | None, other: float | None, adds: bool) -> float | None:
    known = [value for value in (one, other) if value is not None]
    return (sum(known) if adds else max(known)) if known else None


def _over(value: float | None, window: float) -> float | None:
    return None if value is None else value / window


def _shares(failed: Values, of: Values) -> Values:
    return [None if not whole else min(1.0, (bad or 0.0) / whole) for bad, whole in zip(failed, of, strict=True)]


def _name(labels: Mapping[str, str], among: Sequence[LabelledSeries]) -> str:
    """The labels that tell a series from the others."""
    told = [
        f"{name}={value}"
        for name, value in sorted(labels.items())
        if len(among) == 1 or len({one.labels.get(name) for one in among}) > 1
    ]
    return beginning(", ".join(told), 200)


def _series(name: str, values: Values, unit: str, span: Range) -> MetricSeries:
    shortened = [shown(value) for value in values]
    return MetricSeries(name=name, unit=unit, start=span.start, step_seconds=round(span.step), values=shortened)


def _refused(query: MetricQuery, why: str) -> Unanswered:
    asked = f"{query.metric} of {query.service}" + (f" by {query.by}" if query.by else "")
    return Unanswered(Refusal(error="no data", said=beginning(f"{asked}: {why}", 2000)))
