"""Any series of the simulated production, whole and split."""

from typing import Any

import pytest

from agents.readings.searches import MetricReading
from agents.tools.port import Unanswered
from tests.agents.tools.small_world import BAD_RELEASE, BUG, LOST_MACHINE, Play


def asked(play: Play, metric: str = "", service: str = "door", **more: Any) -> MetricReading:
    return play.run(lambda: play.ask("query_metric", service, metric=metric, **more))


def latest(reading: MetricReading) -> dict[str, float | None]:
    return {series.name: series.latest for series in reading.series}


def test_a_whole_series_is_what_the_golden_signals_say() -> None:
    (series,) = asked(Play(BAD_RELEASE, minutes={"query_metric": 0}), "error_rate", minutes=20).series
    play = Play(BAD_RELEASE, minutes={"golden_signals": 0})
    golden = play.run(lambda: play.ask("golden_signals", minutes=20)).error_rate
    assert series.values == pytest.approx(golden.values, abs=1e-5)
    assert (series.start, series.step_seconds, series.unit) == (golden.start, 60, "share")
    assert series.highest == max(filter(None, series.values))


@pytest.mark.parametrize(
    ("fault", "by", "bad"),
    [
        ({**BUG, "effect": {"only": {"instance": ["door-2"]}}}, "instance", {"door-2"}),
        ({**BUG, "effect": {"only": {"version": ["1.2"]}}}, "version", {"1.2"}),
        (BUG, "endpoint", {"/open"}),
        (BUG, "instance", {"door-1", "door-2", "door-3"}),
    ],
)
def test_split_it_shows_which_part_fails(fault: dict[str, Any], by: str, bad: set[str]) -> None:
    rates = latest(asked(Play(fault), "error_rate", by=by))
    assert {name for name, rate in rates.items() if (rate or 0) > 0.05} == bad
    assert len(rates) > 1


def test_the_parts_are_together_the_whole() -> None:
    fault = {**BUG, "effect": {"only": {"instance": ["door-2"]}}}
    (whole,) = asked(Play(fault), "traffic").series
    parts = asked(Play(fault), "traffic", by="instance").series
    assert [round(sum(values), 2) for values in zip(*(part.values for part in parts), strict=True)] == pytest.approx(
        whole.values, rel=1e-3
    )


def test_a_service_whose_world_spreads_nothing_is_split_by_its_versions_instances_and_endpoints() -> None:
    fault = {"kind": "bad release", "component": "hall", "version": "3.1"}
    services = {"hall": {"releases": [{"version": "3.0", "at": "-2d"}, {"version": "3.1", "at": -10}], "replicas": 2}}
    versions = asked(Play(fault, services=services), "error_rate", "hall", by="version").series
    bad, good = versions
    assert (bad.name, good.name) == ("3.1", "3.0")
    assert bad.values[0] is None
    assert good.values[-1] is None
    assert (good.highest or 1) < 0.05 < (bad.latest or 0)
    assert set(latest(asked(Play(services=services), "latency", "hall", by="instance"))) == {"hall-0", "hall-1"}
    with pytest.raises(Unanswered, match="no such label"):
        asked(Play(services=services), "error_rate", "hall", by="region")


def test_by_status_the_failed_requests_have_one_of_their_own() -> None:
    by_status = latest(asked(Play(BAD_RELEASE), "traffic", by="status"))
    assert set(by_status) == {"200", "500"}
    assert (by_status["500"] or 0) > (by_status["200"] or 0)


def test_a_database_has_its_own_metrics_and_an_unknown_one_is_refused_with_those_there_are() -> None:
    assert "connections_used" in asked(Play(), service="store").names
    assert "connections_used" not in asked(Play()).names
    with pytest.raises(Unanswered, match="there is traffic"):
        asked(Play(), "heat")
    with pytest.raises(Unanswered, match="speaks no PromQL"):
        asked(Play(), promql="up")


def test_a_long_window_has_no_more_samples_than_are_read() -> None:
    (series,) = asked(Play(LOST_MACHINE), "latency", minutes=1440).series
    assert (len(series.values), series.step_seconds) == (60, 24 * 60)


def test_gaps_of_the_telemetry_hold_here_too() -> None:
    hole = Play(gaps=[{"port": "golden_signals", "answer": "no samples", "since": -10, "until": -5}])
    (series,) = asked(hole, "traffic").series
    assert series.values.count(None) == 5
    for answer in ("not connected", "no data", "timeout"):
        with pytest.raises(Unanswered) as refused:
            asked(Play(gaps=[{"port": "system_metrics", "answer": answer}]), "cpu")
        assert refused.value.refusal.error == answer
    with pytest.raises(Unanswered, match="holds no samples"):
        asked(Play(gaps=[{"port": "split_signals"}]), "traffic", by="instance")
