"""The Prometheus driver, against a small server that speaks its HTTP API."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from pydantic import ValidationError

from agents.io.clock import VirtualClock
from agents.io.settings import settings
from agents.readings.production import InfrastructureState
from agents.rules.diagnosis.health import exhausted, in_words
from agents.tools.drivers.prometheus import Prometheus
from agents.tools.port import Unanswered
from tests.agents.tools.conftest import Serve
from tests.agents.tools.hostile_server import badly_behaved, endless, trickling

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


async def test_what_is_not_scraped_any_more_is_gone_and_a_replica_that_was_replaced_is_not(
    serve: Serve, clock: VirtualClock
) -> None:
    gone = await state_of(serve, clock, up__a=["1", "1", None, None])
    assert (gone.replicas_wanted, gone.replicas_ready) == (1, 0)
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
        "4 sessions of ledger wait for a lock; its oldest transaction has been open for 320 s",
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


def vector(*found: tuple[dict[str, str], float]) -> str:
    """Series with one sample each, of now."""
    series = [{"metric": labels, "values": [[NOON.timestamp(), str(value)]]} for labels, value in found]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": series}})


Found = list[tuple[dict[str, str], float]]


def requests_by(requests: Found, failures: Found, latency: Found | None = None) -> Callable[[str], tuple[int, str]]:
    """Answer `sum by`: series that are alike in its labels are one, and those without any of them are one as well."""

    def answer(path: str) -> tuple[int, str]:
        query = query_of(path)
        by = set(re.split(r"[(),]", query.partition(" by ")[2].partition(") ")[0])) - {"", "le"}
        found = (latency or []) if "bucket" in query else failures if "code=~" in query else requests
        summed: dict[tuple[tuple[str, str], ...], float] = {}
        for labels, value in found:
            kept = tuple(sorted((name, labels[name]) for name in by & set(labels)))
            summed[kept] = summed.get(kept, 0) + value
        return 200, vector(*[(dict(kept), value) for kept, value in summed.items()])

    return answer


async def test_one_bad_instance_of_several_is_named_with_figures(serve: Serve, clock: VirtualClock) -> None:
    one, two = {"instance": "shop-1"}, {"instance": "shop-2"}
    server = serve(requests_by([(one, 40.2), (two, 39.7)], [(one, 2), (two, 38)], [(one, 0.2), (two, 2.4)]))
    read = await Prometheus({"url": server.url}, clock).split_signals("shop")
    assert read.stands_out == [
        "2 of 40 requests fail on shop-1, 38 of 40 on shop-2; "
        "the 95th percentile of requests is 2.40 s on shop-2, 0.20 s on the other"
    ]
    (split,) = read.splits
    assert (split.by, split.failing, split.slow) == ("instance", ["shop-2"], ["shop-2"])
    assert "version: the requests of shop carry none of the labels version, app_version, release" in read.unseen


async def test_a_bad_version_endpoint_region_and_tenant_are_named_each_by_its_own_label(
    serve: Serve, clock: VirtualClock
) -> None:
    bad = {"version": "5.19.0", "handler": "/pay", "zone": "eu", "tenant_id": "acme"}
    good = {"version": "5.18.0", "handler": "/cart", "zone": "us", "tenant_id": "zenith"}
    server = serve(requests_by([(bad, 100), (good, 900)], [(bad, 90)]))
    read = await Prometheus({"url": server.url}, clock).split_signals("shop", minutes=5)
    assert [split.failing for split in read.splits] == [["5.19.0"], ["/pay"], ["eu"], ["acme"]]
    assert read.stands_out[0] == "0 of 900 requests fail on version 5.18.0, 90 of 100 on version 5.19.0"
    assert "[300s]" in query_of(server.asked[0])


async def test_a_label_of_one_s_own_names_the_tenant_and_an_empty_list_leaves_a_split_out(
    serve: Serve, clock: VirtualClock
) -> None:
    server = serve(requests_by([({"org": "acme"}, 10), ({}, 90)], [({"org": "acme"}, 10)]))
    entry = {"url": server.url, "splits": {"tenant": ["org"], "instance": [], "version": [], "region": []}}
    read = await Prometheus(entry, clock).split_signals("shop")
    assert [split.by for split in read.splits] == ["tenant"]
    assert [reason.partition(":")[0] for reason in read.unseen] == ["endpoint"]


async def test_a_split_that_is_refused_is_told_and_does_not_hide_the_others(serve: Serve, clock: VirtualClock) -> None:
    good = requests_by([({"instance": "a"}, 10), ({"instance": "b"}, 10)], [])
    server = serve(lambda path: (503, "too many series") if "tenant" in query_of(path) else good(path))
    read = await Prometheus({"url": server.url}, clock).split_signals("shop")
    assert [split.by for split in read.splits] == ["instance"]
    assert any(reason.startswith("tenant: asked") and "HTTP 503: too many series" in reason for reason in read.unseen)


async def test_seconds_without_a_label_are_no_part_of_their_own(serve: Serve, clock: VirtualClock) -> None:
    one, two = {"version": "1"}, {"version": "2"}
    server = serve(requests_by([(one, 40), (two, 40)], [(two, 38)], [({}, 0.2)]))
    (split,) = (await Prometheus({"url": server.url}, clock).split_signals("shop")).splits
    assert split.says == "0 of 40 requests fail on version 1, 38 of 40 on version 2"
    unlabelled = serve(requests_by([(one, 40), ({}, 40)], [({}, 38)]))
    (split,) = (await Prometheus({"url": unlabelled.url}, clock).split_signals("shop")).splits
    assert split.says == "38 of 40 requests fail on version (not given), 0 of 40 on version 1"


async def test_a_service_without_requests_has_no_splits(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, matrix()))
    with pytest.raises(Unanswered, match=r"http_requests_total.*no series"):
        await Prometheus({"url": server.url}, clock).split_signals("shop")


async def test_a_probe_of_a_service_is_no_instance_of_it(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, matrix()))
    with pytest.raises(Unanswered):
        await Prometheus({"url": server.url}, clock).infrastructure_state("shop")
    (asked,) = [query_of(path) for path in server.asked if "__name__" in query_of(path)]
    assert asked.endswith('unless on (job,instance) probe_success{service="shop"}')


async def test_requests_that_cannot_be_split_are_no_data(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, vector(({}, 12))))
    with pytest.raises(Unanswered, match="carry none of the labels pod, instance"):
        await Prometheus({"url": server.url}, clock).split_signals("shop")
    with pytest.raises(Unanswered, match="the catalogue gives no query") as unanswered:
        await Prometheus({"url": server.url, "queries": {"split_requests": ""}}, clock).split_signals("shop")
    assert unanswered.value.refusal.error == "not connected"


async def test_what_browsers_report_is_read_from_counters_of_one_s_own_choice(
    serve: Serve, clock: VirtualClock
) -> None:
    server = serve(lambda path: (200, matrix((NOON, "0.04" if "err" in query_of(path) else "1.9"))))
    usual = await Prometheus({"url": server.url}, clock).client_signals("shop", minutes=2)
    assert (usual.script_errors.values, usual.page_load.values) == ([None, 0.04], [None, 1.9])
    assert (usual.script_errors.unit, usual.page_load.unit, usual.patterns) == ("share", "seconds", [])
    entry = {"url": server.url, "queries": {"script_errors": "js_err{$selector}", "page_load": "lcp[$window]"}}
    await Prometheus(entry, clock).client_signals("shop", minutes=2)
    assert [query_of(path) for path in server.asked[-2:]] == ['js_err{service="shop"}', "lcp[120s]"]


async def test_a_service_without_a_browser_s_metrics_has_no_client_signals(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, matrix()))
    with pytest.raises(Unanswered, match=r"page_views_total\{service=\"shop\"\}.*no series"):
        await Prometheus({"url": server.url}, clock).client_signals("shop")


async def test_a_container_that_does_not_start_and_one_that_was_killed_are_told(
    serve: Serve, clock: VirtualClock
) -> None:
    pod = {"namespace": "shop", "pod": "shop-7f9-x", "container": "shop"}

    def answer(path: str) -> tuple[int, str]:
        match query_of(path):
            case query if "waiting_reason" in query:
                points = [[(NOON - timedelta(minutes=minute)).timestamp(), "1"] for minute in (2, 1, 0)]
                series = [{"metric": {**pod, "reason": "CrashLoopBackOff"}, "values": points}]
                return 200, json.dumps({"data": {"result": series}})
            case query if "terminated_reason" in query:
                return 200, vector(({**pod, "reason": "OOMKilled"}, 1))
            case query if "__name__" in query:
                return 200, vector(({"__name__": "up", "pod": "shop-7f9-x"}, 0), ({"__name__": "up", "pod": "b"}, 1))
            case _:
                return 200, matrix()

    state = await Prometheus({"url": serve(answer).url}, clock).infrastructure_state("shop")
    assert (state.replicas_wanted, state.replicas_ready) == (2, 1)
    (machine,) = state.machines
    assert (machine.name, machine.reason) == ("shop-7f9-x", "it does not answer its scrape: up is 0")
    assert state.events == ["shop-7f9-x: container shop was ended in the last hour: OOMKilled"]


async def test_containers_and_units_are_told_where_nothing_is_scraped(serve: Serve, clock: VirtualClock) -> None:
    unit = {"instance": "host-1:9100", "name": "shop.service", "state": "failed"}
    waits = {"pod": "shop-1", "container": "shop", "reason": "ImagePullBackOff"}

    def answer(path: str) -> tuple[int, str]:
        query = query_of(path)
        found = unit if "systemd" in query else waits if "waiting_reason" in query else None
        return 200, vector((found, 1)) if found else matrix()

    state = await Prometheus({"url": serve(answer).url}, clock).infrastructure_state("shop")
    assert (state.replicas_wanted, state.replicas_ready) == (2, 0)
    assert [(machine.name, machine.reason, machine.since) for machine in state.machines] == [
        ("shop-1", "its container shop does not start: ImagePullBackOff", NOON),
        ("host-1:9100", "its systemd unit shop.service is failed", NOON),
    ]


async def test_what_a_cache_and_a_replica_suffer_is_told_in_words(serve: Serve, clock: VirtualClock) -> None:
    values = {
        "redis_memory_used_bytes": "0.985",
        "redis_evicted_keys_total": "120.4",
        "redis_rejected_connections_total": "30",
        "pg_stat_database_deadlocks": "2",
        "slave_sql_running": "0",
        "slow_queries": "90",
    }

    def answer(path: str) -> tuple[int, str]:
        query = query_of(path)
        known = next((value for part, value in values.items() if part in query), None)
        return 200, matrix((NOON, "8" if "offset" in query else known)) if known else matrix()

    read = await Prometheus({"url": serve(answer).url}, clock).database_health("sessions")
    assert (read.memory_used, read.evictions_per_minute, read.replication_runs) == (0.985, 120.4, False)
    assert (read.slow_queries_per_minute, read.usual_slow_queries_per_minute) == (90, 8)
    assert read.note == (
        "memory 98.5 % of its limit; 120 entries a minute evicted; 30 connections a minute refused; "
        "2 deadlocks a minute; its replication does not run"
    )
    assert in_words(read).endswith(read.note)


async def test_a_cache_in_good_health_has_nothing_to_note(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, matrix((NOON, "0")) if "redis_e" in query_of(path) else matrix()))
    read = await Prometheus({"url": server.url}, clock).database_health("sessions")
    assert (read.note, read.evictions_per_minute, read.replication_runs) == ("", 0, None)


async def test_probes_from_outside_are_endpoint_checks(serve: Serve, clock: VirtualClock) -> None:
    good, bad, gone = ({"instance": f"https://shop.example/{name}"} for name in ("", "pay", "gone"))
    answers = {
        "probe_success": vector((good, 1), (bad, 0), (gone, 0)),
        "avg_over_time": vector((good, 0.1)),
        "probe_duration": vector((good, 0.12), (bad, 5.0)),
        "probe_http_status": vector((good, 200), (bad, 503), (gone, 0)),
        "cert_expiry": vector((good, 40), (gone, -0.5)),
    }

    def answer(path: str) -> tuple[int, str]:
        return 200, next(said for part, said in answers.items() if part in query_of(path))

    server = serve(answer)
    read = await Prometheus({"url": server.url, "probe": 'instance=~".*$service.*"'}, clock).check_endpoints("shop")
    assert [(c.endpoint[20:], c.ok, c.status, c.seconds, c.usual_seconds, c.error) for c in read.checks] == [
        ("/", True, 200, 0.12, 0.1, ""),
        ("/pay", False, 503, 5.0, None, "the probe failed"),
        ("/gone", False, None, 0.0, None, "its certificate has expired"),
    ]
    assert 'probe_success{instance=~".*shop.*"}' in map(query_of, server.asked)


async def test_a_service_that_is_not_probed_has_no_endpoint_checks(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, matrix()))
    with pytest.raises(Unanswered, match=r"probe_success\{service=\"shop\"\}.*no series"):
        await Prometheus({"url": server.url}, clock).check_endpoints("shop")
