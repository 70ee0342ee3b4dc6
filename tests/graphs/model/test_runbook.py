"""The tables: severity rules, teams and the matrix, as the runbook has them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.io.catalogue import Service
from agents.reports.basis import Severity
from agents.reports.triage import Scope
from agents.runtime.briefing import Alert
from graphs.model.runbook import INVESTIGATORS, LEVELS, MATRIX, TEAMS, TREE_ROWS, WORST_FIRST, worst
from graphs.model.severity import floor

QUIET = Scope(
    summary="", users_affected=0, users_share=0, services=["shop"], data_at_risk="no", error_rate=0.0, abnormal=False
)


def level(tier: int, severity: str = "", **seen: Any) -> Severity:
    scope = QUIET.model_copy(update=seen)
    return floor(scope, Service.model_validate({"tier": tier}), Alert(title="x", severity=severity)).severity


@pytest.mark.parametrize(
    ("tier", "seen", "expected"),
    [
        (1, {"completely_down": True}, "P0"),
        (2, {"completely_down": True}, "P1"),
        (3, {"completely_down": True}, "P2"),
        (3, {"data_loss": True}, "P0"),
        (3, {"data_at_risk": "yes"}, "P0"),
        (3, {"breach_suspected": True}, "P0"),
        (2, {"error_rate": 0.5}, "P1"),
        (2, {"error_rate": 0.49}, "P2"),
        (3, {"error_rate": 0.6}, "P2"),
        (1, {"error_rate": 0.05}, "P1"),
        (1, {"error_rate": 0.049}, "P2"),
        (2, {"latency_ratio": 10.0}, "P1"),
        (2, {"latency_ratio": 9.9}, "P2"),
        (1, {"users_share": 0.25}, "P1"),
        (2, {"error_rate": 0.019}, "P3"),
        (2, {"latency_ratio": 3.0}, "P2"),
        (1, {}, "P3"),
    ],
)
def test_facts_set_the_floor(tier: int, seen: dict[str, Any], expected: Severity) -> None:
    assert level(tier, **seen) == expected


@pytest.mark.parametrize(("kind", "tier", "expected"), [("api", 1, "P0"), ("worker", 1, "P1"), ("worker", 2, "P2")])
def test_jobs_that_stand_still_wait_and_refuse_nobody(kind: str, tier: int, expected: Severity) -> None:
    service = Service.model_validate({"tier": tier, "kind": kind})
    still = QUIET.model_copy(update={"completely_down": True, "down": ["jobs"]})
    workers = ["jobs"] if kind == "worker" else []
    assert floor(still, service, Alert(title="x"), {"jobs": tier}, workers).severity == expected


@pytest.mark.parametrize(
    ("title", "at_risk", "expected"),
    [
        ("Some viewers have lost their lists", "unknown", "P1"),
        ("Some viewers have lost their lists", "no", "P3"),
        ("A buyer sees someone else's orders", "unknown", "P1"),
        ("Pictures load slowly", "unknown", "P3"),
        ("checkout has lost connection to its cache", "unknown", "P3"),
    ],
)
def test_lost_or_opened_data_that_no_check_could_refute_is_high(title: str, at_risk: str, expected: Severity) -> None:
    scope = QUIET.model_copy(update={"data_at_risk": at_risk})
    assert floor(scope, Service(tier=2), Alert(title=title)).severity == expected


@pytest.mark.parametrize(
    ("rates", "slower", "expected"),
    [((0.03, 0.02, 0.01), 1.0, "P1"), ((0.03, 0.009, 0.006), 1.0, "P2"), ((0.03, 0.009, 0.006), 2.5, "P1")],
)
def test_breadth_counts_the_services_that_hurt_their_users(
    rates: tuple[float, float, float], slower: float, expected: Severity
) -> None:
    names = ["shop", "cart", "login"]
    seen = {"services": names, "error_rates": dict(zip(names, rates, strict=True)), "abnormal": True}
    scope = QUIET.model_copy(update=seen | {"error_rate": rates[0], "latency_ratio": slower})
    assert floor(scope, Service(tier=1), Alert(title="x"), dict.fromkeys(names, 1)).severity == expected


def test_an_alarming_alert_is_not_cosmetic_before_anyone_has_looked() -> None:
    assert level(2, "critical") == "P2"
    assert level(2, "info") == "P3"


def test_the_floor_names_every_rule_of_its_level() -> None:
    found = floor(
        QUIET.model_copy(update={"data_loss": True, "breach_suspected": True}), Service(tier=3), Alert(title="x")
    )
    assert found.reasons == ["data is lost", "a security breach is suspected"]


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from([1, 2, 3]))
def test_more_errors_never_lower_the_floor(less: float, more: float, tier: int) -> None:
    less, more = sorted((less, more))
    assert worst(level(tier, error_rate=less), level(tier, error_rate=more)) == level(tier, error_rate=more)


def test_the_tables_have_every_row_of_the_runbook() -> None:
    assert [LEVELS[severity].row for severity in WORST_FIRST] == ["SEV-P0", "SEV-P1", "SEV-P2", "SEV-P3"]
    assert [TEAMS[severity].row for severity in WORST_FIRST] == ["TEAM-P0", "TEAM-P1", "TEAM-P2", "TEAM-P3"]
    assert list(TREE_ROWS.values()) == ["S3.1", "S3.2", "S3.3", "S3.4"]
    assert list(MATRIX) == ["ESC-1", "ESC-2", "ESC-3", "ESC-4", "ESC-5"]
    assert [len(TEAMS[severity].members) for severity in WORST_FIRST] == [6, 4, 2, 1]


def test_no_more_than_eight_roles_are_ever_at_work_at_once() -> None:
    assert max(len(chosen) for chosen in INVESTIGATORS.values()) + 2 <= 8


def test_time_limits_of_the_matrix_are_30_minutes_and_2_hours() -> None:
    assert (MATRIX["ESC-1"].after, MATRIX["ESC-1"].severity) == (30, "P0")
    assert (MATRIX["ESC-2"].after, MATRIX["ESC-2"].severity) == (120, "P1")
