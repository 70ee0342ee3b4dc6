"""Damage in a reading: what users feel, for longer than a sample or two."""

from datetime import timedelta

import pytest

from agents.readings.production import GoldenSignals
from agents.rules.diagnosis.damage import seen_in
from tests.agents.conftest import NOW, ONSET, golden

MINUTE = timedelta(minutes=1)


def with_values(name: str, usual: float, worst: float, at: list[int]) -> GoldenSignals:
    """Signals of which one is bad at some of the last 20 minutes; 0 is now."""
    signals = golden("checkout")
    values: list[float | None] = [usual] * len(signals.error_rate.values)
    for minute in at:
        values[len(values) - 1 - minute] = worst
    return signals.model_copy(update={name: getattr(signals, name).model_copy(update={"values": values})})


def kinds(signals: GoldenSignals) -> list[str]:
    return [entry.kind for entry in seen_in("golden_signals", signals.model_dump(mode="json"), MINUTE)]


def test_errors_until_now_are_open_damage_with_its_beginning_and_its_worst() -> None:
    (entry,) = seen_in("golden_signals", golden("checkout", error_rate=0.4).model_dump(mode="json"), MINUTE)
    assert (entry.service, entry.kind, entry.is_open) == ("checkout", "errors", True)
    assert abs(entry.since - ONSET).total_seconds() <= 60
    assert entry.until == NOW
    assert entry.worst == pytest.approx(0.4, rel=0.1)


def test_damage_ends_at_its_last_bad_sample_and_not_when_somebody_looked() -> None:
    signals = with_values("error_rate", 0.004, 0.5, list(range(12, 19)))
    (entry,) = seen_in("golden_signals", signals.model_dump(mode="json"), MINUTE)
    assert not entry.is_open
    assert (NOW - entry.until).total_seconds() / 60 == 12


@pytest.mark.parametrize("bad", [[0], [3], [4, 5]])
def test_one_or_two_bad_samples_are_noise(bad: list[int]) -> None:
    assert kinds(with_values("error_rate", 0.004, 0.5, bad)) == []


def test_twice_the_usual_time_is_damage_only_where_people_feel_it() -> None:
    assert kinds(with_values("latency", 0.04, 0.09, [0, 1, 2, 3])) == []
    assert kinds(with_values("latency", 0.4, 1.1, [0, 1, 2, 3])) == ["slow"]


@pytest.mark.parametrize("step_seconds", [60, 300])
def test_a_climb_over_a_day_is_held_against_the_beginning_of_the_day_whatever_the_step(step_seconds: int) -> None:
    calm = golden("checkout")
    samples = 24 * 3600 // step_seconds
    climbing: list[float | None] = [0.1 + 1.4 * index / samples for index in range(samples)]
    latency = calm.latency.model_copy(update={"values": climbing, "step_seconds": step_seconds})
    assert kinds(calm.model_copy(update={"latency": latency})) == ["slow"]


def test_a_fall_of_hardly_any_traffic_says_nothing() -> None:
    assert kinds(with_values("traffic", 0.4, 0.0, [0, 1, 2, 3])) == []
    assert kinds(with_values("traffic", 80.0, 2.0, [0, 1, 2, 3])) == ["lost traffic"]


def test_a_calm_service_and_other_tools_show_none() -> None:
    assert kinds(golden("checkout")) == []
    assert seen_in("error_log", {"service": "checkout", "patterns": []}, MINUTE) == []
