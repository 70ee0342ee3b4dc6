"""A role does a duty: a model's report is never better than the measurements."""

from typing import Any

import pytest

from agents.reports.basis import Report
from agents.reports.investigation import Conclusion, Hypothesis
from agents.reports.mitigation import Proposal
from agents.reports.post_mortem import Timeline
from agents.reports.triage import Scope
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.runtime.duty_context import DutyContext
from agents.runtime.last_word import the_worse
from agents.runtime.performing import more_cautious
from tests.agents.conftest import NOW, MemoryLog


def duty(by_book: Report) -> Duty[Any]:
    async def body(briefing: Briefing, context: DutyContext) -> Any:
        return by_book

    return Duty(role="infrastructure_maintainer", name="classify", does="", report=type(by_book), without_model=body)


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


@pytest.mark.parametrize(
    ("service", "action", "stands"),
    [("orders-db", "restart", "book"), ("orders-db", "failover", "book"), ("checkout", "restart", "model")],
)
async def test_a_model_touches_what_keeps_data_only_where_the_rules_would(
    context: DutyContext, briefing: Briefing, service: str, action: Any, stands: str
) -> None:
    parameters: Any = {"standby": "orders-db-2"} if action == "failover" else {}
    wanted = Proposal(action=action, service=service, parameters=parameters, summary="So.")
    nothing = Proposal(action=None, service=service, summary="Nothing is wrong with it.")
    assert await more_cautious(duty(nothing), wanted, briefing, context) == (
        (nothing, "book") if stands == "book" else (wanted, "model")
    )
    assert (await more_cautious(duty(wanted), wanted, briefing, context))[1] == "model"
