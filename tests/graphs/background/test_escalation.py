"""When each row of the matrix is due."""

from datetime import UTC, datetime, timedelta

import pytest

from agents.io.catalogue import Catalogue, Service
from agents.reports.basis import Severity
from agents.reports.triage import Scope
from graphs.background.escalation import (
    ASK_AMOUNT,
    LATE_POST_MORTEM,
    LATE_RESPONSE,
    countdowns,
    due,
    next_due,
    over,
    to_send,
)
from graphs.model.questions import Question
from graphs.transcript.facts import Escalated, Facts

START = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
SHOP = Catalogue(services={"shop": Service(tier=1, revenue_per_minute=1000)})
SCOPE = Scope(summary="", users_affected=9, users_share=0.5, services=["shop"], data_at_risk="no", abnormal=True)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def run_at(severity: Severity, **known: object) -> Facts:
    return Facts(severity=severity, started_at=START, activated_at=at(4), responded_at=at(5)).model_copy(update=known)


@pytest.mark.parametrize(
    ("severity", "minute", "expected"),
    [
        ("P0", 29.9, []),
        ("P0", 30, ["esc_1_studio_producer"]),
        ("P1", 30, []),
        ("P1", 119.9, []),
        ("P1", 120, ["esc_2_project_shepherd"]),
        ("P2", 500, []),
    ],
)
def test_time_limits_fire_at_their_minute(severity: Severity, minute: float, expected: list[str]) -> None:
    assert due(run_at(severity), at(minute), SHOP) == expected


def test_a_limit_is_woken_for_exactly_when_it_comes() -> None:
    assert next_due(run_at("P0"), at(5), SHOP) == at(30)
    assert next_due(run_at("P1"), at(5), SHOP) == at(120)


def test_a_verified_recovery_stops_the_clock() -> None:
    assert due(run_at("P0", fixed_at=at(20)), at(40), SHOP) == []


def test_a_relapse_arms_it_again_and_a_limit_already_passed_fires_at_once() -> None:
    fired = [Escalated(row="ESC-1", at=at(30))]
    assert due(run_at("P0", escalated=fired), at(40), SHOP) == []
    assert due(run_at("P0", escalated=fired, relapsed_at=at(50)), at(50), SHOP) == ["esc_1_studio_producer"]
    again = [*fired, Escalated(row="ESC-1", at=at(50))]
    assert due(run_at("P0", escalated=again, relapsed_at=at(50)), at(60), SHOP) == []


def test_raised_to_p0_after_half_an_hour_it_fires_at_once() -> None:
    assert due(run_at("P0"), at(47), SHOP) == ["esc_1_studio_producer"]


def test_a_suspected_breach_goes_to_legal() -> None:
    scope = SCOPE.model_copy(update={"breach_suspected": True, "abnormal": False})
    assert due(run_at("P0", scope=scope), at(5), SHOP) == ["esc_3_legal_compliance_checker"]


def test_affected_user_data_goes_to_legal_and_to_the_executive_summary() -> None:
    scope = SCOPE.model_copy(update={"user_data_affected": True, "abnormal": False})
    names = ["esc_4_legal_compliance_checker", "esc_4_executive_summary_generator"]
    assert due(run_at("P0", scope=scope), at(5), SHOP) == names


def test_revenue_fires_at_the_minute_the_amount_is_passed() -> None:
    facts = run_at("P1", scope=SCOPE, revenue_limit=5000.0)
    assert due(facts, at(9.9), SHOP) == []
    assert next_due(facts, at(5), SHOP) == at(10)
    assert due(facts, at(10), SHOP) == ["esc_5_finance_tracker", "esc_5_studio_producer"]


def test_revenue_saved_by_an_early_fix_is_not_escalated() -> None:
    assert due(run_at("P1", scope=SCOPE, revenue_limit=5000.0, fixed_at=at(9)), at(30), SHOP) == []


@pytest.mark.parametrize("amount", [1e12, 1e18, 1e308, float("inf")])
def test_an_amount_that_no_incident_costs_is_never_passed(amount: float) -> None:
    facts = run_at("P1", scope=SCOPE, revenue_limit=amount)
    assert due(facts, at(100), SHOP) == []
    assert next_due(facts, at(5), SHOP) == at(120)


def test_with_no_amount_set_it_is_asked_for_once() -> None:
    assert due(run_at("P1", scope=SCOPE), at(5), SHOP) == [ASK_AMOUNT]
    assert due(run_at("P1", scope=SCOPE, marked=[ASK_AMOUNT]), at(5), SHOP) == []


def test_a_missed_response_time_is_noticed() -> None:
    facts = run_at("P1", responded_at=None, respond_by=at(60))
    assert due(facts, at(60), SHOP) == []
    assert due(facts, at(61), SHOP) == [LATE_RESPONSE]


def test_a_post_mortem_overdue_after_48_hours_goes_to_the_project_shepherd() -> None:
    facts = run_at("P1", resolved_at=at(60), fixed_at=at(30), post_mortem_due=at(60) + timedelta(hours=48))
    assert next_due(facts, at(61), SHOP) == at(60) + timedelta(hours=48)
    assert due(facts, at(62) + timedelta(hours=48), SHOP) == [LATE_POST_MORTEM]
    assert not over(facts)


def test_nothing_fires_twice() -> None:
    facts = run_at("P0", escalated=[Escalated(row="ESC-1", at=at(30))])
    assert due(facts, at(300), SHOP) == []


def test_an_amount_that_is_never_lost_is_not_waited_for() -> None:
    """Of the largest of numbers, no time can be told."""
    facts = run_at("P1", scope=SCOPE, revenue_limit=1e300)
    assert due(facts, at(60), SHOP) == []
    assert "ESC-5" not in countdowns(facts, SHOP)


def test_a_reminder_and_what_nobody_answered_tell_what_the_newest_look_found_since() -> None:
    asked = Question(id="q-1", kind="direction", text="shop is down. What now?", options=["over"], expires_at=at(35))
    well = SCOPE.model_copy(update={"summary": "Nothing is out of its usual range on shop.", "abnormal": False})
    seen = {"asked_at": {"q-1": at(5)}, "newest_scope": well, "scope_at": at(20), "marked": ["asked q-1"]}
    then = "The look of 03:20 UTC found: Nothing is out of its usual range on shop. Asked at 03:05 UTC: shop is down."
    ((mark, _, text),) = to_send(run_at("P1", open_questions=[asked], **seen), at(26))
    assert (mark, text) == ("reminded q-1", f"Still open, until 03:35 UTC. {then} What now?")
    ((mark, whom, text),) = to_send(run_at("P1", unanswered=[asked], **seen), at(36))
    assert (mark, whom, text) == ("unanswered q-1", "Project Shepherd", f"Nobody answered. {then} What now?")
