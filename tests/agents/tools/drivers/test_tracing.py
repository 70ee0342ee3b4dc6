"""The tracing drivers, Jaeger and Tempo, each against a server that answers as it documents."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.io.clock import VirtualClock
from agents.readings.traces import TracedRequests, TraceSearch
from agents.tools.drivers.jaeger import Jaeger
from agents.tools.drivers.tempo import Tempo
from agents.tools.port import Unanswered
from agents.tools.spans import MOST_REQUESTS, Span, requests_of
from tests.agents.tools.vendor import Answer, Asked, on_loopback

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def span(trace: str, id_: str, parent: str, service: str, seconds: float, error: str = "", ago: float = 60) -> Span:
    at = NOON - timedelta(seconds=ago)
    return Span(trace, id_, parent, service, f"{service} call", at, seconds, bool(error), error)


SPANS = [
    span("t1", "a", "", "gate", 3.2),
    span("t1", "b", "a", "shop", 3.0),
    span("t1", "c", "b", "shop", 2.9),
    span("t1", "d", "c", "store", 2.5),
    span("t2", "e", "", "shop", 0.2, "failed", ago=30),
    span("t2", "f", "e", "store", 0.1, "too many clients token=correcthorsebatterystaple", ago=30),
    span("t3", "g", "", "shop", 0.1),
]


class JaegerServer:
    """Traces of Jaeger's query service."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    def __call__(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        assert asked.path == "/api/traces"
        only_failed = asked.query.get("tags") == '{"error": "true"}'
        wanted = {one.trace for one in SPANS if one.failed or not only_failed}
        return Answer(200, {"data": [self._trace(name) for name in sorted(wanted)]})

    def _trace(self, name: str) -> dict[str, Any]:
        spans = [one for one in SPANS if one.trace == name]
        return {
            "traceID": name,
            "processes": {one.service: {"serviceName": one.service} for one in spans},
            "spans": [
                {
                    "traceID": name,
                    "spanID": one.id,
                    "operationName": one.operation,
                    "references": [{"refType": "CHILD_OF", "spanID": one.parent}] if one.parent else [],
                    "startTime": round(one.at.timestamp() * 1e6),
                    "duration": round(one.seconds * 1e6),
                    "processID": one.service,
                    "tags": [
                        {"key": "error", "type": "bool", "value": one.failed},
                        {"key": "otel.status_description", "value": one.error},
                    ],
                }
                for one in spans
            ],
        }


class TempoServer:
    """A search and traces in OTLP's JSON."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    def __call__(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if asked.path == "/api/search":
            only_failed = "status = error" in asked.query["q"]
            traces = {one.trace: one for one in reversed(SPANS) if one.failed or not only_failed}
            found = [
                {
                    "traceID": name,
                    "durationMs": round(one.seconds * 1000),
                    "startTimeUnixNano": str(self._nano(one.at)),
                }
                for name, one in traces.items()
            ]
            return Answer(200, {"traces": found})
        name = asked.path.removeprefix("/api/traces/")
        batches = [self._batch(one) for one in SPANS if one.trace == name]
        return Answer(200, {"batches": batches} if name == "t1" else {"trace": {"resourceSpans": batches}})

    def _nano(self, at: datetime) -> int:
        return round(at.timestamp()) * 1_000_000_000

    def _batch(self, one: Span) -> dict[str, Any]:
        status = {"code": "STATUS_CODE_ERROR", "message": one.error} if one.failed else {}
        told = {
            "spanId": one.id,
            "parentSpanId": one.parent,
            "name": one.operation,
            "startTimeUnixNano": str(self._nano(one.at)),
            "endTimeUnixNano": str(self._nano(one.at) + round(one.seconds * 1e9)),
            "status": status,
        }
        named = {"attributes": [{"key": "service.name", "value": {"stringValue": one.service}}]}
        return {"resource": named, "scopeSpans": [{"spans": [told]}]}


@pytest.fixture
def jaeger() -> Iterator[tuple[JaegerServer, str]]:
    server = JaegerServer()
    with on_loopback(server) as url:
        yield server, url


@pytest.fixture
def tempo() -> Iterator[tuple[TempoServer, str]]:
    server = TempoServer()
    with on_loopback(server) as url:
        yield server, url


def judge(found: TracedRequests) -> None:
    assert [(one.trace, one.seconds) for one in found.slowest] == [("t1", 3.0), ("t2", 0.2), ("t3", 0.1)]
    slow = found.slowest[0]
    assert [(one.service, one.seconds) for one in slow.calls][:2] == [("store", 2.5), ("shop", 0.4)]
    (failed,) = found.failing
    assert failed.error == "store store call: too many clients token=[redacted]"
    assert found.looked_at == 3


async def test_jaeger_tells_the_slowest_and_the_failing_requests(
    jaeger: tuple[JaegerServer, str], clock: VirtualClock
) -> None:
    server, url = jaeger
    judge(await Jaeger({"url": url}, clock).traced_requests(service="shop", minutes=10))
    query = server.asked[0].query
    assert (query["service"], query["limit"]) == ("shop", "50")
    assert int(query["end"]) - int(query["start"]) == 600_000_000


async def test_tempo_tells_the_slowest_and_the_failing_requests(
    tempo: tuple[TempoServer, str], clock: VirtualClock
) -> None:
    server, url = tempo
    entry = {"url": url, "tenant": "a", "name": 'the "$service"'}
    judge(await Tempo({"url": url}, clock).traced_requests(service="shop", minutes=10))
    await Tempo(entry, clock).traced_requests(service="shop", operation='GET "/"')
    asked = [one for one in server.asked if one.path == "/api/search"][-2:]
    assert {one.query["q"] for one in asked} == {
        '{ resource.service.name = "the \\"shop\\"" && name = "GET \\"/\\"" }',
        '{ resource.service.name = "the \\"shop\\"" && name = "GET \\"/\\"" && status = error }',
    }
    assert asked[0].headers["x-scope-orgid"] == "a"


async def test_another_answer_is_a_failure(clock: VirtualClock) -> None:
    with on_loopback(lambda asked: Answer(404, {"message": "none"})) as url:
        for driver in (Jaeger({"url": url}, clock), Tempo({"url": url}, clock)):
            with pytest.raises(Unanswered, match="HTTP 404"):
                await driver.traced_requests(service="shop")


def test_no_more_requests_are_told_than_are_read_and_of_one_operation_only() -> None:
    many = [span(f"t{number}", "a", "", "shop", number, "bad", ago=number) for number in range(20)]
    window = (NOON - timedelta(minutes=30), NOON)
    found = requests_of(TraceSearch(service="shop"), window, "shop", many)
    assert [one.seconds for one in found.slowest] == [19, 18, 17, 16, 15]
    assert [one.at for one in found.failing] == [NOON - timedelta(seconds=ago) for ago in range(MOST_REQUESTS)]
    assert requests_of(TraceSearch(service="shop", operation="x"), window, "shop", many).slowest == []


def test_a_trace_that_calls_itself_comes_to_an_end() -> None:
    around = [span("t", "a", "b", "gate", 1), span("t", "b", "a", "shop", 1)]
    window = (NOON - timedelta(minutes=30), NOON)
    assert len(requests_of(TraceSearch(service="shop"), window, "shop", around).slowest) == 1


def test_the_answer_is_plain_json() -> None:
    found = requests_of(TraceSearch(service="shop"), (NOON, NOON), "shop", SPANS)
    assert json.loads(found.model_dump_json())["looked_at"] == 3
