"""Damage in a reading: what users feel, for longer than a sample or two."""

from datetime import timedelta

import pytest

from agents.io.catalogue import Objectives
from agents.readings.production import GoldenSignals
from agents.rules.diagnosis.damage import seen_in
from tests.agents.conftest import CATALOGUE, NOW, ONSET, golden

MINUTE = timedelta(minutes=1)


def with_values(name: str, usual: float, worst: float, at: list[int]) -> GoldenSignals:
    """Signals of which one is bad at some of the last 20 minutes; 0 is now."""
    signals = golden("checkout")
    values: list[float | None] = [usual] * len(signals.error_rate.values)
    for minute in at:
        values[len(values) - 1 - minute] = worst
    return signals.model_copy(update={name: getattr(signals, name).model_copy(update={"values": values})})


def kinds(signals: GoldenSignals) -> list[str]:
    return [entry.kind for entry in seen_in("golden_signals", signals.model_dump(mode="json"), MINUTE, CATALOGUE)]


def test_errors_until_now_are_open_damage_with_its_beginning_and_its_worst() -> None:
    (entry,) = seen_in("golden_signals", golden("checkout", error_rate=0.4).model_dump(mode="json"), MINUTE, CATALOGUE)
    assert (entry.service, entry.kind, entry.is_open) == ("checkout", "errors", True)
    assert abs(entry.since - ONSET).total_seconds() <= 60
    assert entry.until == NOW
    assert entry.worst == pytest.approx(0.4, rel=0.1)


def test_damage_ends_at_its_last_bad_sample_and_not_when_somebody_looked() -> None:
    signals = with_values("error_rate", 0.004, 0.5, list(range(12, 19)))
    (entry,) = seen_in("golden_signals", signals.model_dump(mode="json"), MINUTE, CATALOGUE)
    assert not entry.is_open
    assert (NOW - entry.until).total_seconds() / 60 == 12


@pytest.mark.parametrize("bad", [[0], [3], [4, 5]])
def test_one_or_two_bad_samples_are_noise(bad: list[int]) -> None:
    assert kinds(with_values("error_rate", 0.004, 0.5, bad)) == []


@pytest.mark.parametrize(
    ("hiccup", "began"),
    [([17, 18], 12), ([18], 12), ([16, 17, 18], 18), ([15], 15)],
    ids=["two", "one", "long", "near"],
)
def test_damage_begins_when_it_lasts_and_not_with_a_hiccup_some_time_before(hiccup: list[int], began: int) -> None:
    signals = with_values("error_rate", 0.004, 0.5, [*hiccup, *range(4, 13)])
    (entry,) = seen_in("golden_signals", signals.model_dump(mode="json"), MINUTE, CATALOGUE)
    assert (NOW - entry.since).total_seconds() / 60 == began


def test_what_comes_and_goes_begins_with_the_first_bad_sample() -> None:
    signals = with_values("error_rate", 0.004, 0.5, [2, 6, 10, 14, 18])
    (entry,) = seen_in("golden_signals", signals.model_dump(mode="json"), MINUTE, CATALOGUE)
    assert (NOW - entry.since).total_seconds() / 60 == 18


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
    assert seen_in("error_log", {"service": "checkout", "patterns": []}, MINUTE, CATALOGUE) == []


def by_objective(signals: GoldenSignals, **objectives: float | str) -> list[str]:
    """The damage where the catalogue gives `checkout` these objectives."""
    listed = CATALOGUE.services["checkout"].model_copy(update={"objectives": Objectives.model_validate(objectives)})
    catalogue = CATALOGUE.model_copy(update={"services": {**CATALOGUE.services, "checkout": listed}})
    return [entry.kind for entry in seen_in("golden_signals", signals.model_dump(mode="json"), MINUTE, catalogue)]


def test_errors_that_burn_the_budget_fast_are_damage_however_usual_they_are() -> None:
    every_minute = with_values("error_rate", 0.03, 0.03, [])
    assert kinds(every_minute) == []
    assert by_objective(every_minute, availability=99.9) == ["errors"]
    assert by_objective(every_minute, availability=99) == []


def test_errors_within_the_budget_are_no_damage_however_unusual_they_are() -> None:
    unusual = with_values("error_rate", 0.001, 0.02, [0, 1, 2, 3])
    assert kinds(unusual) == ["errors"]
    assert by_objective(unusual, availability=97) == []


@pytest.mark.parametrize("objective", ["300ms", "0.3s", 0.3])
def test_a_latency_objective_decides_what_is_slow(objective: float | str) -> None:
    slower = with_values("latency", 0.2, 0.35, [0, 1, 2, 3])
    assert kinds(slower) == []
    assert by_objective(slower, latency_p95=objective) == ["slow"]
    assert by_objective(with_values("latency", 0.1, 0.29, [0, 1, 2, 3]), latency_p95=objective) == []
