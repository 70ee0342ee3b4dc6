"""Backend Architect and Frontend Developer: what they look at, and the hotfix they propose."""

from datetime import timedelta
from typing import Any

from agents.readings.history import CodeChange, CodeSuspects
from agents.readings.production import (
    ClientSignals,
    DatabaseHealth,
    Dependencies,
    ErrorLog,
    LogPattern,
    ProviderStatus,
    Refusal,
)
from agents.reports.mitigation import Proposal
from agents.roles import backend_architect, frontend_developer
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import NOW, ONSET, Answers, call, golden, series
from tests.agents.roles.test_mitigation import concluded


def change(name: str, minutes_before: int, remedy: Any = "revert") -> CodeChange:
    at = ONSET - timedelta(minutes=minutes_before)
    return CodeChange(change=name, at=at, summary="prices", files=["cart/price.py"], remedy=remedy)


def suspects(production: Answers, *changes: CodeChange) -> None:
    found = CodeSuspects(service="checkout", signature="KeyError", suspects=[*changes])
    production.put("code_suspects", "checkout", found)


def bug(briefing: Briefing) -> Briefing:
    return concluded(briefing, "code bug", signature="KeyError: 'total'")


async def test_the_backend_names_the_failing_component_and_its_database(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.4, latency=1.0))
    production.put("golden_signals", "orders-db", golden("orders-db", error_rate=0.4, latency=1.0))
    bad = [call("orders-db", "database", 0.4)]
    production.put("dependencies", "checkout", Dependencies(service="checkout", calls=bad, called_by=[]))
    usual: dict[str, Any] = {"usual_slow_queries_per_minute": 4, "replication_lag_seconds": 0, "storage_used": 0.4}
    health = DatabaseHealth(
        service="orders-db",
        database="orders",
        connections_used=60,
        connections_limit=200,
        slow_queries_per_minute=4,
        integrity_errors=3,
        **usual,
    )
    production.put("database_health", "orders-db", health)
    report = await backend_architect.investigate.without_model(briefing, context)
    assert report.database_health.verdict == "abnormal"
    assert "3 integrity errors" in report.database_health.text
    assert report.service_to_service.verdict == "abnormal"
    assert report.failing_component.text.startswith("orders-db failed first")
    assert report.api_error_rates.verdict == "abnormal"


async def test_of_a_provider_that_says_nothing_of_a_fault_only_the_calls_to_it_are_said_to_fail(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.4))
    calls = [call("orders-db", "database"), call("card-gateway", "provider", 0.9)]
    production.put("dependencies", "checkout", Dependencies(service="checkout", calls=calls, called_by=[]))
    report = await backend_architect.investigate.without_model(briefing, context)
    assert report.failing_component.text.startswith("calls to card-gateway failed first: ")
    says = ProviderStatus(provider="card-gateway", status="outage", since=None)
    production.put("provider_status", "card-gateway", says)
    report = await backend_architect.investigate.without_model(briefing, context)
    assert report.failing_component.text.startswith("card-gateway failed first: ")


async def test_what_could_not_be_read_is_not_said_to_be_well(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", traffic=2))
    for name in ("golden_signals", "dependencies", "database_health", "infrastructure_state"):
        production.put(name, "orders-db", Refusal(error="not connected", said="not connected"))
    report = await backend_architect.investigate.without_model(briefing, context)
    assert report.summary == "checkout is not as usual, and nothing that was read of what it depends on fails."
    assert report.failing_component.text.startswith("no component is seen to fail first; checkout: traffic ")


async def test_a_line_that_came_with_the_incident_is_not_called_usual_where_the_signals_are_well(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    known: dict[str, Any] = {"service": "checkout", "level": "error", "count": 149, "sample": "", "versions": []}
    line = LogPattern(signature="call to cards failed: refused", first_seen=ONSET, last_seen=NOW, **known)
    production.put("error_log", "checkout", ErrorLog(service="checkout", patterns=[line]))
    text = (await backend_architect.check_system.without_model(briefing, context)).error_logs.text
    assert "no error pattern is seen to begin with a failure" in text
    assert "most frequent is checkout: “call to cards failed: refused” 149 times" in text


async def test_the_system_check_fills_all_seven_checks(briefing: Briefing, context: DutyContext) -> None:
    report = await backend_architect.check_system.without_model(briefing, context)
    checks = [report.cpu, report.memory, report.network, report.disk, report.error_logs, report.recent_deployments]
    assert {check.verdict for check in checks} == {"normal"}
    assert all(check.cites for check in checks)


async def test_a_check_whose_tool_is_silent_is_unknown(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    for name in ("shop", "checkout", "orders-db", "search"):
        production.put("error_log", name, Refusal(error="no data", said="error_log: no samples"))
    report = await backend_architect.check_system.without_model(briefing, context)
    assert report.error_logs.verdict == "unknown"
    assert "error_log: no samples" in report.missing


async def test_browser_errors_above_usual_services_are_called_client_side(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    signals = ClientSignals(
        service="shop", script_errors=series("share", 0.004, 0.3), page_load=series("seconds", 1.4), patterns=[]
    )
    production.put("client_signals", "shop", signals)
    report = await frontend_developer.investigate.without_model(briefing, context)
    assert report.client_side.verdict == "abnormal"
    assert "client-side" in report.client_side.text


async def test_without_client_telemetry_the_client_side_is_unknown(briefing: Briefing, context: DutyContext) -> None:
    assert (await frontend_developer.investigate.without_model(briefing, context)).client_side.verdict == "unknown"


async def test_the_hotfix_takes_out_the_change_nearest_before_the_onset(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    suspects(production, change("#3", -20), change("#2", 10, "switch off"), change("#1", 900))
    proposal = await backend_architect.implement_hotfix.without_model(bug(briefing), context)
    assert (proposal.action, proposal.service) == ("build_hotfix", "checkout")
    assert proposal.parameters == {"change": "#2", "remedy": "switch off"}


async def test_after_a_candidate_that_did_not_help_the_next_change_is_taken(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    suspects(production, change("#2", 10), change("#1", 900))
    parameters: dict[str, str | int] = {"change": "#2", "remedy": "revert"}
    proposal = Proposal(action="build_hotfix", service="checkout", parameters=parameters, summary="")
    tried = Attempt(cause="code bug", component="checkout", proposal=proposal, outcome="did not help", at=NOW)
    told = bug(briefing).model_copy(update={"attempts": [tried]})
    assert (await backend_architect.implement_hotfix.without_model(told, context)).parameters["change"] == "#1"


async def test_a_change_that_could_not_be_taken_out_here_is_named_for_a_person(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    suspects(production, change("express", 1, "switch off").model_copy(update={"files": []}))
    first = await backend_architect.implement_hotfix.without_model(bug(briefing), context)
    assert first.reasons[0].text.endswith(" touches the code that fails")
    said = "build_hotfix of checkout: not connected"
    tried = Attempt(cause="code bug", component="checkout", proposal=first, outcome="failed", said=said, at=NOW)
    told = bug(briefing).model_copy(update={"attempts": [tried]})
    then = await backend_architect.implement_hotfix.without_model(told, context)
    assert then.action is None
    assert "What could help, by hand: switch off express (prices, " in then.summary
    refused = told.model_copy(update={"attempts": [tried.model_copy(update={"outcome": "refused"})]})
    assert "by hand" not in (await backend_architect.implement_hotfix.without_model(refused, context)).summary


async def test_without_a_signature_there_is_nothing_to_put_right(briefing: Briefing, context: DutyContext) -> None:
    assert (
        await frontend_developer.implement_hotfix.without_model(concluded(briefing, "code bug"), context)
    ).action is None
