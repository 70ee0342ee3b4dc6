"""A series held against its own past, sample by sample."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from agents.readings.production import Series
from agents.rules.diagnosis.signals import (
    COLLAPSE,
    ERROR_RATE,
    LATENCY,
    SATURATION,
    STANDSTILL,
    WARM_UP,
    UsualRange,
    _count_until,  # pyright: ignore[reportPrivateUsage]
    _level,  # pyright: ignore[reportPrivateUsage]
    _scan,  # pyright: ignore[reportPrivateUsage]
)
from tests.graphs.theatre import EPOCH

RULES = st.sampled_from([COLLAPSE, ERROR_RATE, LATENCY, SATURATION, STANDSTILL])
USUAL = st.floats(0.1, 0.11) | st.sampled_from([0.1, 0.11])
UNUSUAL = st.sampled_from([0.0, 0.15, 0.2, 0.3, 0.9, 1.0]) | st.floats(-1, 2)


@st.composite
def samples(draw: st.DrawFn) -> list[float]:
    """Many usual ones, and some that may be anything, here and there."""
    usual = draw(st.lists(USUAL, min_size=1, max_size=8))
    values = [usual[index % len(usual)] for index in range(draw(st.integers(1, 90)))]
    for index in draw(st.lists(st.integers(0, len(values) - 1), max_size=8)):
        values[index] = draw(UNUSUAL)
    return values


def each_held_against_the_edge(
    values: list[float], rule: UsualRange, calm_count: int
) -> tuple[list[float], list[bool]]:
    """The calm samples and the flags, the edge worked out anew for each sample."""
    first = calm_count or WARM_UP
    calm, flags = values[:first], [False] * min(first, len(values))
    at_first = rule.edge(*_level(sorted(calm)))
    for value in values[first:]:
        edge = rule.edge(*_level(sorted(calm)))
        flags.append(value <= min(edge, at_first) if rule.falls else value >= edge)
        if not flags[-1] and not calm_count and (rule.moving or len(calm) < 20):
            calm = [*calm, value][-60:]
    return sorted(calm), flags


@given(samples(), RULES, st.sampled_from([0, 0, WARM_UP, 30, 70]))
def test_every_sample_beyond_the_edge_is_flagged_and_no_other(
    values: list[float], rule: UsualRange, calm_count: int
) -> None:
    count = calm_count if calm_count <= len(values) else 0
    calm, flags = _scan(list(enumerate(values)), rule, count)
    assert (list(calm), list(flags)) == each_held_against_the_edge(values, rule, count)


def test_a_crowd_that_leaves_in_an_instant_is_seen_though_the_least_is_just_at_the_edge() -> None:
    values = [10.0] * 20 + [10.0 / COLLAPSE.ratio] * 3
    _, flags = _scan(list(enumerate(values)), COLLAPSE, 0)
    assert list(flags) == [False] * 20 + [True] * 3


@given(st.lists(st.none() | st.floats(0, 1), min_size=12, max_size=40), st.integers(-90, 2500))
def test_the_samples_before_a_time_are_counted_where_they_are_enough(values: list[float | None], second: int) -> None:
    series, before = (
        Series(unit="share", start=EPOCH, step_seconds=60, values=values),
        EPOCH + timedelta(seconds=second),
    )
    points = [(index, value) for index, value in enumerate(values) if value is not None]
    counted = sum(series.at(index) < before for index, _ in points)
    assert _count_until(series, points, before) == (counted if counted >= WARM_UP else 0)
    assert _count_until(series, points, None) == 0
