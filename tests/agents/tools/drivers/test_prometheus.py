"""The Prometheus driver, against a small server that speaks its HTTP API."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from pydantic import ValidationError

from agents.io.clock import VirtualClock
from agents.io.settings import settings
from agents.tools.drivers.prometheus import Prometheus
from agents.tools.port import Unanswered
from tests.agents.tools.conftest import Serve

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def matrix(*values: tuple[datetime, str]) -> str:
    series: list[dict[str, Any]] = (
        [{"metric": {}, "values": [[at.timestamp(), value] for at, value in values]}] if values else []
    )
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": series}})


def asked_query(path: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(path).query).items()}


def query_of(path: str) -> str:
    return asked_query(path)["query"]


@pytest.fixture
def short_minutes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("WARROOM_MINUTE_SECONDS", "2")
    settings.cache_clear()
    yield
    settings.cache_clear()


async def test_a_window_has_one_sample_a_minute_and_ends_now(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, matrix((NOON, "12.5"))))
    signals = await Prometheus({"url": server.url}, clock).golden_signals("checkout", minutes=90)
    assert len(signals.traffic.values) == 90
    assert signals.traffic.at(89) == NOON
    assert signals.traffic.step_seconds == 60
    assert signals.traffic.values[-1] == 12.5


async def test_a_gap_and_nan_are_no_samples(serve: Serve, clock: VirtualClock) -> None:
    minute = timedelta(minutes=1)
    samples = matrix((NOON - 3 * minute, "1"), (NOON - minute, "NaN"), (NOON, "+Inf"))
    server = serve(lambda path: (200, samples))
    signals = await Prometheus({"url": server.url}, clock).golden_signals("checkout", minutes=4)
    assert signals.error_rate.values == [1.0, None, None, None]


async def test_queries_ask_for_the_service_by_its_selector(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, matrix((NOON, "1"))))
    entry = {"url": server.url, "selector": 'job="$service"', "errors": 'status=~"5.."', "window_seconds": 120}
    await Prometheus(entry, clock).golden_signals("checkout")
    queries = [query_of(path) for path in server.asked]
    assert 'sum(rate(http_requests_total{job="checkout"}[120s]))' in queries
    assert any('{job="checkout",status=~"5.."}[120s]' in query for query in queries)
    assert 'max(process_open_fds{job="checkout"} / process_max_fds{job="checkout"})' in queries


async def test_a_signal_without_a_query_is_none_throughout(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, matrix((NOON, "0.25"))))
    entry = {"url": server.url, "queries": {"saturation": ""}}
    signals = await Prometheus(entry, clock).golden_signals("checkout", minutes=3)
    assert signals.saturation.values == [None, None, None]


async def test_no_series_at_all_is_refused_as_no_data(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, matrix()))
    with pytest.raises(Unanswered) as unanswered:
        await Prometheus({"url": server.url}, clock).golden_signals("checkout")
    refusal = unanswered.value.refusal
    assert refusal.error == "no data"
    assert server.url in refusal.said
    assert "2026-03-02T10:31:00+00:00 to 2026-03-02T12:00:00+00:00 every 60 s" in refusal.said


async def test_a_shortened_minute_shortens_window_and_step(
    serve: Serve, clock: VirtualClock, short_minutes: None
) -> None:
    server = serve(lambda path: (200, matrix((NOON, "1"))))
    signals = await Prometheus({"url": server.url}, clock).golden_signals("checkout", minutes=90)
    assert (signals.traffic.step_seconds, len(signals.traffic.values)) == (2, 90)
    asked = asked_query(server.asked[0])
    assert float(asked["end"]) - float(asked["start"]) == 178


async def test_an_error_of_the_server_says_what_was_asked_and_answered(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (400, '{"error":"parse error"}'))
    with pytest.raises(Unanswered) as unanswered:
        await Prometheus({"url": server.url}, clock).system_metrics("checkout")
    assert unanswered.value.refusal.error == "failed"
    assert 'container="checkout"' in unanswered.value.refusal.said
    assert 'HTTP 400: {"error":"parse error"}' in unanswered.value.refusal.said


async def test_nobody_listening_is_a_failure_and_no_crash(clock: VirtualClock) -> None:
    with pytest.raises(Unanswered) as unanswered:
        await Prometheus({"url": "http://127.0.0.1:9"}, clock).golden_signals("checkout")
    assert unanswered.value.refusal.error == "failed"


@pytest.mark.parametrize("body", ["<html>", "[]", "[" * 100_000, '{"data": {"result": [{"values": [["x"]]}]}}'])
async def test_an_answer_that_is_not_prometheus_is_a_failure(serve: Serve, clock: VirtualClock, body: str) -> None:
    server = serve(lambda path: (200, body))
    with pytest.raises(Unanswered) as unanswered:
        await Prometheus({"url": server.url}, clock).golden_signals("checkout")
    assert "not Prometheus' JSON" in unanswered.value.refusal.said


async def test_users_are_counted_where_the_catalogue_says_how(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, matrix((NOON, "40" if query_of(path) == "users" else "7.6"))))
    queries = {"active_users": "users", "affected_users": "users_with_errors"}
    usage = await Prometheus({"url": server.url, "queries": queries}, clock).usage("checkout")
    assert (usage.active_users, usage.affected_users) == (40, 8)


async def test_users_are_not_connected_without_a_query(clock: VirtualClock) -> None:
    with pytest.raises(Unanswered) as unanswered:
        await Prometheus({"url": "http://127.0.0.1:9"}, clock).usage("checkout")
    assert unanswered.value.refusal.error == "not connected"


@pytest.mark.parametrize("entry", [{}, {"url": "file:///etc/passwd"}, {"url": "http://x", "uri": "typo"}])
def test_an_entry_with_a_fault_is_refused_at_the_start(entry: dict[str, Any], clock: VirtualClock) -> None:
    with pytest.raises(ValidationError):
        Prometheus(entry, clock)


async def test_machines_are_asked_of_the_standard_exporters(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, matrix((NOON, "0.5")) if "node_" in query_of(path) else matrix()))
    entry = {"url": server.url, "machine": 'instance=~"db.*"'}
    metrics = await Prometheus(entry, clock).system_metrics("checkout", minutes=1)
    assert (metrics.memory.values, metrics.disk.values, metrics.network.values) == ([0.5], [0.5], [None])
    asked = " ".join(map(query_of, server.asked))
    assert 'node_memory_MemAvailable_bytes{instance=~"db.*"}' in asked
    assert 'container_memory_working_set_bytes{container="checkout"}' in asked
    assert 'persistentvolumeclaim=~"(.*-)?checkout(-.*)?"' in asked


def vector(**values: str) -> str:
    result = [{"metric": {"instance": name}, "value": [NOON.timestamp(), value]} for name, value in values.items()]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}})


async def test_the_state_is_what_is_scraped_and_how_often_it_started(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, vector(a="1", b="0") if "up{" in query_of(path) else vector(x="3.0004")))
    state = await Prometheus({"url": server.url}, clock).infrastructure_state("checkout")
    assert (state.replicas_wanted, state.replicas_ready, state.restarts_last_hour) == (2, 1, 3)
    assert [machine.name for machine in state.machines] == ["b"]


async def test_a_service_that_is_not_scraped_has_no_state(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, vector()))
    with pytest.raises(Unanswered, match=r"up\{service=\"checkout\"\}.* answered: no series"):
        await Prometheus({"url": server.url}, clock).infrastructure_state("checkout")
