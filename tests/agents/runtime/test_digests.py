"""Digests: long series are told by what is usual, by their departure from it, and by their latest samples."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agents.readings.production import Series
from agents.runtime.digests import LATEST, LONG, digested, filled, sketched

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)


def series(*values: float | None, step: int = 60, unit: Any = "seconds") -> dict[str, Any]:
    return Series(unit=unit, start=START, step_seconds=step, values=list(values)).model_dump(mode="json")


def test_a_series_that_stayed_is_told_by_its_usual_range_and_its_last_sample() -> None:
    assert digested({"latency": series(*[0.2] * 90)}) == {
        "latency": {"unit": "seconds", "usual": 0.2, "usual_range": [0.18, 0.22], "now": 0.2}
    }


def test_a_departure_is_told_with_its_times_and_the_latest_samples() -> None:
    told = digested(series(*[0.2] * 60, 0.9, 2.0, *[0.8] * 20))
    assert told["left_its_range_at"] == "15:00"
    assert (told["furthest"], told["furthest_at"]) == (2, "15:01")
    assert "back_since" not in told
    assert (told["latest_from"], told["latest"]) == ("15:07", [0.8] * LATEST)


def test_a_sketch_holds_the_departure_and_the_last_sample() -> None:
    told = sketched(series(*[0.2] * 60, *[0.9] * 30, None))
    assert (told["left_its_range_at"], told["now"], told["last_seen"]) == ("15:00", 0.9, "15:29")
    assert "latest" not in told
    assert sketched(series(*[0.2] * 40)) == {"usual": 0.2, "now": 0.2}
    assert sketched(series(*[None] * 40)) == {}


def test_its_end_is_told_too() -> None:
    assert digested(series(*[0.2] * 60, *[0.9] * 10, *[0.2] * 20))["back_since"] == "15:10"


def test_a_single_sample_is_no_departure() -> None:
    assert "left_its_range_at" not in digested(series(*[0.2] * 60, 5.0, *[0.2] * 20))


def test_samples_that_are_missing_at_the_end_are_seen_to_be() -> None:
    assert digested(series(*[0.2] * 60, *[None] * 20))["last_seen"] == "14:59"


def test_a_window_of_more_than_a_day_is_told_with_its_days() -> None:
    told = digested(series(*[0.2] * 60, *[0.9] * 30, step=3600))
    assert (told["left_its_range_at"], told["step_seconds"]) == ("2026-03-05T02:00Z", 3600)


def test_what_is_counted_is_not_rounded() -> None:
    assert digested(series(*[20185.0] * 40, unit="count"))["now"] == 20185


def test_a_short_series_stays_as_it_is() -> None:
    short = series(*[0.2] * LONG)
    assert digested({"latency": short}) == {"latency": short}


def test_fields_that_hold_nothing_are_left_out_and_nought_is_not() -> None:
    assert digested({"a": None, "b": "", "c": 0, "d": [], "e": False, "f": [{"g": None}]}) == {
        "c": 0,
        "d": [],
        "e": False,
        "f": [{}],
    }


VALUES = st.none() | st.floats(-1e6, 1e6)


@given(st.lists(VALUES, max_size=120), st.sampled_from(["share", "count", "seconds"]))
def test_any_series_has_a_digest_that_is_shorter(values: list[float | None], unit: Any) -> None:
    value = {"x": series(*values, unit=unit)}
    told = digested(value)
    assert (told == filled(value)) == (len(values) <= LONG)
    assert len(told["x"].get("latest", [])) <= LATEST
