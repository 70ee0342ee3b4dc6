"""Infrastructure Maintainer: infrastructure changes, fallback, and whether they helped."""

from datetime import timedelta
from typing import Any

import pytest

from agents.readings.production import (
    DatabaseHealth,
    Dependencies,
    EndpointCheck,
    EndpointChecks,
    InfrastructureState,
    Machine,
    ProviderStatus,
    Refusal,
)
from agents.reports.basis import Claim
from agents.reports.investigation import Conclusion, Hypothesis
from agents.reports.mitigation import Proposal
from agents.roles import infrastructure_maintainer as maintainer
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Act, Ledger, Statement
from tests.agents.conftest import NOW, ONSET, Answers, MemoryLog, call, golden, system

ACTED = NOW - timedelta(minutes=6)


def concluded(briefing: Briefing, cause: Any = "infrastructure", **more: Any) -> Briefing:
    component = more.pop("component", "checkout")
    support = [Claim(text=f"{component} is short of something", cites=["00000001"])]
    hypothesis = Hypothesis(
        cause=cause,
        component=component,
        statement="it fails",
        status="supported",
        strength=3,
        support=support,
        onset=ONSET,
        **more,
    )
    conclusion = Conclusion(
        verdict="cause found",
        cause=cause,
        component=component,
        summary="",
        hypotheses=[hypothesis],
        introduced_at=ONSET,
    )
    return briefing.model_copy(update={"conclusion": conclusion, "conclusion_ref": "00000002"})


def estate(production: Answers, **more: Any) -> None:
    usual: dict[str, Any] = {"replicas_wanted": 4, "replicas_ready": 4, "replicas_limit": 10, "restarts_last_hour": 0}
    usual |= {"standby": None, "machines": [], "events": [], "service": "checkout"}
    production.put("infrastructure_state", "checkout", InfrastructureState.model_validate({**usual, **more}))


async def test_a_crowd_is_answered_with_replicas_by_arithmetic(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", traffic=200, error_rate=0.2, saturation=0.99))
    proposal = await maintainer.propose_infrastructure_change.without_model(concluded(briefing), context)
    assert (proposal.action, proposal.service, proposal.parameters) == ("scale", "checkout", {"replicas": 10})
    assert proposal.risk
    assert proposal.undo


@pytest.mark.parametrize(("in_hand", "asked"), [(6, 6), (8, 8), (5, 6), (9, 6), (0, 6)])
async def test_a_number_of_replicas_in_hand_stays_while_it_is_enough_and_not_far_too_much(
    briefing: Briefing, context: DutyContext, production: Answers, in_hand: int, asked: int
) -> None:
    estate(production, replicas_wanted=2, replicas_ready=2)
    production.put("golden_signals", "checkout", golden("checkout", traffic=210, error_rate=0.2, saturation=0.99))
    scale = Proposal(action="scale", service="checkout", parameters={"replicas": in_hand}, summary="")
    told = concluded(briefing).model_copy(update={"proposal": scale if in_hand else None})
    proposal = await maintainer.propose_infrastructure_change.without_model(told, context)
    assert proposal.parameters == {"replicas": asked}


async def test_the_replicas_in_hand_of_another_service_say_nothing(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    estate(production, replicas_wanted=2, replicas_ready=2)
    production.put("golden_signals", "checkout", golden("checkout", traffic=210, error_rate=0.2, saturation=0.99))
    scale = Proposal(action="scale", service="accounts", parameters={"replicas": 8}, summary="")
    told = concluded(briefing).model_copy(update={"proposal": scale})
    proposal = await maintainer.propose_infrastructure_change.without_model(told, context)
    assert proposal.parameters == {"replicas": 6}


async def test_a_full_memory_is_answered_with_a_restart(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.2))
    production.put("system_metrics", "checkout", system("checkout", memory=0.96))
    proposal = await maintainer.propose_infrastructure_change.without_model(concluded(briefing), context)
    assert (proposal.action, proposal.parameters) == ("restart", {})


async def test_a_lost_machine_is_answered_with_its_standby(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    lost = [Machine(name="node-1", ready=False, reason="NotReady: node stopped reporting")]
    estate(production, replicas_ready=2, machines=lost, standby="checkout-b")
    proposal = await maintainer.propose_infrastructure_change.without_model(concluded(briefing), context)
    assert (proposal.action, proposal.parameters) == ("failover", {"standby": "checkout-b"})


async def test_what_did_not_help_is_not_proposed_again(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    estate(production, standby="checkout-b")
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.2))
    restart = Proposal(action="restart", service="checkout", summary="")
    tried = Attempt(cause="infrastructure", component="checkout", proposal=restart, outcome="did not help", at=NOW)
    told = concluded(briefing).model_copy(update={"attempts": [tried]})
    assert (await maintainer.propose_infrastructure_change.without_model(told, context)).action == "failover"


async def test_nothing_is_changed_where_nothing_is_wrong_at_this_moment(
    briefing: Briefing, context: DutyContext
) -> None:
    proposal = await maintainer.propose_infrastructure_change.without_model(concluded(briefing), context)
    assert (proposal.action, proposal.is_needed) == (None, False)


async def test_nothing_is_called_well_that_hardly_anything_reaches(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", traffic=0.5))
    proposal = await maintainer.propose_infrastructure_change.without_model(concluded(briefing), context)
    assert proposal.action is None
    assert proposal.summary.startswith("Hardly anything reaches checkout")


async def test_a_limit_that_is_not_known_is_not_told_as_one(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    estate(production, replicas_wanted=1, replicas_ready=1, replicas_limit=None)
    production.put("golden_signals", "checkout", golden("checkout", traffic=200, error_rate=0.2, saturation=0.99))
    proposal = await maintainer.propose_infrastructure_change.without_model(concluded(briefing), context)
    assert proposal.summary.startswith("Propose: scale checkout to 2 replicas, because")
    assert "at most 2, as the limit is not known" in proposal.summary
    assert (proposal.undo, "limit 2" in proposal.summary) == ("Scale back to 1 replica.", False)


async def test_a_failover_gives_what_was_read_as_its_reason(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    estate(production, standby="checkout-b")
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.2))
    restart = Proposal(action="restart", service="checkout", summary="")
    tried = Attempt(cause="infrastructure", component="checkout", proposal=restart, outcome="refused", at=NOW)
    told = concluded(briefing).model_copy(update={"attempts": [tried]})
    proposal = await maintainer.propose_infrastructure_change.without_model(told, context)
    assert proposal.summary.startswith("Propose: fail checkout over to checkout-b, because error rate 20")


async def test_what_does_not_run_is_restarted_and_the_reason_says_so(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    stopped = [Machine(name="a", ready=False, reason="it does not answer its scrape: up is 0", since=ONSET)]
    estate(production, replicas_wanted=1, replicas_ready=0, replicas_limit=None, machines=stopped)
    proposal = await maintainer.propose_infrastructure_change.without_model(concluded(briefing), context)
    assert proposal.action == "restart"
    assert "up is 0" in proposal.summary


@pytest.mark.parametrize(
    ("health", "action"),
    [
        ({}, None),
        ({"connections_used": 198, "connections_limit": 200}, "restart"),
        ({"waiting_for_locks": 9}, None),
        ({"replication_lag_seconds": 900}, None),
    ],
)
async def test_a_database_is_restarted_for_a_reason_that_was_read_only(
    briefing: Briefing, context: DutyContext, production: Answers, health: dict[str, Any], action: str | None
) -> None:
    estate(production, service="orders-db")
    production.put("infrastructure_state", "orders-db", production.values["infrastructure_state", "checkout"])
    production.put("golden_signals", "orders-db", golden("orders-db", error_rate=0.2))
    read = DatabaseHealth.model_validate({"service": "orders-db", "database": "orders-db", **health})
    production.put("database_health", "orders-db", read)
    told = concluded(briefing, component="orders-db")
    assert (await maintainer.propose_infrastructure_change.without_model(told, context)).action == action


async def test_where_no_declared_change_mends_it_the_answer_says_what_would(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.9))
    told = concluded(briefing, signature="x509: certificate has expired")
    proposal = await maintainer.propose_infrastructure_change.without_model(told, context)
    assert (proposal.action, proposal.is_needed) == (None, True)
    assert "renew the certificate" in proposal.summary


@pytest.mark.parametrize(("named", "action"), [("", None), ("orders", None), ("checkout", "restart")])
async def test_what_was_refused_is_proposed_again_only_where_it_follows_from_what_a_person_named_since(
    briefing: Briefing, context: DutyContext, production: Answers, named: str, action: str | None
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.2))
    restart = Proposal(action="restart", service="checkout", summary="")
    refused = Attempt(cause="infrastructure", component="checkout", proposal=restart, outcome="refused", at=NOW)
    later = NOW + timedelta(minutes=1)
    words = Statement(at=later, by="grace", words="", cause="infrastructure", component=named, cite="0a")
    told = concluded(briefing).model_copy(
        update={"attempts": [refused], "ledger": Ledger(statements=[words] if named else [])}
    )
    estate(production, replicas_limit=4)
    assert (await maintainer.propose_infrastructure_change.without_model(told, context)).action == action


async def test_damaged_data_is_never_restarted(briefing: Briefing, context: DutyContext, production: Answers) -> None:
    damaged = concluded(briefing)
    assert damaged.conclusion is not None
    damaged.conclusion.hypotheses[0].support.append(Claim(text="checksum mismatch in block 7", cites=["00000003"]))
    assert (await maintainer.propose_infrastructure_change.without_model(damaged, context)).action is None


def outage(briefing: Briefing) -> Briefing:
    return concluded(
        briefing, "external dependency", component="card-gateway", service="checkout", dependency="card-gateway"
    )


async def test_a_fallback_is_proposed_for_the_caller(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    calls = [call("card-gateway", "provider", 0.9, fallback="cache")]
    production.put("dependencies", "checkout", Dependencies(service="checkout", calls=calls, called_by=[]))
    proposal = await maintainer.activate_fallback.without_model(outage(briefing), context)
    assert (proposal.action, proposal.service) == ("fallback", "checkout")
    assert proposal.parameters == {"dependency": "card-gateway"}


async def test_without_anything_to_stand_in_no_fallback_is_proposed(briefing: Briefing, context: DutyContext) -> None:
    proposal = await maintainer.activate_fallback.without_model(outage(briefing), context)
    assert proposal.action is None
    assert "nothing is seen to stand in" in proposal.summary


def acted(briefing: Briefing) -> Briefing:
    proposal = Proposal(action="restart", service="checkout", summary="")
    return concluded(briefing).model_copy(update={"acted_at": ACTED, "proposal": proposal})


def recovering(since: int, usual: float = 0.004) -> Any:
    signals = golden("checkout", error_rate=0.4)
    signals.error_rate.values[-since:] = [usual] * since
    return signals


async def test_usual_samples_after_the_change_are_recovery(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", recovering(5))
    assert (await maintainer.verify_recovery.without_model(acted(briefing), context)).state == "recovered"


async def test_falling_errors_are_improving(briefing: Briefing, context: DutyContext, production: Answers) -> None:
    production.put("golden_signals", "checkout", recovering(5, 0.1))
    assert (await maintainer.verify_recovery.without_model(acted(briefing), context)).state == "improving"


async def test_samples_from_before_the_change_prove_nothing(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", recovering(5))
    told = acted(briefing).model_copy(update={"acted_at": NOW - timedelta(minutes=2)})
    assert (await maintainer.verify_recovery.without_model(told, context)).state == "not measured"


async def test_too_few_samples_since_the_change_are_never_held_against_it(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    signals = golden("checkout", latency=3.0)
    signals.error_rate.values[-6:] = [None] * 6
    production.put("golden_signals", "checkout", signals)
    report = await maintainer.verify_metrics.without_model(acted(briefing), context)
    assert "too few samples since the change to say" in report.metrics.text
    assert report.metrics.verdict == "unknown"


async def test_a_tool_that_does_not_answer_is_no_recovery(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    for port in ("golden_signals", "check_endpoints"):
        production.put(port, "checkout", Refusal(error="failed", said=f"{port}: internal error"))
    assert (await maintainer.verify_recovery.without_model(acted(briefing), context)).state == "not measured"


async def test_an_endpoint_that_is_slow_once_is_asked_once_more(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    slow = EndpointCheck(endpoint="/pay", ok=True, status=200, seconds=3.8, usual_seconds=0.1)
    production.put("check_endpoints", "checkout", EndpointChecks(service="checkout", checks=[slow]))
    await maintainer.verify_recovery.without_model(acted(briefing), context)
    assert production.asked.count(("check_endpoints", "checkout")) == 2


@pytest.mark.parametrize("error", ["no data", "not connected"])
async def test_processes_that_run_do_not_show_that_an_api_answers(
    briefing: Briefing, context: DutyContext, production: Answers, error: Any
) -> None:
    for port in ("golden_signals", "check_endpoints"):
        production.put(port, "checkout", Refusal(error=error, said=f"{port} of checkout: {error}"))
    assert (await maintainer.verify_recovery.without_model(acted(briefing), context)).state == "not measured"
    assert not (await maintainer.verify_metrics.without_model(acted(briefing), context)).normal


async def test_traffic_that_stays_high_after_scaling_is_no_fault(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", traffic=220))
    assert (await maintainer.verify_recovery.without_model(acted(briefing), context)).state == "recovered"


async def test_a_relative_that_fails_since_is_a_cascade(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "shop", golden("shop", error_rate=0.2))
    report = await maintainer.verify_metrics.without_model(acted(briefing), context)
    assert (report.metrics.verdict, report.cascading_failures.verdict, report.normal) == ("normal", "abnormal", False)


async def test_metrics_are_normal_when_all_is_as_before(
    briefing: Briefing, context: DutyContext, log: MemoryLog
) -> None:
    report = await maintainer.verify_metrics.without_model(acted(briefing), context)
    assert report.normal
    assert set(report.metrics.cites) <= log.refs()


async def test_a_provider_s_word_is_not_enough_while_our_calls_fail(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    calls = [call("card-gateway", "provider", 0.9)]
    production.put("dependencies", "checkout", Dependencies(service="checkout", calls=calls, called_by=[]))
    says = ProviderStatus(provider="card-gateway", status="operational", since=None)
    production.put("provider_status", "card-gateway", says)
    report = await maintainer.monitor_external_recovery.without_model(outage(briefing), context)
    assert (report.provider_recovered, report.service_normal) == (False, True)
    fail = "Calls to card-gateway are not back to normal yet: 90.0 % fail (usually 0.3 %), 0.10 s (usually 0.10 s)"
    assert report.summary == f"{fail}; card-gateway reports operational; checkout is back to normal."


async def test_what_is_told_of_a_provider_is_what_was_measured_of_it(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    calls = [call("card-gateway", "provider", 0.003)]
    production.put("dependencies", "checkout", Dependencies(service="checkout", calls=calls, called_by=[]))
    says = ProviderStatus(provider="card-gateway", status="degraded", since=None, message="Slow answers")
    production.put("provider_status", "card-gateway", says)
    well = await maintainer.monitor_external_recovery.without_model(outage(briefing), context)
    told = "Calls to card-gateway are back to normal; card-gateway reports degraded: Slow answers"
    assert well.summary == f"{told}; checkout is back to normal."
    production.values.clear()
    unseen = await maintainer.monitor_external_recovery.without_model(outage(briefing), context)
    told = "Whether card-gateway works cannot be seen; whether checkout is back to normal is not measured yet."
    assert (unseen.service_normal, unseen.summary) == (False, told)


@pytest.mark.parametrize("says", [None, "outage"])
async def test_calls_that_a_fallback_has_taken_are_not_said_to_fail_no_longer(
    briefing: Briefing, context: DutyContext, production: Answers, says: str | None
) -> None:
    calls = [call("card-gateway", "provider", 0.0)]
    production.put("dependencies", "checkout", Dependencies(service="checkout", calls=calls, called_by=[]))
    if says:
        status = ProviderStatus.model_validate({"provider": "card-gateway", "status": says, "since": None})
        production.put("provider_status", "card-gateway", status)
    done = Act(
        at=NOW, action="fallback", service="checkout", cause="external dependency", component="card-gateway", cite="7"
    )
    told = outage(briefing).model_copy(update={"ledger": Ledger(acts=[done])})
    report = await maintainer.monitor_external_recovery.without_model(told, context)
    unseen = "Whether card-gateway works cannot be seen while its fallback is in use"
    how = f"card-gateway reports {says}" if says else unseen
    assert report.summary == f"{how}; checkout is back to normal."
