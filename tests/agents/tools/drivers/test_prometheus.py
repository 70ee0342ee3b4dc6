"""The Prometheus driver, against a small server that speaks its HTTP API."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from agents.io.clock import VirtualClock
from agents.io.settings import settings
from agents.readings.production import InfrastructureState
from agents.rules.diagnosis.health import exhausted
from agents.tools.drivers.prometheus import Prometheus
from agents.tools.port import Unanswered
from agents.tools.promql import capacity_of, that_carries
from tests.agents.tools.conftest import Serve
from tests.agents.tools.hostile_server import badly_behaved, endless, trickling
from tests.agents.tools.prometheus_answers import NOON, asked_query, matrix, query_of


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
    assert (
        '(sum(rate(http_requests_total{job="checkout",status=~"5.."}[120s]))'
        ' or 0 * sum(rate(http_requests_total{job="checkout",status!=""}[120s])))'
        ' / sum(rate(http_requests_total{job="checkout"}[120s]))'
    ) in queries
    assert 'max(process_open_fds{job="checkout"} / process_max_fds{job="checkout"})' in queries


async def test_requests_that_do_not_carry_the_label_of_errors_have_no_error_rate(
    serve: Serve, clock: VirtualClock
) -> None:
    traffic = 'sum(rate(http_requests_total{service="checkout"}[120s]))'
    server = serve(lambda path: (200, matrix((NOON, "12.5")) if query_of(path) == traffic else matrix()))
    signals = await Prometheus({"url": server.url}, clock).golden_signals("checkout", minutes=3)
    assert signals.traffic.values == [None, None, 12.5]
    assert signals.error_rate.values == [None, None, None]


@pytest.mark.parametrize(
    ("errors", "carried"),
    [
        ('code=~"5.."', 'code!=""'),
        (' status="500", kind!="probe"', 'status!=""'),
        ('route!="/health",code=~"5.."', 'code!=""'),
        ('route=~"/api.*", code=~"5..", code!="501"', 'route!="",code!=""'),
        ('code=~"5..", proxy="", kind!="code=1"', 'code!=""'),
        ('note="code=\\"5\\"",code=~`5..`', 'note!="",code!=""'),
        ('code!="200"', 'code!=""'),
        ("", ""),
        ("$more", ""),
    ],
)
def test_each_label_that_marks_errors_is_read_from_their_selector(errors: str, carried: str) -> None:
    assert that_carries(errors) == carried


@pytest.mark.parametrize(
    ("query", "of"),
    [
        ('max(jvm_memory_used{area="heap"} / jvm_memory_max)', "memory"),
        ("1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "memory"),
        ("sum by (pod) (redis_connected_clients offset 5m) / on (pod) redis_config_maxclients", "connections"),
        ("sum(pg_stat_activity_count) / max(pg_settings_max_connections)", "connections"),
        ("clamp_max(tomcat_threads_busy / tomcat_threads_config_max, 1)", "threads"),
        ("kubelet_volume_stats_used_bytes / kubelet_volume_stats_capacity_bytes", "disk space"),
        ("avg_over_time(disk_used_percent[5m]) / 100", "disk space"),
        ("avg(gunicorn_workers_busy) / 4", "worker slots"),
        ('process_open_fds{pod="}"} / process_max_fds', "file descriptors"),
        ("max(order_volume_per_minute / order_volume_limit)", ""),
        ("max(app:in_memory_queue_depth / app:in_memory_queue_limit)", ""),
        ("max by (disk) (cpu_busy)", ""),
        ("max without (connections) (queue_used)", ""),
        ('label_replace(queue_used, "disk", "$1", "memory", "x")', ""),
        ("requests_rejected_due_to_memory", ""),
        ("rejected_connections_total / connections_total", ""),
        ("max(diskette_used)", ""),
        ("", ""),
    ],
)
def test_what_is_used_up_is_told_only_by_metrics_that_count_it(query: str, of: str) -> None:
    assert capacity_of(query) == of


@pytest.mark.parametrize(
    ("queries", "of"),
    [
        ({}, "file descriptors"),
        ({"saturation": "max(worker_slots_used{$selector}) / max(worker_slots{$selector})"}, "worker slots"),
        ({"saturation": 'max(slots{service="memory-card"})'}, ""),
    ],
)
async def test_what_is_used_up_is_told_by_the_name_of_its_metric(
    serve: Serve, clock: VirtualClock, queries: dict[str, str], of: str
) -> None:
    server = serve(lambda path: (200, matrix((NOON, "0.25"))))
    signals = await Prometheus({"url": server.url, "queries": queries}, clock).golden_signals("checkout", minutes=3)
    assert signals.saturation_of == of


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


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"url": "file:///etc/passwd"},
        {"url": "http://x", "uri": "typo"},
        {"url": "http://x", "splits": {"tenant": ["a) or vector(1"]}},
        {"url": "http://x", "splits": {"colour": ["c"]}},
    ],
)
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


def watched(**series: list[str | None]) -> str:
    """Series of the last hour as a range answers; names are `metric__instance`."""
    told: list[dict[str, Any]] = []
    for name, values in series.items():
        metric, _, instance = name.partition("__")
        points = [
            [(NOON - timedelta(minutes=len(values) - 1 - number)).timestamp(), value]
            for number, value in enumerate(values)
            if value is not None
        ]
        told.append({"metric": {"__name__": metric, "instance": instance}, "values": points})
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": told}})


async def state_of(serve: Serve, clock: VirtualClock, **series: list[str | None]) -> InfrastructureState:
    def answer(path: str) -> tuple[int, str]:
        if "kube_" in query_of(path) or "systemd" in query_of(path):
            return 200, matrix() if "restarts_total" not in query_of(path) else watched(starts=["3.0004"])
        return 200, watched(**series) if "__name__" in query_of(path) else watched(starts=["3.0004"])

    return await Prometheus({"url": serve(answer).url}, clock).infrastructure_state("checkout")


async def test_the_state_is_what_is_scraped_and_how_often_it_started(serve: Serve, clock: VirtualClock) -> None:
    state = await state_of(serve, clock, up__a=["1", "1"], up__b=["1", "0"])
    assert (state.replicas_wanted, state.replicas_ready, state.restarts_last_hour) == (2, 1, 3)
    assert state.replicas_limit is None
    assert [(machine.name, machine.since, machine.reason) for machine in state.machines] == [
        ("b", NOON, "it does not answer its scrape: up is 0")
    ]


async def test_a_database_that_its_exporter_does_not_reach_does_not_run(serve: Serve, clock: VirtualClock) -> None:
    state = await state_of(serve, clock, up__e=["1"] * 5, redis_up__e=["1", "1", "0", "0", "0"])
    assert (state.replicas_wanted, state.replicas_ready) == (1, 0)
    assert state.machines[0].since == NOON - timedelta(minutes=2)
    assert state.machines[0].reason == "its exporter does not reach it: redis_up is 0"


async def test_whether_it_runs_is_not_known_of_what_is_not_scraped_any_more_and_a_replica_that_was_replaced_is_no_loss(
    serve: Serve, clock: VirtualClock
) -> None:
    unknown = "infrastructure_state of checkout: whether it runs is not known, its targets are no longer scraped: a"
    for gone in ({"up__a": ["1", "1", None]}, {"up__a": ["1", None, None], "redis_up__a": ["1", "1", None]}):
        with pytest.raises(Unanswered, match=unknown):
            await state_of(serve, clock, **gone)
    replaced = await state_of(serve, clock, up__a=["1", "1", None, None], up__b=[None, None, "1", "1"])
    assert (replaced.replicas_wanted, replaced.replicas_ready, replaced.machines) == (1, 1, [])


async def test_a_database_is_read_by_the_names_of_its_exporter(serve: Serve, clock: VirtualClock) -> None:
    values = {"pg_stat_activity_count{service": "95", "pg_settings": "100", "Lock": "4", "max_tx_duration": "320.5"}

    def answer(path: str) -> tuple[int, str]:
        asked = query_of(path)
        known = {part: value for part, value in values.items() if part in asked}
        return 200, matrix((NOON, [*known.values()][-1])) if known else matrix()

    read = await Prometheus({"url": serve(answer).url}, clock).database_health("ledger")
    assert (read.database, read.connections_used, read.connections_limit) == ("ledger", 95, 100)
    assert (read.waiting_for_locks, read.longest_transaction_seconds) == (4, 320.5)
    assert (read.storage_used, read.replication_lag_seconds, read.integrity_errors) == (None, None, None)
    assert exhausted(read) == [
        "95 of 100 connections of ledger in use",
        "4 sessions of ledger wait for a lock; its oldest transaction had been open for 320 s when this was read",
    ]


async def test_a_service_without_a_database_s_metrics_has_no_health_of_one(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, matrix()))
    with pytest.raises(Unanswered, match="no series"):
        await Prometheus({"url": server.url}, clock).database_health("checkout")


async def test_a_service_that_is_not_scraped_has_no_state(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, matrix()))
    with pytest.raises(Unanswered, match=r"_up\",service=\"checkout\"\}.* answered: no series"):
        await Prometheus({"url": server.url}, clock).infrastructure_state("checkout")


async def test_restarts_without_a_query_are_none_and_no_fault(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, watched(up__a=["1"]) if "__name__" in query_of(path) else matrix()))
    state = await Prometheus({"url": server.url, "queries": {"restarts": ""}}, clock).infrastructure_state("checkout")
    assert (state.replicas_ready, state.restarts_last_hour) == (1, 0)


async def test_an_answer_without_end_or_that_trickles_in_is_given_up(clock: VirtualClock) -> None:
    with badly_behaved(endless) as url, pytest.raises(Unanswered, match="more than 8,388,608 bytes"):
        await Prometheus({"url": url}, clock).golden_signals("checkout")
    with badly_behaved(trickling) as url, pytest.raises(Unanswered, match=r"nothing within 0\.3 s"):
        await Prometheus({"url": url, "seconds": 0.3}, clock).golden_signals("checkout")
