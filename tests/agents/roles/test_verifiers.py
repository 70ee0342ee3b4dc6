"""Evidence Collector and API Tester: a fix is confirmed by what can be seen after it."""

from datetime import timedelta
from typing import Any

import pytest

from agents.readings.production import (
    Candidate,
    EndpointCheck,
    EndpointChecks,
    ErrorLog,
    LogPattern,
    Refusal,
    Screenshot,
)
from agents.roles import api_tester, evidence_collector
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import NOW, Answers, golden
from tests.agents.roles.test_mitigation import ACTED, acted, concluded, recovering


def picture(production: Answers, **more: Any) -> None:
    usual: dict[str, Any] = {"service": "shop", "address": "http://shop.test/", "file": "shop.png", "sha256": "0" * 64}
    usual |= {"is_picture": True, "shows": "Shop", "looks_healthy": True}
    production.put("screenshot", "shop", Screenshot.model_validate({**usual, **more}))


def answers_with(ok: bool, took: float = 0.1) -> EndpointChecks:
    status = 200 if ok else 500
    check = EndpointCheck(endpoint="/pay", ok=ok, status=status, seconds=took, usual_seconds=0.1)
    return EndpointChecks(service="checkout", checks=[check])


@pytest.fixture
def fixed(briefing: Briefing, production: Answers) -> Briefing:
    production.put("golden_signals", "checkout", recovering(5))
    picture(production)
    return acted(briefing)


async def test_a_fix_is_confirmed_with_a_picture(fixed: Briefing, context: DutyContext) -> None:
    report = await evidence_collector.confirm_fix.without_model(fixed, context)
    assert report.confirmed
    assert (report.screenshot_file, report.is_picture) == ("shop.png", True)


async def test_a_missing_picture_does_not_prevent_it_and_is_told(
    fixed: Briefing, context: DutyContext, production: Answers
) -> None:
    del production.values["screenshot", "shop"]
    report = await evidence_collector.confirm_fix.without_model(fixed, context)
    assert report.confirmed
    assert (report.screenshot.verdict, report.is_picture) == ("unknown", False)


async def test_a_picture_of_an_error_prevents_it(fixed: Briefing, context: DutyContext, production: Answers) -> None:
    picture(production, looks_healthy=False, shows="Internal error")
    assert not (await evidence_collector.confirm_fix.without_model(fixed, context)).confirmed


async def test_a_saved_response_is_not_called_a_picture(
    fixed: Briefing, context: DutyContext, production: Answers
) -> None:
    picture(production, is_picture=False)
    report = await evidence_collector.confirm_fix.without_model(fixed, context)
    assert not report.is_picture
    assert "saved response" in report.screenshot.text


@pytest.mark.parametrize(("count", "confirmed"), [(400, False), (2, True)])
async def test_new_errors_after_the_change_are_a_new_issue(
    fixed: Briefing, context: DutyContext, production: Answers, count: int, confirmed: bool
) -> None:
    pattern = LogPattern(
        service="checkout",
        signature="KeyError: 'tax'",
        level="error",
        count=count,
        first_seen=ACTED + timedelta(minutes=2),
        last_seen=NOW,
        sample="",
    )
    production.put("error_log", "checkout", ErrorLog(service="checkout", patterns=[pattern]))
    assert (await evidence_collector.confirm_fix.without_model(fixed, context)).confirmed is confirmed


async def test_errors_that_go_on_are_not_confirmed(fixed: Briefing, context: DutyContext, production: Answers) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.4))
    assert not (await evidence_collector.confirm_fix.without_model(fixed, context)).confirmed


@pytest.mark.parametrize(("built", "ok", "passed"), [(True, True, True), (True, False, False), (False, True, False)])
async def test_a_candidate_passes_if_it_is_built_and_every_check_is_well(
    briefing: Briefing, context: DutyContext, production: Answers, built: bool, ok: bool, passed: bool
) -> None:
    checks = answers_with(ok).checks
    candidate = Candidate(service="checkout", version="1.0.0-hotfix.1", built=built, checks=checks)
    production.put("check_candidate", "checkout", candidate)
    told = concluded(briefing, "code bug").model_copy(update={"candidate_version": "1.0.0-hotfix.1"})
    assert (await evidence_collector.verify_hotfix.without_model(told, context)).passed is passed


@pytest.mark.parametrize(
    ("ok", "took", "is_counted", "passed"),
    [(True, 0.1, True, True), (False, 0.1, True, False), (True, 0.9, True, True), (True, 0.9, False, False)],
)
async def test_regression_wants_answers_in_the_usual_time_by_those_of_users_where_they_are_counted(
    fixed: Briefing, context: DutyContext, production: Answers, ok: bool, took: float, is_counted: bool, passed: bool
) -> None:
    production.put("check_endpoints", "checkout", answers_with(ok, took))
    if not is_counted:
        production.put("golden_signals", "checkout", Refusal(error="no data", said="no series"))
    assert (await api_tester.run_regression.without_model(fixed, context)).passed is passed


async def test_a_passed_regression_is_told_by_what_passed_it(
    fixed: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("check_endpoints", "checkout", answers_with(True))
    production.put("golden_signals", "checkout", Refusal(error="failed", said="no samples"))
    report = await api_tester.run_regression.without_model(fixed, context)
    assert report.passed
    assert report.summary.startswith("Passed: 1 of 1 endpoints of checkout answer")
    assert "not known" not in report.summary
    assert "no error rate" not in report.summary


async def test_a_failing_endpoint_is_asked_twice(fixed: Briefing, context: DutyContext, production: Answers) -> None:
    production.put("check_endpoints", "checkout", answers_with(False))
    await api_tester.run_regression.without_model(fixed, context)
    assert production.asked.count(("check_endpoints", "checkout")) == 2


async def test_where_no_endpoint_can_be_requested_the_figures_decide(
    fixed: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("check_endpoints", "checkout", Refusal(error="failed", said="no route"))
    well = await api_tester.run_regression.without_model(fixed, context)
    production.put("golden_signals", "checkout", Refusal(error="failed", said="no samples"))
    blind = await api_tester.run_regression.without_model(fixed, context)
    assert (well.passed, blind.passed) == (True, False)
    assert "no endpoint could be requested" in well.summary
