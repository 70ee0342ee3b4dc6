"""Spans: from all spans of some traces to the slowest and the failing requests of one service."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from agents.io.redaction import beginning
from agents.readings.traces import Call, TracedRequest, TracedRequests, TraceSearch

MOST_REQUESTS = 5
MOST_CALLS = 4
MOST_TRACES = 100
LONGEST = 200
"""Characters of a name or an error."""
DEEPEST = 100
"""Levels of calls that are followed: a broken trace may call itself."""


class Span(NamedTuple):
    """One span, as a tracing system has it."""

    trace: str
    id: str
    parent: str
    """Empty: it has none."""
    service: str
    operation: str
    at: datetime
    seconds: float
    failed: bool
    error: str


class Trace(NamedTuple):
    """The spans of one trace."""

    spans: Mapping[str, Span]
    below: Mapping[str, list[Span]]
    """Span -> the spans that it called."""

    def under(self, span: Span, level: int = 0) -> Iterator[Span]:
        """The span and all below it."""
        yield span
        if level < DEEPEST:
            for called in self.below.get(span.id, []):
                yield from self.under(called, level + 1)

    def own_seconds(self, span: Span) -> float:
        return max(0.0, span.seconds - sum(called.seconds for called in self.below.get(span.id, [])))


def requests_of(
    search: TraceSearch, window: tuple[datetime, datetime], name: str, spans: Iterable[Span]
) -> TracedRequests:
    """The slowest and the newest failing requests of a service, which the tracing calls by a name."""
    by_trace: defaultdict[str, list[Span]] = defaultdict(list)
    for span in spans:
        by_trace[span.trace].append(span)
    traces = {trace: _trace(parts) for trace, parts in by_trace.items()}
    entered = [
        (trace, span)
        for trace in traces.values()
        for span in trace.spans.values()
        if span.service == name
        and (span.parent not in trace.spans or trace.spans[span.parent].service != name)
        and search.operation in ("", span.operation)
    ]
    told = [_request(trace, span) for trace, span in entered]
    failing = sorted((one for one in told if one.failed), key=lambda one: one.at, reverse=True)
    return TracedRequests(
        service=search.service,
        since=window[0],
        until=window[1],
        looked_at=len(traces),
        slowest=sorted(told, key=lambda one: -one.seconds)[:MOST_REQUESTS],
        failing=failing[:MOST_REQUESTS],
    )


def _trace(spans: Iterable[Span]) -> Trace:
    known = {span.id: span for span in spans}
    below: defaultdict[str, list[Span]] = defaultdict(list)
    for span in known.values():
        if span.parent in known:
            below[span.parent].append(span)
    return Trace(known, below)


def _request(trace: Trace, span: Span) -> TracedRequest:
    under = list(dict.fromkeys(trace.under(span)))
    longest = sorted(under, key=lambda one: (-trace.own_seconds(one), one.id))[:MOST_CALLS]
    failed = [one for one in under if one.failed]
    deepest = failed[-1] if failed else None
    return TracedRequest(
        trace=beginning(span.trace, 64),
        operation=beginning(span.operation, LONGEST),
        at=span.at,
        seconds=round(span.seconds, 4),
        failed=span.failed,
        error=_error(deepest) if span.failed and deepest else "",
        calls=[
            Call(
                service=beginning(one.service, LONGEST),
                operation=beginning(one.operation, LONGEST),
                seconds=round(trace.own_seconds(one), 4),
                failed=one.failed,
            )
            for one in longest
        ],
    )


def _error(span: Span) -> str:
    return beginning(f"{span.service} {span.operation}: {span.error or 'failed, and does not say why'}", LONGEST)
