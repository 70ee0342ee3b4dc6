"""A role does a duty: a model's report is never better than the measurements."""

from typing import Any

import pytest

from agents.reports.basis import Report
from agents.reports.investigation import Conclusion, Hypothesis
from agents.reports.mitigation import Proposal, Recovery, Regression
from agents.reports.post_mortem import Timeline
from agents.reports.triage import Scope
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.runtime.duty_context import DutyContext
from agents.runtime.performing import more_cautious, the_worse
from tests.agents.conftest import NOW, MemoryLog


def duty(by_book: Report) -> Duty[Any]:
    async def body(briefing: Briefing, context: DutyContext) -> Any:
        return by_book

    return Duty(
        role="infrastructure_maintainer", name="verify_recovery", does="", report=type(by_book), without_model=body
    )


def recovery(state: Any) -> Recovery:
    return Recovery(summary=f"It is {state}.", state=state, checks=[])


@pytest.mark.parametrize(
    ("model", "book", "stands"),
    [
        ("recovered", "recovered", "recovered"),
        ("recovered", "improving", "improving"),
        ("improving", "not recovered", "not recovered"),
        ("not recovered", "recovered", "not recovered"),
    ],
)
async def test_a_recovery_is_believed_when_the_measurements_bear_it_out(
    context: DutyContext, briefing: Briefing, log: MemoryLog, model: str, book: str, stands: str
) -> None:
    report, by = await more_cautious(duty(recovery(book)), recovery(model), briefing, context)
    assert report.state == stands
    assert by == ("model" if stands == model else "book")
    assert bool(log.of_kind("degraded")) == (by == "book")


async def test_a_model_may_fail_what_the_book_would_pass(context: DutyContext, briefing: Briefing) -> None:
    said: dict[str, Any] = {"summary": "So.", "endpoints": [], "response_times": {"verdict": "unknown", "text": "?"}}
    said["error_rates"] = said["response_times"]
    failed, passed = (Regression.model_validate({**said, "passed": passed}) for passed in (False, True))
    assert await more_cautious(duty(passed), failed, briefing, context) == (failed, "model")
    assert await more_cautious(duty(failed), passed, briefing, context) == (failed, "book")


@pytest.mark.parametrize("words", ["97 % of requests fail.", "Hackers stole customer data.", "Alle Daten sind weg."])
async def test_words_that_may_not_stand_do_not_make_a_careful_verdict_a_better_one(
    context: DutyContext, briefing: Briefing, log: MemoryLog, words: str
) -> None:
    careful = Recovery(summary=words, state="not recovered", checks=[])
    report, by = await more_cautious(duty(recovery("recovered")), careful, briefing, context)
    assert (report.state, by) == ("not recovered", "model")
    assert report.summary == "A model judges this worse than the rules do, which say: It is recovered."
    assert "with what the model saw worse" in log.of_kind("degraded")[0]["why"]


async def test_a_scope_whose_words_may_not_stand_still_counts_where_it_is_the_worse_one(
    context: DutyContext, briefing: Briefing
) -> None:
    measured = scope(summary="3 users meet it.", users_affected=3, services=["checkout"])
    worse = scope(summary="Hackers stole customer data.", users_affected=9, completely_down=True)
    report, by = await more_cautious(duty(measured), worse, briefing, context)
    assert report == measured.model_copy(update={"users_affected": 9, "completely_down": True})
    assert by == "model"
    spoilt = measured.model_copy(update={"summary": worse.summary})
    assert await more_cautious(duty(measured), spoilt, briefing, context) == (measured, "book")


async def test_the_times_and_the_impact_of_a_timeline_are_the_measured_ones(
    context: DutyContext, briefing: Briefing
) -> None:
    def timeline(minutes: float | None, **times: Any) -> Timeline:
        known: dict[str, Any] = {"introduced_at": None, "detected_at": NOW, "resolved_at": NOW, **times}
        return Timeline(**known, user_impact_minutes=minutes, entries=[], summary="Over.")

    measured, invented = timeline(17), timeline(9_999, introduced_at=NOW, resolved_at=NOW.replace(hour=23))
    assert await more_cautious(duty(measured), invented, briefing, context) == (measured, "model")


def scope(**more: Any) -> Scope:
    known: dict[str, Any] = {"summary": "", "users_affected": 0, "users_share": 0, "services": [], "abnormal": False}
    return Scope.model_validate({**known, "data_at_risk": "no", **more})


def test_the_floor_of_severity_gets_the_worse_of_what_was_said_and_measured() -> None:
    said = scope(services=["shop"], error_rate=0.01, data_loss=True)
    measured = scope(
        services=["checkout"], error_rate=0.6, users_affected=412, data_at_risk="yes", completely_down=True
    )
    both = the_worse(said, measured)
    assert (both.error_rate, both.users_affected, both.services) == (0.6, 412, ["shop", "checkout"])
    assert (both.data_at_risk, both.completely_down, both.data_loss, both.abnormal) == ("yes", True, True, False)


def concluded(confidence: Any, strength: int, *rivals: Any) -> Conclusion:
    def hypothesis(status: Any) -> Hypothesis:
        return Hypothesis(cause="code bug", component="shop", statement="", status=status, strength=strength)

    known: dict[str, Any] = {"verdict": "cause found", "cause": "code bug", "component": "shop", "summary": ""}
    hypotheses = [hypothesis("supported"), *map(hypothesis, rivals)]
    return Conclusion.model_validate({**known, "confidence": confidence, "hypotheses": hypotheses})


@pytest.mark.parametrize(
    ("conclusion", "confidence"),
    [
        (concluded("high", 3), "high"),
        (concluded("high", 3, "ruled out"), "high"),
        (concluded("high", 3, "open"), "medium"),
        (concluded("high", 2), "medium"),
        (concluded("high", 1), "low"),
        (concluded("low", 3), "low"),
    ],
)
async def test_confidence_may_be_lowered_and_is_never_raised(
    context: DutyContext, briefing: Briefing, conclusion: Conclusion, confidence: str
) -> None:
    report, by = await more_cautious(duty(conclusion), conclusion, briefing, context)
    assert (report.confidence, by) == (confidence, "model")


@pytest.mark.parametrize(("instance", "stands"), [("shop-2", "model"), ("shop-3", "book")])
async def test_a_declared_act_stands_only_where_the_rules_find_it_called_for(
    context: DutyContext, briefing: Briefing, log: MemoryLog, instance: str, stands: str
) -> None:
    wanted = Proposal(action="drain_instance", service="shop", parameters={"instance": instance}, summary="So.")
    found = wanted.model_copy(update={"parameters": {"instance": "shop-2"}, "summary": "By the book."})
    report, by = await more_cautious(duty(found), wanted, briefing, context)
    assert (report, by) == ((wanted, "model") if stands == "model" else (found, "book"))
    assert bool(log.of_kind("degraded")) == (stands == "book")


async def test_where_nothing_calls_for_it_a_model_s_declared_act_becomes_none(
    context: DutyContext, briefing: Briefing
) -> None:
    wanted = Proposal(action="end_session", service="shop", parameters={"session": "7"}, summary="So.")
    nothing = Proposal(action=None, service="shop", summary="Nothing.")
    assert await more_cautious(duty(nothing), wanted, briefing, context) == (nothing, "book")
