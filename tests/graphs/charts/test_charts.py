"""Charts: what a curve looks like, what its usual range is, and when it is said to hurt."""

import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.io.catalogue import Objectives
from graphs.charts.charts import Chart, Window, charts_of, most_hurt, numbered
from graphs.charts.measurements import Measurements
from tests.graphs.charts.series import MINUTE, START, Values, event, golden, result, series

CALM: Values = [0.002] * 30
FAILS: Values = [*CALM, *[0.9] * 10]
RECOVERED: Values = [*FAILS, *CALM]


def charts(errors: Values, objectives: Objectives | None = None, **others: Values) -> list[Chart]:
    measured = Measurements()
    measured.take_in(result("golden_signals", golden(errors, "shop", START, **others)))
    window = Window(START, START + len(errors) * MINUTE)
    return charts_of(measured, "shop", window, objectives or Objectives())


def test_a_chart_says_what_is_now_what_is_usual_and_what_was_worst() -> None:
    failed = charts(FAILS)[0]
    assert (failed.now, failed.usual, failed.worst) == ("90.0 %", "0.2 %", "90.0 %")
    assert (failed.is_hurt, failed.was_hurt) == (True, True)
    assert failed.label == "shop, failed requests: 90.0 % when last measured, usually 0.2 %; at worst 90.0 %"


@pytest.mark.parametrize(("of", "title"), [("file descriptors", "File descriptors in use"), ("", "Capacity in use")])
def test_a_chart_of_what_is_used_up_is_named_by_what_was_measured(of: str, title: str) -> None:
    measured = Measurements()
    measured.take_in(result("golden_signals", {**golden(CALM), "saturation_of": of}))
    drawn = {one.signal.name: one for one in charts_of(measured, "shop", Window(START, START + 30 * MINUTE))}
    assert (drawn["saturation"].title, drawn["saturation"].short_title) == (title, title)


def test_what_has_recovered_was_hurt_and_is_not() -> None:
    failed = charts(RECOVERED)[0]
    assert (failed.now, failed.worst, failed.is_hurt, failed.was_hurt) == ("0.2 %", "90.0 %", False, True)


def test_the_usual_range_is_that_of_the_calm_samples_alone() -> None:
    band = charts(FAILS)[0].band
    assert band is not None
    top, height = band
    assert (top > 95, height < 5) == (True, True), "it lies at the bottom of the chart, whatever happened later"


def test_where_no_calm_time_is_known_there_is_no_band() -> None:
    assert charts([0.5, 0.5, 0.5])[0].band is None
    assert charts([0.5, 0.5, 0.5])[0].usual == ""


def test_an_objective_decides_what_hurts() -> None:
    errors: Values = [*CALM, *[0.03] * 10]
    assert charts(errors)[0].is_hurt
    assert not charts(errors, Objectives(availability=90.0))[0].is_hurt


def test_of_the_traffic_only_a_collapse_hurts_and_only_where_there_is_traffic() -> None:
    def traffic(values: Values) -> Chart:
        return next(chart for chart in charts(CALM, traffic=values) if chart.signal.name == "traffic")

    assert traffic([*[100.0] * 20, *[5.0] * 10]).is_hurt
    assert traffic([*[100.0] * 20, *[5.0] * 10]).worst == "5.0/s"
    assert not traffic([*[100.0] * 20, *[300.0] * 10]).is_hurt
    assert not traffic([*[0.1] * 20, *[0.0] * 10]).is_hurt


def test_what_browsers_measured_is_shown_where_it_left_its_usual_range() -> None:
    for errors, shown in ((CALM, False), (FAILS, True)):
        measured = Measurements()
        loads = series([1.0] * len(errors), "seconds")
        reading: dict[str, Any] = {
            "service": "shop",
            "script_errors": series(errors),
            "page_load": loads,
            "patterns": [],
        }
        measured.take_in(result("client_signals", reading))
        drawn = charts_of(measured, "shop", Window(START, START + len(errors) * MINUTE))
        assert [chart.signal.name for chart in drawn] == (["script_errors"] if shown else [])


def test_the_one_that_hurts_is_the_one_that_says_most() -> None:
    slow: Values = [*[0.1] * 30, *[3.0] * 10]
    worst = most_hurt(charts([0.002] * 40, latency=slow))
    assert worst is not None
    assert worst.signal.name == "latency"


def test_a_curve_breaks_off_where_samples_are_missing_for_long() -> None:
    errors: Values = [*CALM, *[None] * 30, *CALM]
    assert charts(errors)[0].path.count("M") == 2
    assert charts([*CALM, None, *CALM])[0].path.count("M") == 1


def test_the_table_behind_a_chart_holds_the_worst_of_each_stretch() -> None:
    rows = charts(RECOVERED)[0].rows
    assert len(rows) <= 12
    assert "90.0 %" in [row.value for row in rows]


def test_nothing_outside_of_the_window_is_drawn() -> None:
    measured = Measurements()
    measured.take_in(result("golden_signals", golden(CALM)))
    assert charts_of(measured, "shop", Window(START + 60 * MINUTE, START + 90 * MINUTE)) == []


def test_marks_are_numbered_and_their_numbers_do_not_cover_one_another() -> None:
    measured = Measurements()
    for minute, status in ((10, "Investigating"), (11, "Identified"), (40, "Monitoring"), (90, "Resolved")):
        measured.take_in(event("status", at=START + minute * MINUTE, ref=status, status=status))
    marks = numbered(measured, ["shop"], Window(START, START + 60 * MINUTE))
    assert [(mark.number, mark.level) for mark in marks] == [(1, 0), (2, 1), (3, 0)]
    assert marks[2].x == pytest.approx(66.67)


@given(st.lists(st.integers(0, 60), max_size=12))
def test_however_many_marks_there_are_no_number_covers_another(minutes: list[int]) -> None:
    measured = Measurements()
    for number, minute in enumerate(minutes):
        measured.take_in(event("status", at=START + minute * MINUTE, ref=str(number), status="Identified"))
    rows: dict[int, list[float]] = {}
    for mark in numbered(measured, ["shop"], Window(START, START + 60 * MINUTE)):
        rows.setdefault(mark.level, []).append(mark.text_x)
        assert mark.x <= mark.text_x <= 100
    for row in rows.values():
        assert all(after - before > 7.9 or after == 100 for before, after in pairwise(row))


def test_a_change_of_a_service_that_is_not_drawn_is_not_marked() -> None:
    measured = Measurements()
    for service in ("shop", "other"):
        deployed = {"service": service, "version": "2", "previous": "1", "at": START.isoformat(), "status": "succeeded"}
        history = {"service": service, "running": "2", "deployments": [deployed]}
        measured.take_in(result("deployment_history", history))
    marks = numbered(measured, ["shop"], Window(START, START + MINUTE))
    assert [mark.mark.text for mark in marks] == ["shop 2 deployed"]


@given(st.lists(st.none() | st.floats(0, 1e12), min_size=1, max_size=400))
def test_whatever_was_measured_the_drawing_stays_in_its_frame(values: list[float | None]) -> None:
    for chart in charts([0.0] * len(values), traffic=list(values)):
        numbers = [float(number) for number in re.findall(r"[-\d.]+", chart.path)]
        assert all(0 <= x <= 1000 for x in numbers[::2])
        assert all(0 <= y <= 100 for y in numbers[1::2])
        assert chart.path.count("L") + chart.path.count("M") <= 250


def test_a_newer_reading_is_judged_anew() -> None:
    measured, window = Measurements(), Window(START, START + 90 * MINUTE)
    said: list[str] = []
    for errors in (CALM, FAILS):
        measured.take_in(result("golden_signals", golden(errors)))
        said.append(charts_of(measured, "shop", window)[0].now)
    assert said == ["0.2 %", "90.0 %"]
