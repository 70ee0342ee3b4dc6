"""Traces: requests of a service at the end of a window, each with the calls that it made."""

import math
from collections.abc import Iterator

from agents.readings.traces import TracedRequests, TraceSearch
from agents.tools.spans import Span, requests_of
from evals.simulation import conditions
from evals.simulation.course import noise
from evals.simulation.scene import ProductionState
from evals.simulation.splits import figures_by_part

TRACED_A_MINUTE = 6
MOST_MINUTES = 15
"""The last minutes of a window, of which requests were kept."""


def traced_requests(scene: ProductionState, now: float, **asked: object) -> TracedRequests:
    search = TraceSearch.model_validate(asked)
    window = search.window(scene.at(now))
    first, last = (math.floor(scene.minute(moment)) for moment in window)
    minutes = range(max(first, last - MOST_MINUTES) + 1, last + 1)
    spans = [span for minute in minutes for span in _of_minute(scene, search.service, minute)]
    return requests_of(search, window, search.service, spans)


def _of_minute(scene: ProductionState, service: str, minute: int) -> Iterator[Span]:
    parts = figures_by_part(scene, service, "endpoint", range(minute, minute + 1))
    for number in range(TRACED_A_MINUTE):
        mark = f"{scene.seed}/{service}/trace/{number}"
        endpoint = list(parts)[int(noise(f"{mark}/endpoint", minute) * len(parts))] if parts else "request"
        figures = parts[endpoint][0] if parts else conditions.requests(scene, service, [minute])[0]
        assert figures is not None  # of a single minute every part is known
        slow = 0.3 + 0.8 * noise(f"{mark}/slow", minute)  # the figure is the 95th percentile
        request = Span(
            trace=f"{service}-{minute}-{number}",
            id=f"{number}",
            parent="",
            service=service,
            operation=endpoint,
            at=scene.at(minute + number / TRACED_A_MINUTE),
            seconds=figures.latency * slow,
            failed=noise(f"{mark}/fails", minute) < figures.error_rate,
            error="",
        )
        yield from _request(scene, request, minute)


def _request(scene: ProductionState, request: Span, minute: int) -> Iterator[Span]:
    """A request and its calls: a dependency in trouble takes the time and fails, or else the service itself does."""
    called = list(scene.services[request.service].depends_on)
    measured = {name: conditions.requests(scene, name, [minute])[0] for name in called}
    worse = {name: measured[name].error_rate - scene.services[name].error_rate for name in called}
    culprit = max(called, key=lambda name: worse[name], default="")
    is_below = request.failed and bool(culprit) and worse[culprit] > scene.services[culprit].error_rate
    own = "" if is_below else "internal error"
    yield request._replace(error=own if request.failed else "")
    for number, name in enumerate(called):
        failed = is_below and name == culprit
        yield request._replace(
            id=f"{request.id}.{number}",
            parent=request.id,
            service=name,
            operation=f"call {name}",
            seconds=min(request.seconds / len(called), measured[name].latency),
            failed=failed,
            error=f"answered with an error by {name}" if failed else "",
        )
