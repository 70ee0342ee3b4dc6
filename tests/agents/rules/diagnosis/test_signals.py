"""A series held against its own past, sample by sample."""

from bisect import insort
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
SAMPLES = st.lists(st.sampled_from([0.0, 0.1, 0.11, 0.15, 0.2, 0.3, 0.9, 1.0]) | st.floats(-1, 2), max_size=50)


def each_held_against_the_edge(values: list[float], rule: UsualRange) -> list[bool]:
    """The flags of fewer samples than a baseline remembers, the edge worked out anew for each."""
    calm, flags = sorted(values[:WARM_UP]), [False] * min(WARM_UP, len(values))
    at_first = rule.edge(*_level(calm))
    for value in values[WARM_UP:]:
        edge = rule.edge(*_level(calm))
        flags.append(value <= min(edge, at_first) if rule.falls else value >= edge)
        if not flags[-1] and (rule.moving or len(calm) < 20):
            insort(calm, value)
    return flags


@given(SAMPLES.filter(bool), RULES)
def test_every_sample_beyond_the_edge_is_flagged_and_no_other(values: list[float], rule: UsualRange) -> None:
    _, flags = _scan(list(enumerate(values)), rule, 0)
    assert list(flags) == each_held_against_the_edge(values, rule)


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
