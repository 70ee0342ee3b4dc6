"""What the Prometheus driver reads of usual exporters: containers, units, caches, replicas and probes."""

import json
from datetime import timedelta

import pytest

from agents.io.clock import VirtualClock
from agents.rules.diagnosis.health import in_words
from agents.tools.drivers.prometheus import Prometheus
from agents.tools.port import Unanswered
from tests.agents.tools.conftest import Serve
from tests.agents.tools.prometheus_answers import NOON, matrix, query_of, vector


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
