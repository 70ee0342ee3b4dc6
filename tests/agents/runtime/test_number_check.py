"""Figures: which numbers and times of a text its sources hold."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agents.reports.basis import Calculation
from agents.runtime.number_check import figures, follows, unsupported
from agents.runtime.sources import Sources

READING: dict[str, Any] = {
    "tool": "golden_signals",
    "value": {
        "error_rate": {
            "unit": "share",
            "start": "2026-03-03T02:00:00Z",
            "step_seconds": 60,
            "values": [0.002, None, 0.4187, 0.4204],
        },
        "users": 20185,
        "usual_users": 90,
        "deployments": [
            {"version": "5.19.0", "at": "2026-03-03T02:50:12+00:00"},
            {"version": "5.18.0", "at": "2026-03-02T12:20:00+00:00"},
        ],
        "sample": "upstream answered 503 after 2500 ms; 1,204 times since 02:41 UTC",
        "latency_seconds": 0.153,
        "window_minutes": 90,
    },
}


LATELY = [0.002] * 20 + [0.17] + [0.42] * 19


def sources(*values: Any) -> Sources:
    known = Sources()
    for value in values or [READING]:
        known.add(value)
    return known


def wrong(text: str, *calculations: Calculation) -> list[str]:
    return unsupported(text, sources(), calculations)


def calculation(how: Any, of: list[float], result: float) -> Calculation:
    return Calculation(how=how, of=of, result=result)


@pytest.mark.parametrize(
    "text",
    [
        "20,185 users",
        "20185 users meet it",
        "error rate 42 %, 0.2 % before",
        "error rate 0.42",
        "41.9 % of requests fail",
        "latency 0.15 s",
        "latency 153 ms",
        "it answers 503 after 2.5 s",
        "5.19.0 was deployed at 02:50 UTC",
        "5.19.0 was deployed at 2026-03-03 02:50 UTC",
        "deployed on 2026-03-02",
        "since 02:02 UTC, a sample's time",
        "1,204 lines since 02:41 UTC",
        "2 deployments",
        "5.19.0 came 14 h after 5.18.0",
        "over 1.5 hours",
        "P0, row S2.1, sign-in-2, sha256 and IPv4 are names",
        "no number at all",
    ],
)
def test_what_the_sources_hold_is_supported(text: str) -> None:
    assert wrong(text) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("20,186 users", "20,186"),
        ("error rate 43 %", "43 %"),
        ("error rate 0.4", ""),
        ("error rate 0.45", "0.45"),
        ("5.20.0 was deployed", "5.20.0"),
        ("since 03:15 UTC", "03:15"),
        ("since 2026-03-03 02:58 UTC", "2026-03-03 02:58"),
        ("3 deployments", "3"),
        ("27 min later", "27 min"),
        ("it costs 3,698 USD", "3,698"),
        ("10x slower", "10x"),
        ("latency 154 ms", "154 ms"),
    ],
)
def test_what_they_do_not_hold_is_named(text: str, number: str) -> None:
    assert wrong(text) == ([number] if number else [])


PRODUCTION: dict[str, Any] = {
    "value": {
        "service": "checkout",
        "error_rate": {"unit": "share", "start": "2026-03-03T02:00:00Z", "step_seconds": 60, "values": LATELY},
        "latency": {"unit": "seconds", "start": "2026-03-03T02:00:00Z", "step_seconds": 60, "values": [0.09] * 40},
        "saturation": {"unit": "share", "start": "2026-03-03T02:00:00Z", "step_seconds": 60, "values": [0.57] * 40},
        "affected_users": 152,
        "active_users": 400,
        "replicas_ready": 11,
        "wait_seconds": 47,
    }
}
NAMES = {"checkout": "checkout", "Checkout": "checkout", "orders-db": "orders-db"}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("42 % of requests fail", ""),
        ("57 % of requests fail", "57 %"),
        ("saturation 57 %", ""),
        ("saturation 42 %", "42 %"),
        ("30 % of requests fail", "30 %"),
        ("152 of 400 users (38 %) meet it", ""),
        ("152 of 400 (38 %)", ""),
        ("38 % of users meet it, 152 of 400", ""),
        ("38 % of users meet it", ""),
        ("38 % of requests fail", "38 %"),
        ("152 of 400 (39 %)", "39 %"),
        ("42 % of users meet it", "42 %"),
        ("152 % more", "152 %"),
        ("47 % of requests fail", "47 %"),
        ("47 replicas are ready", "47"),
        ("11 replicas are ready", ""),
        ("11 users meet it", "11"),
        ("checkout: 42 % of requests fail", ""),
        ("orders-db: 42 % of requests fail", "42 %"),
        ("17 % of requests failed at 02:20 UTC", ""),
        ("17 % of requests fail", "17 %"),
        ("error rate 0.2 %, then 42 %, 210 times as much", ""),
        ("error rate 0.2 %, then 42 %, 350 times as much", "350 times"),
    ],
)
def test_a_number_is_one_of_the_same_series_field_unit_and_service(text: str, number: str) -> None:
    assert unsupported(text, sources(PRODUCTION), [], NAMES) == ([number] if number else [])


def test_of_three_ordinary_events_few_whole_percents_can_be_said() -> None:
    said = [n for n in range(101) if not unsupported(f"{n} % of requests fail", sources(READING, PRODUCTION), [])]
    assert len(said) < 10


@pytest.mark.parametrize(
    ("text", "wrong_ones"),
    [
        ("it lasted 9 min", []),
        ("it lasted 12 min", ["12 min"]),
        ("1 h 12 min after 01:29 UTC, at 02:41 UTC", []),
        ("1 h 15 min after 01:29 UTC, at 02:41 UTC", ["75 min"]),
        ("2 days after 2026-03-01 02:50 UTC", []),
        ("3 days after 2026-03-01 02:50 UTC", ["3 days"]),
        ("2 h after 00:41 UTC", []),
        ("4 h after 00:41 UTC", ["4 h"]),
    ],
)
def test_a_duration_lies_between_two_times_of_the_sources(text: str, wrong_ones: list[str]) -> None:
    known = sources("from 02:41 UTC", "to 02:50 UTC", "01:29", "00:41", "2026-03-01T02:50:00Z", "2026-03-03T02:50:00Z")
    assert unsupported(text, known, []) == wrong_ones


def test_a_calculation_is_of_numbers_in_one_unit() -> None:
    known = sources(PRODUCTION)
    assert follows(calculation("difference", [400, 152], 248), known)
    assert not follows(calculation("difference", [400, 47], 353), known)
    assert not follows(calculation("ratio", [0.57, 0.09], 6.33), known)


def test_a_number_may_follow_by_a_calculation_that_is_right() -> None:
    ratio = calculation("ratio", [0.4187, 0.002], 209.35)
    assert wrong("209 times as many errors", ratio) == []
    assert wrong("209 times as many errors") == ["209 times"]


@pytest.mark.parametrize(
    ("how", "of", "result"),
    [
        ("difference", [20185, 90], 20095),
        ("ratio", [0.4204, 0.002], 210.2),
        ("share", [90, 20185], 0.00446),
        ("sum", [90, 20185], 20275),
        ("mean", [0.4187, 0.4204], 0.41955),
    ],
)
def test_each_kind_of_calculation_is_checked(how: Any, of: list[float], result: float) -> None:
    assert follows(calculation(how, of, result), sources())
    assert not follows(calculation(how, of, result * 1.05), sources())


def test_a_calculation_from_numbers_that_nobody_saw_proves_nothing() -> None:
    assert not follows(calculation("sum", [4000, 711], 4711), sources())
    assert not follows(calculation("ratio", [90, 0], 5), sources(90, 0))


def test_a_duration_between_two_times_of_the_sources_follows() -> None:
    assert unsupported("9 min later", sources("02:41", "2026-03-03T02:50:00Z", "2026-03-03T02:41:00Z"), []) == []


def test_a_time_that_a_text_only_claims_proves_no_duration() -> None:
    assert wrong("failing since 03:17 UTC, 27 min after 02:50 UTC") == ["03:17", "27 min"]


def test_the_numbers_of_a_text_are_found_with_their_units() -> None:
    found = [(f.value, f.decimals, f.unit) for f in figures("42 % of 1,204 calls, 0.15 s, v2, x1, 10x")]
    assert found == [(42, 0, "%"), (1204, 0, ""), (0.15, 2, "s"), (10, 0, "x")]


def test_a_time_without_a_zone_is_utc() -> None:
    assert sources("2026-03-03T02:50:00").times == {datetime(2026, 3, 3, 2, 50, tzinfo=UTC)}
