"""Which change fits the mechanism that was seen: room, a restart, a standby, or none of them."""

import pytest

from agents.readings.production import (
    DatabaseHealth,
    Dependencies,
    Machine,
)
from agents.reports.mitigation import Proposal
from agents.roles import infrastructure_maintainer as maintainer
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import DataFinding, Ledger
from tests.agents.conftest import NOW, Answers, call, golden, series, system
from tests.agents.roles.test_mitigation import concluded, estate


async def test_a_service_at_its_limit_by_more_traffic_is_given_room_and_not_restarted(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    estate(production)
    crowded = golden("checkout", error_rate=0.05, traffic=115)
    nearly_full = crowded.model_copy(update={"saturation": series("share", 0.6, 0.98)})
    production.put("golden_signals", "checkout", nearly_full)
    proposal = await maintainer.propose_infrastructure_change.without_model(concluded(briefing), context)
    assert proposal.action == "scale"


async def test_a_service_that_is_full_because_each_request_takes_longer_is_not_given_room_for_a_crowd(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    estate(production)
    slow = golden("checkout", error_rate=0.9, latency=2.4, traffic=115)
    slow = slow.model_copy(update={"saturation": series("share", 0.04, 0.95)})
    production.put("golden_signals", "checkout", slow)
    proposal = await maintainer.propose_infrastructure_change.without_model(concluded(briefing), context)
    assert proposal.action == "restart"


async def test_a_database_whose_sessions_wait_for_a_lock_is_not_failed_over(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    estate(production, service="orders-db", standby="orders-db-b")
    production.put("infrastructure_state", "orders-db", production.values["infrastructure_state", "checkout"])
    production.put("golden_signals", "orders-db", golden("orders-db", error_rate=0.2))
    read = DatabaseHealth.model_validate({"service": "orders-db", "database": "orders-db", "waiting_for_locks": 9})
    production.put("database_health", "orders-db", read)
    restart = Proposal(action="restart", service="orders-db", summary="")
    tried = Attempt(cause="infrastructure", component="orders-db", proposal=restart, outcome="refused", at=NOW)
    told = concluded(briefing, component="orders-db").model_copy(update={"attempts": [tried]})
    proposal = await maintainer.propose_infrastructure_change.without_model(told, context)
    assert proposal.action is None
    assert proposal.summary.startswith(
        "What is known so far calls for none of the other changes that can be made to orders-db: "
    )
    assert "end the session that holds the lock" in proposal.summary


@pytest.mark.parametrize(("of_the_standby", "action"), [(None, None), (0.5, "failover"), (0.96, None)])
async def test_at_a_full_disk_nothing_is_moved_to_a_standby_whose_disk_is_not_seen_to_have_room(
    briefing: Briefing, context: DutyContext, production: Answers, of_the_standby: float | None, action: str | None
) -> None:
    estate(production, service="orders-db", standby="orders-db-b", replicas_wanted=1, replicas_ready=1)
    production.put("infrastructure_state", "orders-db", production.values["infrastructure_state", "checkout"])
    production.put("golden_signals", "orders-db", golden("orders-db", error_rate=0.2))
    production.put("system_metrics", "orders-db", system("orders-db", disk=0.97))
    if of_the_standby is not None:
        production.put("system_metrics", "orders-db-b", system("orders-db-b", disk=of_the_standby))
    told = concluded(briefing, component="orders-db")
    proposal = await maintainer.propose_infrastructure_change.without_model(told, context)
    assert proposal.action == action
    assert action or "free space on its volume" in proposal.summary


async def test_what_keeps_data_is_not_scaled_for_a_failing_machine(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    node = Machine(name="orders-db-2", ready=False, reason="node stopped reporting")
    estate(production, service="orders-db", machines=[node], replicas_ready=3)
    production.put("infrastructure_state", "orders-db", production.values["infrastructure_state", "checkout"])
    production.put("golden_signals", "orders-db", golden("orders-db", error_rate=0.2))
    told = concluded(briefing, component="orders-db")
    assert (await maintainer.propose_infrastructure_change.without_model(told, context)).action is None


@pytest.mark.parametrize(
    ("event", "action"), [("password of user shop rotated", "restart"), ("log level raised to debug", None)]
)
async def test_a_service_that_may_hold_a_rotated_secret_is_restarted_to_read_it_anew(
    briefing: Briefing, context: DutyContext, production: Answers, event: str, action: str | None
) -> None:
    estate(production, service="orders-db", events=[f"13:40 {event}"])
    production.put("infrastructure_state", "orders-db", production.values["infrastructure_state", "checkout"])
    estate(production)
    told = concluded(briefing, signature="password authentication failed for user shop")
    proposal = await maintainer.propose_infrastructure_change.without_model(told, context)
    assert proposal.action == action
    assert action is None or "password of user shop rotated" in proposal.summary


async def test_a_service_that_writes_to_a_copy_of_its_database_is_restarted_and_a_database_is_not(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    signature = "READONLY You can't write against a read only replica."
    estate(production)
    proposal = await maintainer.propose_infrastructure_change.without_model(
        concluded(briefing, signature=signature), context
    )
    assert proposal.action == "restart"
    assert "connects to the copy of its database that takes writes" in proposal.summary
    production.put("infrastructure_state", "orders-db", production.values["infrastructure_state", "checkout"])
    told = concluded(briefing, component="orders-db", signature=signature)
    assert (await maintainer.propose_infrastructure_change.without_model(told, context)).action is None


async def test_what_refuses_a_certificate_is_done_without_until_that_is_mended(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    estate(production)
    calls = [call("card-gateway", "provider", 0.9, fallback="cache")]
    production.put("dependencies", "checkout", Dependencies(service="checkout", calls=calls, called_by=[]))
    told = concluded(briefing, signature="card-gateway: tls: expired certificate")
    proposal = await maintainer.propose_infrastructure_change.without_model(told, context)
    assert (proposal.action, proposal.parameters) == ("fallback", {"dependency": "card-gateway"})
    assert "renew the certificate" in proposal.summary


async def test_replicas_that_find_no_machine_are_neither_restarted_nor_joined_by_more(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    pod = Machine(name="checkout-3", ready=False, reason="Pending: 0/9 nodes fit, quota of the project is used up")
    estate(production, machines=[pod], replicas_ready=3)
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.03))
    proposal = await maintainer.propose_infrastructure_change.without_model(concluded(briefing), context)
    assert proposal.action is None
    assert "room for its replicas" in proposal.summary


async def test_nothing_is_moved_to_a_standby_that_lags(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    estate(production, service="orders-db", standby="orders-db-b", replicas_ready=3)
    node = Machine(name="orders-db-0", ready=False, reason="node stopped reporting")
    state = production.values["infrastructure_state", "checkout"].model_copy(update={"machines": [node]})
    production.put("infrastructure_state", "orders-db", state)
    production.put("golden_signals", "orders-db", golden("orders-db", error_rate=0.2))
    told = concluded(briefing, component="orders-db")
    assert (await maintainer.propose_infrastructure_change.without_model(told, context)).action == "failover"
    lag = DatabaseHealth(service="orders-db", database="orders-db", replication_lag_seconds=900)
    production.put("database_health", "orders-db", lag)
    proposal = await maintainer.propose_infrastructure_change.without_model(told, context)
    assert proposal.action is None
    assert "holds up the replication" in proposal.summary


async def test_one_hung_instance_of_a_service_that_keeps_no_data_is_restarted(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    hung = Machine(name="checkout-1", ready=True, reason="no request answered for an hour")
    estate(production, machines=[hung])
    proposal = await maintainer.propose_infrastructure_change.without_model(concluded(briefing), context)
    assert (proposal.action, "checkout-1 runs, but" in proposal.summary) == ("restart", True)


@pytest.mark.parametrize(("is_lost", "action"), [(False, "restart"), (True, None)])
async def test_a_store_that_is_losing_data_is_left_to_people(
    briefing: Briefing, context: DutyContext, production: Answers, is_lost: bool, action: str | None
) -> None:
    estate(production, service="orders-db", replicas_wanted=1, replicas_ready=0)
    production.put("infrastructure_state", "orders-db", production.values["infrastructure_state", "checkout"])
    data = DataFinding(is_lost=is_lost, is_breach_suspected=False, words="7 records lost", cite="0d")
    told = concluded(briefing, component="orders-db").model_copy(update={"ledger": Ledger(data=data)})
    proposal = await maintainer.propose_infrastructure_change.without_model(told, context)
    assert proposal.action == action
    assert (action is None) == ("may lose the rest" in proposal.summary)
