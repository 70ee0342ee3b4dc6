"""Shares, agreements and differences, against figures worked out by hand or found in textbooks."""

import pytest

from evals.report.intervals import kappa, mcnemar, mean_difference, pass_all, pass_at, wilson


def test_wilson_s_interval_of_eight_in_ten() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_of_nothing_everything_is_possible() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_a_perfect_score_of_few_runs_is_not_certain() -> None:
    low, high = wilson(3, 3)
    assert low < 0.5
    assert high == pytest.approx(1)


def test_passing_once_and_passing_always_part_where_a_scenario_is_fickle() -> None:
    assert pass_at(3, 2, 3) == 1
    assert pass_all(3, 2, 3) == 0
    assert pass_at(2, 1, 3) == pytest.approx(2 / 3)
    assert pass_all(2, 2, 3) == pytest.approx(1 / 3)


def test_kappa_is_one_for_full_agreement_and_punishes_far_misses_more() -> None:
    assert kappa([(0, 0), (1, 1), (2, 2)], 4) == 1
    near, far = kappa([(0, 1), (1, 1), (2, 2), (3, 3)], 4), kappa([(0, 3), (1, 1), (2, 2), (3, 3)], 4)
    assert near is not None
    assert far is not None
    assert far < near < 1


def test_kappa_says_nothing_where_nothing_varies() -> None:
    assert kappa([(1, 1), (1, 1)], 4) is None


def test_six_flips_to_one_side_are_unlikely_and_three_each_are_not() -> None:
    assert mcnemar(6, 0) == pytest.approx(2 / 64)
    assert mcnemar(3, 3) == 1
    assert mcnemar(0, 0) == 1


def test_a_difference_in_one_scenario_only_is_not_certain() -> None:
    mean, (low, high) = mean_difference([[1.0, 1.0, 1.0], [0.0] * 3, [0.0] * 3])
    assert mean == pytest.approx(1 / 3)
    assert low <= 0 < high


def test_the_same_difference_everywhere_is_certain() -> None:
    assert mean_difference([[0.5], [0.5], [0.5]]) == (0.5, (0.5, 0.5))
