"""The Kubernetes driver, against a cluster on loopback."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agents.io.clock import VirtualClock
from agents.readings.production import Machine
from agents.tools.drivers.kubernetes import MOST_OF_A_LOG, Kubernetes
from agents.tools.port import Unanswered
from tests.agents.tools.cluster import Cluster
from tests.agents.tools.vendor import on_loopback

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
KEY = "20260302-120000-abc123/main/s3_infrastructure_carry_out#1/scale.1"


@pytest.fixture
def cluster() -> Cluster:
    cluster = Cluster()
    cluster.released(2, "registry:5000/shop/checkout:v2", "2026-03-01T09:00:00Z")
    cluster.released(10, "registry:5000/shop/checkout:v3", "2026-03-02T11:30:00Z")
    cluster.released(1, "registry:5000/shop/checkout:v1", "2026-02-27T09:00:00Z")
    cluster.released(7, "shop/other:v9", "2026-03-02T11:00:00Z", owner="u-2")
    return cluster


@pytest.fixture
def settings(cluster: Cluster, tmp_path: Path) -> Iterator[dict[str, Any]]:
    token = tmp_path / "token"
    token.write_text("sa-token\n")
    with on_loopback(cluster) as url:
        entry = {"url": url, "token": f"file:{token}", "namespace": "shop", "deployment": "checkout"}
        yield {**entry, "container": "checkout"}


async def test_the_state_names_who_is_not_ready_and_why(
    settings: dict[str, Any], cluster: Cluster, clock: VirtualClock
) -> None:
    crash: dict[str, Any] = {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "restartCount": 4}
    crash["lastState"] = {"terminated": {"finishedAt": "2026-03-02T11:50:00Z"}}
    long_ago: dict[str, Any] = {"state": {"running": {}}, "restartCount": 9}
    long_ago["lastState"] = {"terminated": {"finishedAt": "2026-03-01T11:50:00Z"}}
    cluster.pods = [pod("checkout-a", "True", long_ago), pod("checkout-b", "False", crash)]
    cluster.events = [
        event("checkout-b", "2026-03-02T11:55:00Z", "BackOff"),
        event("checkout-a", "2026-03-02T08:00:00Z", "Unhealthy"),
        event("search-a", "2026-03-02T11:55:00Z", "BackOff"),
    ]
    state = await Kubernetes(settings, clock).infrastructure_state("checkout")
    assert (state.replicas_wanted, state.replicas_ready, state.replicas_limit) == (2, 2, 10)
    assert state.restarts_last_hour == 4
    assert state.machines == [Machine(name="checkout-b", ready=False, reason="CrashLoopBackOff")]
    assert state.events == ["2026-03-02T11:55:00Z checkout-b: BackOff: it is BackOff"]


def pod(name: str, ready: str, container: dict[str, Any]) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": ready}]
    status = {"phase": "Running", "conditions": conditions, "containerStatuses": [container]}
    return {"metadata": {"name": name}, "status": status}


def event(name: str, at: str, reason: str) -> dict[str, Any]:
    about = {"kind": "Pod", "name": name}
    return {"involvedObject": about, "reason": reason, "message": f"it is {reason}", "lastTimestamp": at}


async def test_the_history_is_what_the_replica_sets_say(settings: dict[str, Any], clock: VirtualClock) -> None:
    history = await Kubernetes(settings, clock).deployment_history("checkout", hours=48)
    assert [(d.version, d.previous, d.note) for d in history.deployments] == [
        ("v2", "v1", "revision 2"),
        ("v3", "v2", "revision 10"),
    ]
    assert history.running == "v3"
    assert history.deployments[-1].at == NOON - timedelta(minutes=30)


async def test_a_template_that_was_put_back_counts_from_then(
    settings: dict[str, Any], cluster: Cluster, clock: VirtualClock
) -> None:
    cluster.released(11, "registry:5000/shop/checkout:v2", "2026-02-28T09:00:00Z")
    progressing = {"type": "Progressing", "reason": "NewReplicaSetAvailable", "lastUpdateTime": "2026-03-02T11:45:00Z"}
    cluster.deployment["status"]["conditions"] = [progressing]
    history = await Kubernetes(settings, clock).deployment_history("checkout", hours=1)
    assert [(d.version, d.previous, d.at) for d in history.deployments] == [
        ("v3", "v2", NOON - timedelta(minutes=30)),
        ("v2", "v3", NOON - timedelta(minutes=15)),
    ]


def test_a_rollback_puts_the_earlier_template_back_and_waits(
    settings: dict[str, Any], cluster: Cluster, clock: VirtualClock
) -> None:
    driver = Kubernetes(settings, clock)
    done = clock.run(lambda: driver.rollback("checkout", "v2", idempotency_key=KEY))
    put_back = cluster.deployment["spec"]["template"]
    assert (done.done, done.detail) == (True, "checkout: 2 updated and 2 available of 2, image v2")
    assert put_back["spec"]["containers"][1]["image"] == "registry:5000/shop/checkout:v2"
    assert put_back["metadata"]["labels"] == {"app": "checkout"}
    assert clock.now() > NOON


async def test_a_version_that_is_no_longer_kept_is_not_rolled_back_to(
    settings: dict[str, Any], cluster: Cluster, clock: VirtualClock
) -> None:
    done = await Kubernetes(settings, clock).rollback("checkout", "v9", idempotency_key=KEY)
    assert (done.done, done.detail) == (False, "no revision of checkout that is still kept runs v9")
    assert cluster.patches == 0


def test_scaling_changes_the_replicas(settings: dict[str, Any], cluster: Cluster, clock: VirtualClock) -> None:
    driver = Kubernetes(settings, clock)
    done = clock.run(lambda: driver.scale("checkout", 5, idempotency_key=KEY))
    assert done.done
    assert cluster.deployment["spec"]["replicas"] == 5


@pytest.mark.parametrize("replicas", [0, -1, 11])
async def test_nobody_scales_beyond_what_the_catalogue_allows(
    settings: dict[str, Any], cluster: Cluster, clock: VirtualClock, replicas: int
) -> None:
    done = await Kubernetes(settings, clock).scale("checkout", replicas, idempotency_key=KEY)
    assert (done.done, done.detail) == (False, f"{replicas} replicas: the catalogue allows 1 to 10")
    assert cluster.patches == 0


def test_a_restart_is_a_rollout(settings: dict[str, Any], cluster: Cluster, clock: VirtualClock) -> None:
    driver = Kubernetes(settings, clock)
    assert clock.run(lambda: driver.restart("checkout", idempotency_key=KEY)).done
    noted = cluster.deployment["spec"]["template"]["metadata"]["annotations"]
    assert noted == {"kubectl.kubernetes.io/restartedAt": NOON.isoformat()}
    assert cluster.deployment["spec"]["template"]["spec"]["containers"][1]["image"].endswith(":v3")


def test_a_rollout_that_fails_is_not_done(settings: dict[str, Any], cluster: Cluster, clock: VirtualClock) -> None:
    cluster.fails_to_roll_out = True
    driver = Kubernetes(settings, clock)
    done = clock.run(lambda: driver.restart("checkout", idempotency_key=KEY))
    assert not done.done
    assert done.detail.endswith("the rollout has failed")


def test_a_rollout_is_waited_for_no_longer_than_it_may_take(
    settings: dict[str, Any], cluster: Cluster, clock: VirtualClock
) -> None:
    cluster.looks_until_rolled_out = 1000
    driver = Kubernetes({**settings, "within_seconds": 30}, clock)
    done = clock.run(lambda: driver.restart("checkout", idempotency_key=KEY))
    assert not done.done
    assert done.detail.endswith("the rollout is not over in its time")
    assert clock.now() - NOON == timedelta(seconds=30)


def test_an_act_is_found_again_by_its_key(settings: dict[str, Any], cluster: Cluster, clock: VirtualClock) -> None:
    driver = Kubernetes(settings, clock)
    cluster.lose_answers = 1

    async def story() -> None:
        assert await driver.lookup(KEY) is None
        done = await driver.rollback("checkout", "v2", idempotency_key=KEY)
        assert done.done
        assert await driver.lookup(KEY) == done
        await driver.scale("checkout", 3, idempotency_key=f"{KEY}2")
        assert await driver.lookup(KEY) is None

    clock.run(story)
    assert cluster.patches == 2


async def test_a_refusal_says_what_was_asked_and_never_the_token(
    settings: dict[str, Any], clock: VirtualClock, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("of-yesterday")
    with pytest.raises(Unanswered, match=r"asked GET .*/deployments/checkout; answered: HTTP 401") as unanswered:
        await Kubernetes(settings, clock).infrastructure_state("checkout")
    assert "of-yesterday" not in unanswered.value.refusal.said


async def test_a_token_that_is_not_there_is_said(settings: dict[str, Any], clock: VirtualClock, tmp_path: Path) -> None:
    (tmp_path / "token").unlink()
    with pytest.raises(Unanswered, match=r"it was not sent: .*No such file"):
        await Kubernetes(settings, clock).infrastructure_state("checkout")


async def test_settings_are_told_now_and_before_those_that_changed_first(
    settings: dict[str, Any], cluster: Cluster, clock: VirtualClock
) -> None:
    def with_settings(spec: dict[str, Any], timeout: str, password: str) -> None:
        spec["template"]["spec"]["containers"][1].update(
            env=[
                {"name": "TIMEOUT", "value": timeout},
                {"name": "DB_PASSWORD", "value": password},
                {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "checkout", "key": "token"}}},
            ],
            resources={"limits": {"memory": "1Gi"}},
        )

    cluster.replica_sets.clear()
    cluster.released(1, "shop/checkout:v2", "2026-03-02T10:00:00Z")
    cluster.released(2, "shop/checkout:v3", "2026-03-02T11:40:00Z")
    with_settings(cluster.replica_sets[0]["spec"], "30", "correcthorse")
    with_settings(cluster.deployment["spec"], "5", "batterystaple")
    found = {one.name: one for one in (await Kubernetes(settings, clock).configuration("checkout")).settings}
    changed = {name: (one.before, one.now) for name, one in found.items() if one.is_changed}
    assert changed["checkout: env TIMEOUT"] == ("30", "5")
    assert changed["checkout: env DB_PASSWORD"] == ("[redacted]", "[redacted]")
    assert set(list(found)[: len(changed)]) == set(changed)
    assert "checkout: resources limits.memory" not in changed
    assert found["checkout: resources limits.memory"].now == "1Gi"
    assert str(found["checkout: env TIMEOUT"].changed_at) == "2026-03-02 11:40:00+00:00"


async def test_settings_without_an_earlier_revision_say_so(
    settings: dict[str, Any], cluster: Cluster, clock: VirtualClock
) -> None:
    cluster.replica_sets.clear()
    found = await Kubernetes(settings, clock).configuration("checkout")
    assert found.note == "no earlier revision is kept"
    assert not any(one.is_changed for one in found.settings)


async def test_pods_are_described_one_by_one_those_that_are_not_well_first(
    settings: dict[str, Any], cluster: Cluster, clock: VirtualClock
) -> None:
    ended = {"reason": "OOMKilled", "exitCode": 137, "finishedAt": "2026-03-02T11:50:00Z"}
    crash: dict[str, Any] = {
        "name": "checkout",
        "restartCount": 4,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    }
    crash["lastState"] = {"terminated": ended}
    well: dict[str, Any] = {"name": "checkout", "state": {"running": {}}, "restartCount": 0}
    cluster.pods = [pod("checkout-a", "True", well), pod("checkout-b", "False", crash)]
    cluster.events = [
        event("checkout", "2026-03-02T11:40:00Z", "ScalingReplicaSet"),
        event("search", "2026-03-02T11:40:00Z", "ScalingReplicaSet"),
    ]
    cluster.deployment["status"]["conditions"] = [{"type": "Available", "status": "False", "reason": "Minimum"}]
    told = await Kubernetes(settings, clock).describe_workload("checkout")
    assert [one.name for one in told.pods] == ["checkout-b", "checkout-a"]
    assert told.pods[0].containers == [
        "checkout waits (reason CrashLoopBackOff), started again 4 times; "
        "before: ended (reason OOMKilled, exitCode 137, finishedAt 2026-03-02T11:50:00Z)"
    ]
    assert told.conditions == ["Available is False: Minimum"]
    assert [line.partition(": ")[2] for line in told.events] == ["ScalingReplicaSet: it is ScalingReplicaSet"]


async def test_of_many_pods_and_long_logs_it_is_said_what_was_not_read(
    settings: dict[str, Any], cluster: Cluster, clock: VirtualClock
) -> None:
    cluster.pods = [pod(f"checkout-{number}", "True", {"name": "checkout"}) for number in range(10)]
    cluster.pods.append(pod("checkout-ill", "False", {"name": "checkout"}))
    newest = "2026-03-02T11:59:00Z INFO took an order\n"
    cluster.logs = {one["metadata"]["name"]: newest for one in cluster.pods}
    driver = Kubernetes(settings, clock)
    found = await driver.search_logs(service="checkout")
    assert "checkout-ill" in {line.instance for line in found.lines}
    assert found.note == "pods not asked: 1; name an instance"
    cluster.logs["checkout-ill"] = newest * MOST_OF_A_LOG
    earlier = await driver.search_logs(service="checkout", instance="checkout-ill", until="2026-03-02T11:50:00Z")
    assert (earlier.lines, earlier.earlier_left_out) == ([], True)
    assert earlier.note == f"of each pod only the newest {MOST_OF_A_LOG} lines until now were read"


async def test_the_logs_of_pods_are_searched_with_what_a_container_wrote_before_it_ended(
    settings: dict[str, Any], cluster: Cluster, clock: VirtualClock
) -> None:
    crash = {"name": "checkout", "restartCount": 1}
    cluster.pods = [pod("checkout-a", "True", {"name": "checkout"}), pod("checkout-b", "False", crash)]
    cluster.logs = {
        "checkout-a": "2026-03-02T11:41:00.123456789Z INFO took order 1\n2026-03-02T11:59:00Z \n",
        "checkout-b": "2026-03-02T11:52:00Z INFO starting\n",
        "checkout-b before": "2026-03-02T11:50:00Z FATAL out of memory\n2026-03-02T09:00:00Z INFO old\n",
    }
    driver = Kubernetes(settings, clock)
    found = await driver.search_logs(service="checkout", minutes=30)
    assert [(line.text, line.instance, line.level) for line in found.lines] == [
        ("INFO took order 1", "checkout-a", "info"),
        ("FATAL out of memory", "checkout-b", "fatal"),
        ("INFO starting", "checkout-b", "info"),
    ]
    assert len((await driver.search_logs(service="checkout", instance="checkout-a")).lines) == 1
    del cluster.logs["checkout-b before"]
    assert len((await driver.search_logs(service="checkout")).lines) == 2
    del cluster.logs["checkout-b"]
    found = await driver.search_logs(service="checkout")
    assert ([line.instance for line in found.lines], found.note) == (["checkout-a"], "no log of checkout-b")
    del cluster.logs["checkout-a"]
    with pytest.raises(Unanswered, match="HTTP 400"):
        await driver.search_logs(service="checkout")
