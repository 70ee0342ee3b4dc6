"""The series of a run's readings become one curve for each service and signal, with the moments that explain it."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agents.readings.production import Series
from graphs.charts.measurements import POINTS_AT_MOST, Curve, Measurements
from tests.graphs.charts.series import MINUTE, START, event, golden, result, series


def curve_of(measured: Measurements, signal: str = "error_rate") -> list[float | None]:
    return measured.curves["shop"][signal].series().values


def test_a_newer_reading_goes_on_where_an_older_one_ended_and_replaces_what_both_cover() -> None:
    measured = Measurements()
    measured.take_in(result("golden_signals", golden([0.1, 0.2, 0.3])))
    measured.take_in(result("golden_signals", golden([0.9, 0.4], start=START + 2 * MINUTE)))
    assert curve_of(measured) == [0.1, 0.2, 0.9, 0.4]


def test_an_older_reading_that_comes_late_takes_nothing_away() -> None:
    measured = Measurements()
    measured.take_in(result("golden_signals", golden([0.9, 0.4], start=START + 2 * MINUTE)))
    measured.take_in(result("golden_signals", golden([0.1, 0.2, 0.3])))
    assert curve_of(measured) == [0.1, 0.2, 0.3, 0.4]


def test_samples_that_are_missing_stay_missing() -> None:
    measured = Measurements()
    measured.take_in(result("golden_signals", golden([0.1, None, 0.3])))
    assert curve_of(measured) == [0.1, None, 0.3]


def test_a_signal_of_which_nothing_is_known_has_no_curve() -> None:
    measured = Measurements()
    measured.take_in(result("golden_signals", golden([None, None])))
    assert "error_rate" not in measured.curves["shop"]


def test_a_refusal_and_a_reading_that_cannot_be_read_have_no_curve() -> None:
    measured = Measurements()
    measured.take_in(
        event("tool_result", tool="golden_signals", arguments={}, refusal={"error": "no data", "said": "-"})
    )
    measured.take_in(result("golden_signals", {"service": "shop", "error_rate": "not a series"}))
    assert measured.curves == {}


def test_a_series_without_a_time_axis_has_no_curve() -> None:
    measured = Measurements()
    value = golden([0.1, 0.2])
    value["error_rate"]["step_seconds"] = 0
    measured.take_in(result("golden_signals", value))
    assert set(measured.curves["shop"]) == {"traffic", "latency", "saturation"}


def test_a_reading_can_be_found_by_what_cites_it() -> None:
    measured = Measurements()
    measured.take_in(result("golden_signals", golden([0.1]), ref="cafe0001"))
    assert measured.read_at == {"cafe0001": "shop"}


def test_alerts_changes_acts_and_statuses_are_marked_in_the_order_of_time() -> None:
    measured = Measurements()
    deployed = {"service": "shop", "version": "42", "previous": "41", "at": START.isoformat(), "status": "succeeded"}
    history = {"service": "shop", "running": "42", "deployments": [deployed]}
    act: dict[str, Any] = {
        "port": "rollback",
        "arguments": {"service": "shop", "version": "41"},
        "done": True,
        "detail": "",
    }
    measured.take_in(event("result", at=START + 3 * MINUTE, ref="r1", **act))
    measured.take_in(event("alert", "alert/1", at=START + MINUTE, ref="r2"))
    measured.take_in(event("alert", "alert/2", at=START + MINUTE, ref="r3"))
    measured.take_in(event("status", at=START + 2 * MINUTE, ref="r4", status="Identified"))
    for _ in range(2):  # the same deployment, read twice, is one
        measured.take_in(result("deployment_history", history))
    assert [(mark.kind, mark.text) for mark in measured.marks] == [
        ("change", "shop 42 deployed"),
        ("alert", "alert received"),
        ("status", "status Identified"),
        ("act", "rollback of shop"),
    ]
    assert measured.set_to == {("shop", "version"): "42"}


@given(
    st.lists(
        st.tuples(
            st.timedeltas(timedelta(days=-40_000), timedelta(days=40_000)),
            st.integers(1, 10**6),
            st.lists(st.none() | st.floats(0, 1), max_size=30),
        ),
        max_size=5,
    )
)
def test_whatever_the_readings_say_of_their_times_a_curve_stays_small(
    readings: list[tuple[timedelta, int, list[float | None]]],
) -> None:
    curve = Curve("share", 60)
    for after, step, values in readings:
        curve.take_in(Series.model_validate(series(list(values), start=START + after, step=step)))
    if curve.points:
        whole = curve.series()
        assert len(whole.values) <= POINTS_AT_MOST
        assert abs(whole.at(len(whole.values) - 1) - max(at for at, _ in curve.points)) <= timedelta(
            seconds=whole.step_seconds
        )
