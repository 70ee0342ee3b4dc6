"""Recovery: what is no longer counted is not held to be as it was when it last was."""

from datetime import timedelta
from typing import Any

import pytest

from agents.io.catalogue import Catalogue
from agents.readings.production import EndpointCheck, EndpointChecks, InfrastructureState
from agents.roles import infrastructure_maintainer as maintainer
from agents.rules.verification import recovery_checks
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.tools.port import Refusal
from tests.agents.conftest import NOW, Answers, golden
from tests.agents.rules.writing.test_public_wording import ILL

NOT_ASKED = Refusal(error="not connected", said="check_endpoints of checkout: not connected")


def watched(briefing: Briefing) -> Briefing:
    return briefing.model_copy(update={"status": "Monitoring", "fixed_at": NOW - timedelta(minutes=9)})


def counted_until(minutes_ago: int) -> Any:
    signals = golden("checkout")
    for series in (signals.traffic, signals.error_rate, signals.latency, signals.saturation):
        series.values[len(series.values) - minutes_ago :] = [None] * minutes_ago
    return signals


def processes(production: Answers, ready: int) -> None:
    state: dict[str, Any] = {"service": "checkout", "replicas_wanted": 1, "replicas_ready": ready, "machines": []}
    more: dict[str, Any] = {"replicas_limit": None, "restarts_last_hour": 0, "standby": None, "events": []}
    production.put("infrastructure_state", "checkout", InfrastructureState.model_validate({**state, **more}))


@pytest.mark.parametrize(
    ("minutes_ago", "ready", "verdict"),
    [(1, 0, "normal"), (2, 1, "normal"), (2, 0, "abnormal"), (4, 1, "normal"), (6, 0, "abnormal"), (6, 1, "unknown")],
)
async def test_a_watched_service_whose_metrics_stop_is_no_longer_called_normal(
    briefing: Briefing, context: DutyContext, production: Answers, minutes_ago: int, ready: int, verdict: str
) -> None:
    production.put("golden_signals", "checkout", counted_until(minutes_ago))
    production.put("check_endpoints", "checkout", NOT_ASKED)
    processes(production, ready)
    report = await maintainer.verify_metrics.without_model(watched(briefing), context)
    assert report.metrics.verdict == verdict
    if verdict == "unknown":
        assert "checkout: its requests have not been counted since 14:24 UTC" in report.metrics.text
    if verdict == "abnormal":
        assert "no replica of checkout is ready" in report.metrics.text


async def test_what_was_not_read_is_said_once_and_plainly(briefing: Briefing, context: DutyContext) -> None:
    scope = ILL.model_copy(update={"services": ["checkout", "shop"]})
    acted = briefing.model_copy(update={"acted_at": NOW, "scope": scope})
    report = await maintainer.verify_metrics.without_model(acted, context)
    assert report.metrics.verdict == report.cascading_failures.verdict == "unknown"
    assert report.summary == "Metrics are not known: checkout and shop: too few samples since the change to say."


async def test_endpoints_that_answer_show_that_it_is_well_where_its_requests_are_no_longer_counted(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", counted_until(7))
    processes(production, 1)
    answers = EndpointCheck(endpoint="/pay", ok=True, status=200, seconds=0.1, usual_seconds=0.1)
    production.put("check_endpoints", "checkout", EndpointChecks(service="checkout", checks=[answers]))
    report = await maintainer.verify_metrics.without_model(watched(briefing), context)
    assert report.metrics.verdict == "normal"
    assert "its endpoints answer" in report.metrics.text


async def test_requests_that_come_now_and_then_leave_gaps_that_say_nothing(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    signals = counted_until(6)
    signals.traffic.values[-12] = signals.error_rate.values[-12] = None
    production.put("golden_signals", "checkout", signals)
    production.put("check_endpoints", "checkout", NOT_ASKED)
    report = await maintainer.verify_metrics.without_model(watched(briefing), context)
    assert report.metrics.verdict == "normal"
    assert ("infrastructure_state", "checkout") not in production.asked


async def test_a_rate_that_cannot_be_told_so_soon_after_a_change_is_not_called_unknown_for_good(
    briefing: Briefing, context: DutyContext
) -> None:
    acted = briefing.model_copy(update={"acted_at": NOW - timedelta(minutes=2)})
    states = await recovery_checks.recovery_states(acted, context, ["checkout"])
    assert recovery_checks.error_rates(states).text == "too few samples since the change to know the error rate"


async def test_services_around_one_that_has_none_are_not_called_normal(
    briefing: Briefing, context: DutyContext
) -> None:
    alone = Catalogue(
        services={"checkout": briefing.catalogue.services["checkout"].model_copy(update={"depends_on": []})}
    )
    watched_alone = watched(briefing).model_copy(update={"catalogue": alone})
    assert "around it" in (await maintainer.verify_metrics.without_model(watched(briefing), context)).summary
    assert "around it" not in (await maintainer.verify_metrics.without_model(watched_alone, context)).summary


async def test_what_is_well_again_is_shown_by_what_was_ill(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    signals = golden("checkout")
    signals.latency.values[-20:-8] = [3.0] * 12
    production.put("golden_signals", "checkout", signals)
    began = briefing.model_copy(update={"started_at": NOW - timedelta(minutes=25)})
    report = await maintainer.verify_recovery.without_model(began, context)
    assert report.summary == "Recovered: checkout: latency 0.21 s (usually 0.20 s)."
    production.put("golden_signals", "checkout", golden("checkout"))
    never_ill = await maintainer.verify_recovery.without_model(began, context)
    assert "error rate 0.4 % (usually 0.4 %); latency 0.21 s" in never_ill.summary


async def test_what_has_no_request_metrics_is_said_to_run_beside_what_was_measured_to_be_well(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    for port in ("golden_signals", "check_endpoints"):
        del production.values[port, "orders-db"]
    scope = ILL.model_copy(update={"services": ["orders-db", "checkout"]})
    database = briefing.model_copy(update={"service": "orders-db", "scope": scope})
    report = await maintainer.verify_recovery.without_model(database, context)
    measured = "checkout: error rate 0.4 % (usually 0.4 %); latency 0.21 s (usually 0.20 s)"
    assert report.summary == f"Recovered: {measured}; orders-db: processes running (no request metrics)."
