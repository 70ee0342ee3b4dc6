"""Diagnosis: which component failed first, why, and what is ruled out."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from agents.readings.history import Deployment, DeploymentHistory
from agents.readings.production import (
    DatabaseHealth,
    Dependencies,
    ErrorLog,
    InfrastructureState,
    LogPattern,
    Machine,
    ProviderStatus,
    Refusal,
)
from agents.reports.investigation import Hypothesis
from agents.roles import infrastructure_maintainer as maintainer
from agents.rules.diagnosis.conclusion import conclude
from agents.rules.diagnosis.hypotheses import diagnose
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Damage, DamageKind
from tests.agents.conftest import ONSET, Answers, MemoryLog, call, golden, system
from tests.agents.rules.diagnosis.test_conclusion import with_findings


def deployed(service: str, at: datetime, version: str = "1.1.0") -> DeploymentHistory:
    deployment = Deployment(service=service, version=version, previous="1.0.0", at=at, status="succeeded")
    return DeploymentHistory(service=service, running=version, deployments=[deployment])


def errors(service: str, signature: str, versions: list[str] | None = None, since: datetime = ONSET) -> ErrorLog:
    pattern = LogPattern(
        service=service,
        signature=signature,
        level="error",
        count=400,
        first_seen=since,
        last_seen=ONSET + timedelta(minutes=12),
        sample=signature,
        versions=versions or ["1.0.0"],
    )
    return ErrorLog(service=service, patterns=[pattern])


def failing(production: Answers, service: str = "checkout", **now: float) -> None:
    production.put("golden_signals", service, golden(service, ONSET, **(now or {"error_rate": 0.4})))


def state(service: str, **more: Any) -> InfrastructureState:
    usual: dict[str, Any] = {"replicas_wanted": 4, "replicas_ready": 4, "replicas_limit": 10, "restarts_last_hour": 0}
    usual |= {"standby": None, "machines": [], "events": []}
    return InfrastructureState.model_validate({"service": service, **usual, **more})


async def best(briefing: Briefing, context: DutyContext) -> Hypothesis:
    return (await diagnose(briefing, context)).hypotheses[0]


async def test_nothing_abnormal_raises_no_hypothesis(briefing: Briefing, context: DutyContext) -> None:
    diagnosis = await diagnose(briefing, context)
    assert not diagnosis.abnormal
    assert [h for h in diagnosis.hypotheses if h.status != "ruled out"] == []


async def test_a_deployment_shortly_before_the_onset_is_the_likely_cause_by_its_time_alone(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    production.put("deployment_history", "checkout", deployed("checkout", ONSET - timedelta(minutes=4)))
    found = await best(briefing, context)
    assert (found.cause, found.component, found.strength, found.version) == (
        "recent deployment",
        "checkout",
        2,
        "1.1.0",
    )
    assert found.onset == ONSET


async def test_a_deployment_elsewhere_is_named_and_ruled_out(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    production.put("deployment_history", "checkout", deployed("checkout", ONSET - timedelta(minutes=4)))
    production.put("deployment_history", "search", deployed("search", ONSET - timedelta(minutes=1), "7.0.0"))
    diagnosis = await diagnose(briefing, context, everyone=True)
    herring = next(h for h in diagnosis.hypotheses if h.component == "search")
    assert herring.status == "ruled out"
    assert herring.against[0].cites


async def test_a_deployment_after_the_onset_is_ruled_out(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    production.put("deployment_history", "checkout", deployed("checkout", ONSET + timedelta(minutes=5)))
    diagnosis = await diagnose(briefing, context)
    assert [h.status for h in diagnosis.hypotheses if h.cause == "recent deployment"] == ["ruled out"]


async def test_new_exceptions_without_a_deployment_are_a_code_bug(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    production.put("error_log", "checkout", errors("checkout", "KeyError: 'total' at cart/price.py:<n>"))
    found = await best(briefing, context)
    assert (found.cause, found.strength) == ("code bug", 3)
    assert found.signature == "KeyError: 'total' at cart/price.py:<n>"


async def test_errors_that_tell_of_another_system_are_no_code_bug(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    production.put("error_log", "checkout", errors("checkout", "call to stock failed: upstream answered <n>"))
    assert (await best(briefing, context)).strength == 0


async def test_without_the_deployments_a_code_bug_stays_weak(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    production.put("error_log", "checkout", errors("checkout", "KeyError: 'total'"))
    production.put("deployment_history", "checkout", Refusal(error="failed", said="deployments: internal error"))
    diagnosis = await diagnose(briefing, context)
    assert diagnosis.hypotheses[0].strength <= 1
    assert "deployments: internal error" in diagnosis.missing


async def test_the_failing_database_is_found_below_the_alerted_service(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production, error_rate=0.3, latency=2.0)
    failing(production, "orders-db", error_rate=0.5, latency=1.0)
    bad = [call("orders-db", "database", 0.5, latency_seconds=1.0), call("card-gateway", "provider")]
    production.put("dependencies", "checkout", Dependencies(service="checkout", calls=bad, called_by=["shop"]))
    usual: dict[str, Any] = {"usual_slow_queries_per_minute": 4, "replication_lag_seconds": 0, "integrity_errors": 0}
    health = DatabaseHealth(
        service="orders-db",
        database="orders",
        connections_used=200,
        connections_limit=200,
        slow_queries_per_minute=60,
        storage_used=0.4,
        **usual,
    )
    production.put("database_health", "orders-db", health)
    found = await best(briefing, context)
    assert (found.cause, found.component, found.strength) == ("infrastructure", "orders-db", 3)


async def test_a_crowd_that_ran_it_out_of_room_beats_a_deployment(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production, error_rate=0.2, latency=1.5, traffic=260, saturation=0.99)
    production.put("system_metrics", "checkout", system("checkout", cpu=0.97))
    production.put("deployment_history", "checkout", deployed("checkout", ONSET - timedelta(minutes=20)))
    assert (await best(briefing, context)).cause == "infrastructure"


async def test_lost_machines_are_infrastructure(briefing: Briefing, context: DutyContext, production: Answers) -> None:
    failing(production)
    lost = [Machine(name="node-3", ready=False, reason="NotReady: node stopped reporting")]
    production.put("infrastructure_state", "checkout", state("checkout", replicas_ready=2, machines=lost))
    found = await best(briefing, context)
    assert (found.cause, found.strength) == ("infrastructure", 3)


async def test_memory_that_climbs_since_a_deployment_speaks_against_the_deployment(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    released = ONSET - timedelta(minutes=50)
    failing(production)
    production.put("system_metrics", "checkout", system("checkout", since=released, memory=0.97))
    production.put("deployment_history", "checkout", deployed("checkout", released - timedelta(minutes=3)))
    assert (await best(briefing, context)).cause == "recent deployment"


async def test_a_provider_that_admits_an_outage_clears_its_caller(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    bad = [call("orders-db", "database"), call("card-gateway", "provider", 0.9)]
    production.put("dependencies", "checkout", Dependencies(service="checkout", calls=bad, called_by=["shop"]))
    production.put("deployment_history", "checkout", deployed("checkout", ONSET - timedelta(minutes=6)))
    outage = ProviderStatus(provider="card-gateway", status="outage", since=ONSET + timedelta(minutes=10))
    production.put("provider_status", "card-gateway", outage)
    diagnosis = await diagnose(briefing, context)
    found = diagnosis.hypotheses[0]
    assert (found.cause, found.component, found.service) == ("external dependency", "card-gateway", "checkout")
    assert next(h for h in diagnosis.hypotheses if h.cause == "recent deployment").status == "ruled out"


async def test_a_provider_in_trouble_that_nobody_feels_is_no_cause(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    degraded = ProviderStatus(provider="card-gateway", status="degraded", since=ONSET)
    production.put("provider_status", "card-gateway", degraded)
    assert [h for h in (await diagnose(briefing, context)).hypotheses if h.cause == "external dependency"] == []


async def test_a_service_the_catalogue_does_not_list_is_looked_at_as_far_as_possible(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    unlisted = briefing.model_copy(update={"service": "mystery"})
    diagnosis = await diagnose(unlisted, context)
    assert not diagnosis.abnormal
    assert any("not connected" in said for said in diagnosis.missing)


async def test_every_claim_cites_an_event_of_the_transcript(
    briefing: Briefing, context: DutyContext, production: Answers, log: MemoryLog
) -> None:
    failing(production)
    production.put("error_log", "checkout", errors("checkout", "KeyError: 'total'", ["1.1.0"]))
    production.put("deployment_history", "checkout", deployed("checkout", ONSET - timedelta(minutes=4)))
    diagnosis = await diagnose(briefing, context, everyone=True)
    claims = [claim for h in diagnosis.hypotheses for claim in [*h.support, *h.against]] + diagnosis.claims()
    assert all(claim.cites and set(claim.cites) <= log.refs() for claim in claims)


async def test_a_tool_that_ran_out_of_time_is_asked_once_more(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", Refusal(error="timeout", said="golden_signals: no answer in time"))
    await diagnose(briefing, context)
    assert production.asked.count(("golden_signals", "checkout")) == 2


async def test_strain_of_a_service_whose_dependency_has_just_failed_is_no_cause(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production, error_rate=0.4, saturation=0.99)
    assert (await best(briefing, context)).strength == 2
    failed = Damage(
        service="orders-db", kind="refused", since=ONSET, until=ONSET + timedelta(minutes=2), is_open=False, cites=["7"]
    )
    waited = briefing.model_copy(update={"ledger": briefing.ledger.with_damage([failed])})
    found = await best(waited, context)
    assert (found.cause, found.strength, found.status) == ("infrastructure", 1, "open")
    assert "orders-db, which it depends on, failed at the same time" in found.against[-1].text


@pytest.mark.parametrize("kind", ["lost traffic", "errors"])
async def test_a_service_that_does_not_run_is_the_cause_whatever_was_felt_at_the_same_time_by_what_it_calls(
    briefing: Briefing, context: DutyContext, production: Answers, kind: DamageKind
) -> None:
    gone = Machine(name="checkout-1", ready=False, reason="it does not answer its scrape: up is 0", since=ONSET)
    stopped = state("checkout", replicas_wanted=1, replicas_ready=0, machines=[gone])
    production.put("infrastructure_state", "checkout", stopped)
    felt = Damage(
        service="orders-db", kind=kind, since=ONSET, until=ONSET + timedelta(minutes=2), is_open=True, cites=["7"]
    )
    below = briefing.model_copy(update={"ledger": briefing.ledger.with_damage([felt])})
    found = await best(below, context)
    assert (found.cause, found.component, found.strength) == ("infrastructure", "checkout", 2)
    assert found.statement.startswith("checkout does not run")
    concluded = await conclude(with_findings(below, found), context)
    assert (concluded.verdict, concluded.component) == ("cause found", "checkout")
    told = below.model_copy(update={"conclusion": concluded})
    proposal = await maintainer.propose_infrastructure_change.without_model(told, context)
    assert (proposal.action, proposal.service) == ("restart", "checkout")


@pytest.mark.parametrize(("now", "first"), [({"latency": 3.0}, "checkout"), ({"error_rate": 0.9}, "orders-db")])
async def test_what_does_not_run_is_not_explained_by_slow_answers_below_it(
    briefing: Briefing, context: DutyContext, production: Answers, now: dict[str, float], first: str
) -> None:
    gone = Machine(name="checkout-1", ready=False, reason="it does not answer its scrape: up is 0", since=ONSET)
    production.put("infrastructure_state", "checkout", state("checkout", replicas_ready=0, machines=[gone]))
    failing(production, error_rate=0.9)
    production.put("golden_signals", "orders-db", golden("orders-db", ONSET - timedelta(minutes=1), **now))
    production.put("dependencies", "checkout", Refusal(error="not connected", said="dependencies: not connected"))
    assert (await diagnose(briefing, context)).hypotheses[0].component == first


async def test_strain_is_a_cause_though_what_it_depends_on_gets_less_traffic(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production, error_rate=0.4, saturation=0.99)
    starved = Damage(
        service="orders-db", kind="lost traffic", since=ONSET, until=ONSET + timedelta(minutes=2), is_open=True
    )
    below = briefing.model_copy(update={"ledger": briefing.ledger.with_damage([starved])})
    assert (await best(below, context)).strength == 2
