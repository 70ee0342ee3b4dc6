"""Infrastructure Maintainer: triage, the scope of an incident and its floor."""

from typing import Any

import pytest

from agents.readings.production import (
    ClientSignals,
    DatabaseHealth,
    DataSafety,
    EndpointCheck,
    EndpointChecks,
    InfrastructureState,
    Refusal,
    Usage,
)
from agents.reports.triage import Scope
from agents.roles import backend_architect
from agents.roles import infrastructure_maintainer as maintainer
from agents.runtime.briefing import Alert, Briefing, SeverityFloor
from agents.runtime.duty_context import DutyContext
from agents.runtime.symptoms import symptom
from tests.agents.conftest import ONSET, Answers, golden, series


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Checkout is down", "unavailable"),
        ("5 % of requests fail", "errors"),
        ("p95 latency above 2 s", "slow"),
        ("Orders table is corrupt", "data"),
        ("Twelve orders are missing", "data"),
        ("Lockers metrics are missing", "unknown"),
        ("Suspicious downloads of customer files", "security"),
        ("JavaScript error on the product page", "client side"),
        ("Typo in the footer", "cosmetic"),
        ("Something", "unknown"),
    ],
)
def test_the_words_of_an_alert_tell_its_symptom(title: str, expected: str) -> None:
    assert symptom(Alert(title=title)) == expected


async def test_where_every_reading_is_refused_nothing_is_said_to_be_as_usual(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    for port, service in list(production.values):
        production.put(port, service, Refusal(error="failed", said=f"{port} of {service}: connection refused"))
    scope = await maintainer.assess_scope.without_model(briefing, context)
    assert scope.summary.startswith("Whether anything is out of its usual range on checkout cannot be seen.")


async def test_an_alert_on_an_unlisted_service_says_so(briefing: Briefing, context: DutyContext) -> None:
    report = await maintainer.acknowledge.without_model(briefing.model_copy(update={"service": "mystery"}), context)
    assert "does not list" in report.understood


async def test_the_scope_counts_users_services_and_data(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.4, latency=1.0))
    production.put("golden_signals", "shop", golden("shop", error_rate=0.2))
    production.put("usage", "checkout", Usage(service="checkout", active_users=1000, affected_users=400))
    scope = await maintainer.assess_scope.without_model(briefing, context)
    assert (scope.users_affected, scope.users_share) == (400, 0.4)
    assert scope.services == ["checkout", "shop"]
    assert scope.error_rate == pytest.approx(0.4, rel=0.1)
    assert scope.latency_ratio == pytest.approx(5, rel=0.1)
    assert scope.abnormal
    assert scope.api_related
    assert not scope.completely_down
    assert scope.data_at_risk == "no"


async def test_a_calm_production_is_not_abnormal(briefing: Briefing, context: DutyContext) -> None:
    scope = await maintainer.assess_scope.without_model(briefing, context)
    assert not scope.abnormal
    assert scope.services == []


async def test_no_answer_is_unknown_and_not_zero(briefing: Briefing, context: DutyContext, production: Answers) -> None:
    production.values.clear()
    scope = await maintainer.assess_scope.without_model(briefing, context)
    assert (scope.users_affected, scope.error_rate, scope.data_at_risk) == (None, None, "unknown")


async def test_a_count_of_no_users_says_nothing_of_a_service_in_trouble(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.99))
    production.put("usage", "checkout", Usage(service="checkout", active_users=44, affected_users=0))
    scope = await maintainer.assess_scope.without_model(briefing, context)
    assert scope.users_affected is None
    assert "0 users" not in scope.summary


async def test_the_alerted_service_is_not_called_degraded_by_another_that_is(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "shop", golden("shop", error_rate=0.5))
    scope = await maintainer.assess_scope.without_model(briefing, context)
    assert scope.services == ["shop"]
    assert scope.summary.startswith("shop is degraded; checkout itself shows nothing of it")


async def test_another_service_that_is_down_is_not_called_degraded(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "shop", golden("shop", error_rate=1.0))
    scope = await maintainer.assess_scope.without_model(briefing, context)
    assert scope.down == ["shop"]
    assert scope.summary.startswith("shop is completely down; checkout itself shows nothing of it")


async def test_a_dependency_that_does_not_run_counts_though_nobody_measures_the_calls_to_it(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "shop", golden("shop", error_rate=0.9))
    for name in ("shop", "checkout"):
        production.put("dependencies", name, Refusal(error="failed", said="not connected"))
    production.put("golden_signals", "checkout", Refusal(error="failed", said="no data"))
    stopped: dict[str, Any] = {"replicas_wanted": 2, "replicas_ready": 0, "replicas_limit": None, "standby": None}
    stopped |= {"restarts_last_hour": 0, "machines": [], "events": []}
    production.put("infrastructure_state", "checkout", InfrastructureState(service="checkout", **stopped))
    scope = await maintainer.assess_scope.without_model(briefing.model_copy(update={"service": "shop"}), context)
    assert scope.services == ["shop", "checkout"]
    assert scope.down == ["checkout"]
    assert scope.summary.startswith("shop is degraded (checkout does not run); ")


@pytest.mark.parametrize(("rate", "down"), [(0.003, ["shop"]), (1.0, ["shop", "checkout"])])
async def test_what_nobody_asks_because_its_caller_is_down_is_not_down_itself(
    briefing: Briefing, context: DutyContext, production: Answers, rate: float, down: list[str]
) -> None:
    for name in ("shop", "checkout"):
        production.put("dependencies", name, Refusal(error="failed", said="not connected"))
    production.put("golden_signals", "shop", golden("shop", traffic=0.0))
    production.put("golden_signals", "checkout", golden("checkout", traffic=0.0, latency=1.0, error_rate=rate))
    scope = await maintainer.assess_scope.without_model(briefing.model_copy(update={"service": "shop"}), context)
    assert scope.completely_down
    assert (scope.services, scope.down) == (["shop", "checkout"], down)


@pytest.mark.parametrize(("rate", "words"), [(1.0, "completely down: shop"), (0.5, "also in trouble: shop")])
async def test_of_other_services_in_trouble_those_that_are_completely_down_are_told_so(
    briefing: Briefing, context: DutyContext, production: Answers, rate: float, words: str
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.5))
    production.put("golden_signals", "shop", golden("shop", error_rate=rate))
    scope = await maintainer.assess_scope.without_model(briefing, context)
    assert scope.summary.startswith(f"checkout is degraded ({words}); ")


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ({"latency": 0.32}, "checkout is out of its usual range by less than users notice: latency 0.33 s (usually 0."),
        ({"latency": 0.6}, "checkout is degraded; "),
        ({"latency": 0.32, "error_rate": 0.1}, "checkout is degraded; "),
    ],
)
async def test_what_nobody_could_notice_is_not_called_degraded(
    briefing: Briefing, context: DutyContext, production: Answers, seen: dict[str, float], words: str
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, **seen))
    production.put("usage", "checkout", Usage(service="checkout", active_users=1000, affected_users=0))
    scope = await maintainer.assess_scope.without_model(briefing, context)
    assert scope.abnormal
    assert scope.summary.startswith(words)
    assert scope.summary.endswith("; data at risk: no.")


async def test_a_service_whose_requests_all_fail_is_down(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.99))
    assert (await maintainer.assess_scope.without_model(briefing, context)).completely_down


async def test_a_few_failing_requests_do_not_make_it_down(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.7))
    failed = EndpointCheck(endpoint="/pay", ok=False, status=500, seconds=0.1)
    production.put("check_endpoints", "checkout", EndpointChecks(service="checkout", checks=[failed]))
    assert not (await maintainer.assess_scope.without_model(briefing, context)).completely_down


async def test_strangers_in_the_audit_are_a_suspected_breach(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    safety = DataSafety(
        service="checkout",
        integrity_errors=0,
        records_lost=0,
        user_records_exposed=12,
        suspicious_access=["12 accounts read from one address"],
    )
    production.put("data_safety", "checkout", safety)
    scope = await maintainer.assess_scope.without_model(briefing, context)
    assert (scope.data_at_risk, scope.breach_suspected, scope.user_data_affected) == ("yes", True, True)


@pytest.mark.parametrize(
    ("ready", "lost", "at_risk"), [(1, 0, "no"), (0, 0, "unknown"), (0, 7, "yes")], ids=["runs", "stands", "damaged"]
)
async def test_the_data_of_a_database_that_does_not_run_are_not_called_safe(
    briefing: Briefing, context: DutyContext, production: Answers, ready: int, lost: int, at_risk: str
) -> None:
    state = InfrastructureState(
        service="orders-db",
        replicas_wanted=1,
        replicas_ready=ready,
        replicas_limit=1,
        restarts_last_hour=0,
        standby=None,
        machines=[],
        events=[],
    )
    production.put("infrastructure_state", "orders-db", state)
    safety = DataSafety(
        service="orders-db", integrity_errors=0, records_lost=lost, user_records_exposed=0, suspicious_access=[]
    )
    production.put("data_safety", "orders-db", safety)
    nothing_used = DatabaseHealth(service="orders-db", database="orders", connections_used=0, connections_limit=24)
    production.put("database_health", "orders-db", nothing_used)
    assert (await maintainer.assess_scope.without_model(briefing, context)).data_at_risk == at_risk
    report = await backend_architect.investigate.without_model(briefing, context)
    assert ("orders-db does not run" in report.database_health.text) == (ready == 0)


async def test_browser_errors_above_a_healthy_service_are_client_side(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    signals = ClientSignals(
        service="shop", script_errors=series("share", 0.004, 0.3), page_load=series("seconds", 1.4), patterns=[]
    )
    production.put("client_signals", "shop", signals)
    scope = await maintainer.assess_scope.without_model(briefing.model_copy(update={"service": "shop"}), context)
    assert scope.client_side
    assert scope.services == ["shop"]


async def test_the_floor_decides_and_its_reasons_cite_the_scope(briefing: Briefing, context: DutyContext) -> None:
    floor = SeverityFloor(severity="P1", reasons=["error rate 50 % or more"])
    told = briefing.model_copy(update={"floor": floor, "scope_ref": "0000000a"})
    report = await maintainer.classify.without_model(told, context)
    assert report.severity == "P1"
    assert report.reasons[0].cites == ["0000000a"]


async def test_the_channel_opens_with_what_is_known_and_what_is_not(briefing: Briefing, context: DutyContext) -> None:
    scope = Scope(
        summary="checkout is degraded.",
        users_affected=3,
        users_share=0.1,
        services=[],
        data_at_risk="no",
        abnormal=True,
    )
    told = briefing.model_copy(update={"scope": scope, "severity": "P1"})
    text = (await maintainer.open_channel.without_model(told, context)).text
    assert "Severity P1" in text
    assert "checkout is degraded." in text
    assert "Not known yet: the cause" in text
