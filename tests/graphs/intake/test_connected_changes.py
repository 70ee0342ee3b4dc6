"""The ledger beside the connected systems: what they say goes into it, and what others reported stands beside it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from agents.io.catalogue import Catalogue
from agents.io.clock import VirtualClock
from agents.readings.history import ChangeHistory, Deployment, DeploymentHistory, RecordedChange
from agents.readings.production import ActionResult, InfrastructureState, ProviderStatus, Refusal
from agents.tools.port import AnyPort, Unanswered
from agents.tools.ports import (
    change_history,
    deployment_history,
    golden_signals,
    infrastructure_state,
    provider_status,
    restart,
    rollback,
    scale,
)
from graphs.intake.change_ledger import DRIVER, ChangeLedger
from graphs.intake.connected_changes import FRESH, WithChangeLedger
from graphs.store.store import Store
from tests.agents.conftest import Answers
from tests.graphs.theatre import EPOCH, MINUTE

CATALOGUE = Catalogue.model_validate(
    {
        "services": {
            "checkout": {"observe": {"deployments": {"driver": "kubernetes", "deployment": "checkout"}}},
            "orders-db": {"kind": "database"},
            "card-gateway": {"kind": "provider"},
        }
    }
)


class Systems(Answers):
    """The connected systems; an act that is connected is done."""

    def __init__(self) -> None:
        super().__init__()
        self.hours: list[int] = []

    def driver(self, port: AnyPort, service: str) -> Any:
        connected = super().driver(port, service)

        async def tell(**arguments: Any) -> BaseModel:
            assert connected
            self.hours += [arguments["hours"]] if "hours" in arguments else []
            return await connected(**arguments)

        return tell if connected else None


@pytest.fixture
def ledger() -> Iterator[ChangeLedger]:
    store = Store()
    yield ChangeLedger(store, VirtualClock(EPOCH), CATALOGUE)
    store.close()


@pytest.fixture
def systems() -> Systems:
    return Systems()


@pytest.fixture
def connections(systems: Systems, ledger: ChangeLedger) -> WithChangeLedger:
    return WithChangeLedger(systems, ledger)


async def ask(connections: WithChangeLedger, port: AnyPort, name: str, **more: Any) -> Any:
    read = connections.driver(port, name)
    assert read is not None
    return await read(**{"provider" if port is provider_status else "service": name}, **more)


def deployment(version: str, at: datetime, **more: Any) -> Deployment:
    told: dict[str, Any] = {"service": "checkout", "previous": None, "status": "succeeded", **more}
    return Deployment(version=version, at=at, **told)


def deployed(*deployments: Deployment) -> DeploymentHistory:
    return DeploymentHistory(service="checkout", running=deployments[-1].version, deployments=list(deployments))


def state(*events: str, service: str = "checkout") -> InfrastructureState:
    replicas = {"replicas_wanted": 1, "replicas_ready": 1, "replicas_limit": None, "restarts_last_hour": 0}
    told = {"service": service, "standby": None, "machines": [], "events": list(events), **replicas}
    return InfrastructureState.model_validate(told)


def reported(ledger: ChangeLedger, id: str = "r", **told: Any) -> None:  # noqa: A002
    fields = {"id": id, "kind": "release", "service": "checkout", "at": EPOCH, "what": "deploy", "source": "github"}
    ledger.record("key ci", [RecordedChange.model_validate({**fields, **told})])


async def test_what_drivers_and_events_say_and_what_was_reported_is_one_history(
    connections: WithChangeLedger, systems: Systems, ledger: ChangeLedger
) -> None:
    systems.put("deployment_history", "checkout", deployed(deployment("2.0.0", EPOCH - 20 * MINUTE)))
    systems.put("infrastructure_state", "checkout", state("02:30 replicas from 12 to 6", "02:31 probe failed"))
    reported(ledger, new="2.0.0", at=EPOCH - 18 * MINUTE, by="grace")
    reported(ledger, "f", kind="flag", what="flag new-basket on", at=EPOCH - 5 * MINUTE)
    found: ChangeHistory = await ask(connections, change_history, "checkout")
    assert [(one.kind, one.new, one.by, one.source) for one in found.changes] == [
        ("scaling", "6", "", "infrastructure"),
        ("release", "2.0.0", "grace", "kubernetes, github"),
        ("flag", "", "", "github"),
    ]
    assert found.missing == []


async def test_a_database_has_changes_though_nothing_is_connected(
    connections: WithChangeLedger, ledger: ChangeLedger
) -> None:
    reported(ledger, kind="configuration", service="orders-db", old="400", new="100")
    (change,) = (await ask(connections, change_history, "orders-db")).changes
    assert (change.service, change.old, change.new) == ("orders-db", "400", "100")


async def test_a_reported_release_stands_beside_the_drivers_and_one_that_it_tells_of_too_does_not(
    connections: WithChangeLedger, systems: Systems, ledger: ChangeLedger
) -> None:
    systems.put("deployment_history", "checkout", deployed(deployment("2.0.0", EPOCH - 20 * MINUTE)))
    reported(ledger, "same", new="2.0.0", at=EPOCH - 18 * MINUTE)
    reported(ledger, "more", new="2.0.1", at=EPOCH - 2 * MINUTE, status="failed")
    reported(ledger, "nameless", at=EPOCH - MINUTE)
    for _ in range(2):
        found: DeploymentHistory = await ask(connections, deployment_history, "checkout")
        assert [(one.version, one.status) for one in found.deployments] == [("2.0.0", "succeeded"), ("2.0.1", "failed")]
        assert (found.running, "reported by github" in found.deployments[1].note) == ("2.0.0", True)


async def test_without_a_driver_the_reported_releases_are_the_deployments(
    connections: WithChangeLedger, ledger: ChangeLedger
) -> None:
    assert connections.driver(deployment_history, "search") is None
    reported(ledger, service="search", new="1.1", at=EPOCH - MINUTE)
    found: DeploymentHistory = await ask(connections, deployment_history, "search", hours=1)
    assert (found.running, [one.version for one in found.deployments]) == ("1.1", ["1.1"])


@pytest.mark.parametrize(
    ("environment", "is_told"),
    [
        ("", True),
        ("production", True),
        ("Prod-eu", True),
        ("staging", False),
        ("preprod", False),
        ("product-tests", False),
    ],
)
async def test_only_a_release_in_production_is_a_deployment(
    connections: WithChangeLedger, ledger: ChangeLedger, environment: str, is_told: bool
) -> None:
    reported(ledger, service="search", new="1.1", at=EPOCH - MINUTE, environment=environment)
    assert (connections.driver(deployment_history, "search") is not None) is is_told
    (change,) = (await ask(connections, change_history, "search")).changes
    assert change.environment == environment


async def test_a_driver_is_asked_for_a_week_and_answers_for_as_long_as_was_asked(
    connections: WithChangeLedger, systems: Systems
) -> None:
    older = deployment("1.9.0", EPOCH - timedelta(hours=50))
    systems.put("deployment_history", "checkout", deployed(older, deployment("2.0.0", EPOCH - MINUTE)))
    found: DeploymentHistory = await ask(connections, deployment_history, "checkout", hours=24)
    assert [one.version for one in found.deployments] == ["2.0.0"]
    assert systems.hours == [168]
    changes = (await ask(connections, change_history, "checkout", hours=72)).changes
    assert [one.new for one in changes] == ["1.9.0", "2.0.0"]


async def test_a_time_that_a_program_prints_without_its_zone_is_utc(
    connections: WithChangeLedger, systems: Systems
) -> None:
    systems.put("deployment_history", "checkout", deployed(deployment("2.0.0", (EPOCH - MINUTE).replace(tzinfo=None))))
    found: DeploymentHistory = await ask(connections, deployment_history, "checkout")
    assert found.deployments[0].at == EPOCH - MINUTE


async def test_what_was_just_asked_is_not_asked_again(connections: WithChangeLedger, systems: Systems) -> None:
    systems.put("infrastructure_state", "checkout", state("02:30 replicas from 12 to 6"))
    await ask(connections, infrastructure_state, "checkout")
    await ask(connections, change_history, "checkout")
    assert systems.asked.count(("infrastructure_state", "checkout")) == 1


def test_after_a_while_the_systems_are_asked_again(systems: Systems, ledger: ChangeLedger) -> None:
    systems.put("infrastructure_state", "checkout", state())
    clock = VirtualClock(EPOCH)
    ledger.clock = clock
    connections = WithChangeLedger(systems, ledger)

    async def twice() -> None:
        await ask(connections, change_history, "checkout")
        await clock.sleep(FRESH)
        await ask(connections, change_history, "checkout")

    clock.run(twice)
    assert systems.asked.count(("infrastructure_state", "checkout")) == 2


async def test_what_could_not_be_asked_is_said_and_is_not_asked_twice(
    connections: WithChangeLedger, systems: Systems
) -> None:
    systems.put("deployment_history", "checkout", Refusal(error="timeout", said="nothing within 15 s"))
    with pytest.raises(Unanswered):
        await ask(connections, deployment_history, "checkout")
    found: ChangeHistory = await ask(connections, change_history, "checkout")
    assert found.missing == ["deployment_history of checkout: nothing within 15 s"]
    assert systems.asked.count(("deployment_history", "checkout")) == 1


async def test_events_that_are_gone_are_remembered_and_one_that_is_told_again_counts_once(
    connections: WithChangeLedger, systems: Systems, ledger: ChangeLedger
) -> None:
    systems.put("infrastructure_state", "checkout", state("02:30 replicas from 12 to 6"))
    await ask(connections, infrastructure_state, "checkout")
    ledger.clock = VirtualClock(EPOCH + timedelta(days=1))
    again = WithChangeLedger(systems, ledger)
    await ask(again, infrastructure_state, "checkout")
    systems.put("infrastructure_state", "checkout", state())
    (change,) = (await ask(again, change_history, "checkout")).changes
    assert change.at == EPOCH - 30 * MINUTE


async def test_what_a_provider_admits_is_a_change_of_the_provider(
    connections: WithChangeLedger, systems: Systems
) -> None:
    since = EPOCH - 40 * MINUTE
    status = ProviderStatus(provider="card-gateway", status="outage", since=since, message="card payments fail")
    systems.put("provider_status", "card-gateway", status)
    (change,) = (await ask(connections, change_history, "card-gateway")).changes
    assert (change.kind, change.at, change.new) == ("provider", since, "outage")
    assert "card payments fail" in change.what


async def test_a_program_of_one_s_own_may_tell_of_changes(connections: WithChangeLedger, systems: Systems) -> None:
    told = RecordedChange(id="1", kind="secret", service="x", at=EPOCH - MINUTE, what="key rotated", source="x")
    own = ChangeHistory(service="orders-db", since=EPOCH, changes=[told])
    systems.put("change_history", "orders-db", own)
    (change,) = (await ask(connections, change_history, "orders-db")).changes
    assert (change.service, change.source, change.what) == ("orders-db", "changes", "key rotated")


@pytest.mark.parametrize(
    ("port", "more", "kind", "new"),
    [
        (rollback, {"version": "1.9.0"}, "release", "1.9.0"),
        (scale, {"replicas": 8}, "scaling", "8"),
        (restart, {}, "operator", ""),
    ],
)
async def test_what_warroom_itself_changes_is_recorded_once_it_is_done(
    connections: WithChangeLedger, systems: Systems, port: AnyPort, more: dict[str, Any], kind: str, new: str
) -> None:
    systems.put(port.name, "checkout", ActionResult(done=True, detail="done"))
    await ask(connections, port, "checkout", idempotency_key="run-1/main/s3#1", **more)
    (change,) = (await ask(connections, change_history, "checkout")).changes
    assert (change.kind, change.new, change.by) == (kind, new, "Warroom")
    assert "run-1" not in change.model_dump_json()


async def test_what_was_not_done_is_not_recorded(connections: WithChangeLedger, systems: Systems) -> None:
    systems.put("restart", "checkout", ActionResult(done=False, detail="refused"))
    await ask(connections, restart, "checkout", idempotency_key="run-1/main/s3#1")
    assert (await ask(connections, change_history, "checkout")).changes == []


def test_everything_else_is_asked_as_before(connections: WithChangeLedger) -> None:
    assert connections.driver(golden_signals, "checkout") is None
    assert connections.driver(infrastructure_state, "checkout") is None
    assert connections.lookup(restart, "checkout") is None


async def test_secrets_in_what_a_driver_says_do_not_reach_the_ledger(
    connections: WithChangeLedger, systems: Systems, ledger: ChangeLedger
) -> None:
    released = deployment("2.0.0", EPOCH - MINUTE, note="password=hunter2abcdef")
    systems.put("deployment_history", "checkout", deployed(released))
    await ask(connections, deployment_history, "checkout")
    assert "hunter2" not in ledger.newest(1)[0].what


def test_the_name_of_the_reporter_is_not_one_that_a_sender_can_prove() -> None:
    assert DRIVER not in ("local", "warroom")
    assert " " not in DRIVER
