"""When updates and briefs are due."""

from datetime import UTC, datetime, timedelta

import pytest

from agents.io.catalogue import Catalogue
from agents.reports.basis import Severity
from agents.reports.triage import Scope
from graphs.background.communication import BRIEF, UPDATE, due, next_due, over
from graphs.transcript.facts import Facts

START = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
NOTHING = Catalogue()


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def run_at(severity: Severity, **known: object) -> Facts:
    return Facts(severity=severity, started_at=START, activated_at=at(4)).model_copy(update=known)


@pytest.mark.parametrize(("severity", "expected"), [("P0", [UPDATE, BRIEF]), ("P1", [UPDATE]), ("P2", []), ("P3", [])])
def test_the_first_update_is_due_at_team_activation(severity: Severity, expected: list[str]) -> None:
    assert due(run_at(severity), at(4), NOTHING) == expected


def test_nothing_is_due_before_the_team_is_active() -> None:
    assert due(Facts(severity="P0", started_at=START), at(3), NOTHING) == []


def sent(minute: float, severity: Severity = "P1", **known: object) -> Facts:
    return run_at(severity, last_update_at=at(minute), last_update_status="Investigating", updates_sent=1, **known)


def test_the_next_is_due_15_minutes_after_activation_and_not_before() -> None:
    assert due(sent(4), at(18.9), NOTHING) == []
    assert due(sent(4), at(19), NOTHING) == [UPDATE]
    assert next_due(sent(4), at(5), NOTHING) == at(19)


def test_a_late_update_does_not_move_the_next() -> None:
    assert next_due(sent(25), at(26), NOTHING) == at(34)


def test_after_a_long_absence_one_update_is_due_and_not_one_per_missed_tick() -> None:
    assert due(sent(4), at(304), NOTHING) == [UPDATE]
    assert due(sent(304), at(304.1), NOTHING) == []


def test_a_change_of_status_is_told_at_once() -> None:
    assert due(sent(4, public_status="Identified"), at(6), NOTHING) == [UPDATE]


def test_p2_is_told_at_changes_of_status_only_and_only_where_users_notice() -> None:
    noticed = Scope(summary="", users_affected=9, users_share=0.1, services=[], data_at_risk="no", abnormal=True)
    assert due(run_at("P2", scope=noticed), at(4), NOTHING) == [UPDATE]
    assert due(sent(4, "P2", scope=noticed), at(90), NOTHING) == []
    assert next_due(sent(4, "P2", scope=noticed), at(90), NOTHING) is None
    assert due(sent(4, "P2", scope=noticed, public_status="Monitoring"), at(90), NOTHING) == [UPDATE]


def test_nothing_is_on_the_clock_after_it_is_resolved_but_the_end_is_told() -> None:
    ended = sent(4, public_status="Resolved", resolved_at=at(50))
    assert next_due(ended, at(50), NOTHING) is None
    assert due(ended, at(50), NOTHING) == [UPDATE]
    assert due(ended.model_copy(update={"last_update_status": "Resolved"}), at(90), NOTHING) == []
    assert over(ended)


def test_raised_to_p0_executives_are_briefed_at_once() -> None:
    assert due(sent(4, "P0"), at(6), NOTHING) == [BRIEF]


def test_shortened_minutes_shorten_the_cadence() -> None:
    assert next_due(sent(4, minute_seconds=1.0), at(4), NOTHING) == at(4) + timedelta(seconds=15)


def test_what_was_told_within_the_minute_before_a_tick_stands_for_the_tick() -> None:
    assert due(sent(18.5), at(19), NOTHING) == []
    assert due(sent(17.9), at(19), NOTHING) == [UPDATE]
