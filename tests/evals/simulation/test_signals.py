"""Signals: when a series left its usual range, and whether it is back."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from agents.readings.production import Series
from agents.rules.diagnosis.signals import COLLAPSE, ERROR_RATE, LATENCY, MEMORY_USE, SURGE, UsualRange, compare
from tests.agents.conftest import NOW, ONSET, series


def of(values: Sequence[float | None]) -> Series:
    return Series(unit="share", start=NOW - timedelta(minutes=len(values) - 1), step_seconds=60, values=[*values])


@pytest.mark.parametrize(("rule", "usual"), [(ERROR_RATE, 0.004), (LATENCY, 0.2), (SURGE, 100), (COLLAPSE, 100)])
def test_a_wobbling_series_is_usual(rule: UsualRange, usual: float) -> None:
    assert not compare(series("count", usual), rule).abnormal


def test_a_step_is_dated_to_the_minute() -> None:
    change = compare(series("share", 0.004, 0.4), ERROR_RATE)
    assert change.abnormal
    assert change.onset == ONSET
    assert change.usual == pytest.approx(0.004, rel=0.1)


def test_a_single_spike_is_noise() -> None:
    assert not compare(of([0.004] * 60 + [0.5] + [0.004] * 30), ERROR_RATE).abnormal


def test_an_excursion_that_ended_is_over_but_not_forgotten() -> None:
    change = compare(of([0.004] * 60 + [0.5] * 10 + [0.004] * 20), ERROR_RATE)
    assert not change.abnormal
    assert change.ended == NOW - timedelta(minutes=19)
    assert change.worst == 0.5


def test_a_fault_that_comes_and_goes_is_abnormal() -> None:
    assert compare(of([0.004] * 80 + [0.4, 0.004] * 10), ERROR_RATE).abnormal


def test_missing_samples_are_bridged_and_an_empty_series_is_unknown() -> None:
    holes: list[float | None] = [None if i % 3 == 0 else 0.004 for i in range(80)] + [0.3, None, 0.3, 0.3, None, 0.3]
    assert compare(of(holes), ERROR_RATE).abnormal
    assert not compare(of([None] * 60), ERROR_RATE).known


def test_a_series_that_fell_silent_has_no_now() -> None:
    change = compare(of([0.004] * 60 + [None] * 15), ERROR_RATE)
    assert not change.known
    assert change.last_seen == NOW - timedelta(minutes=15)


def test_a_whole_window_of_errors_is_abnormal_without_an_onset() -> None:
    change = compare(of([0.3] * 90), ERROR_RATE)
    assert change.abnormal
    assert change.onset is None


def test_a_slow_climb_is_dated_to_where_it_began() -> None:
    change = compare(of([0.5] * 100 + [0.5 + i * 0.003 for i in range(140)]), MEMORY_USE)
    assert change.abnormal
    assert change.onset is not None
    assert abs(change.onset - (NOW - timedelta(minutes=139))) < timedelta(minutes=15)


def test_a_high_but_steady_memory_is_usual() -> None:
    assert not compare(of([0.91] * 120), MEMORY_USE).abnormal


def test_after_a_change_three_samples_are_needed() -> None:
    recovering = of([0.004] * 60 + [0.4] * 20 + [0.004] * 2)
    assert not compare(recovering, ERROR_RATE, after=NOW - timedelta(minutes=1)).known
    assert compare(of([0.004] * 60 + [0.4] * 20 + [0.004] * 3), ERROR_RATE, after=NOW - timedelta(minutes=2)).known


def test_the_time_before_the_incident_is_the_baseline() -> None:
    values: list[float | None] = [*[0.2] * 30, *[1.0] * 60]
    assert compare(of(values), LATENCY, before=NOW - timedelta(minutes=60)).usual == pytest.approx(0.2)
