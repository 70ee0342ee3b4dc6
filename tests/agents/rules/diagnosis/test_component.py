"""Whether a service fails: a share that lasts counts by all the requests that failed, however few come at a time."""

from datetime import timedelta
from typing import Any

import pytest

from agents.io.catalogue import Objectives
from agents.readings.production import GoldenSignals, Series
from agents.rules.diagnosis.component import ComponentState, golden_changes, worst_share
from agents.runtime.duty_context import Reading
from tests.agents.conftest import NOW, golden

STEP = timedelta(seconds=3)
CALM = [0.0] * 60
ONE_IN_TWELVE = [0.083, 0.167, 0.083, 0.0, 0.083, 0.083, 0.167, 0.25, 0.167, 0.083, 0.083, 0.0, 0.083, 0.083, 0.167]


def signals(rates: list[float], per_second: float) -> GoldenSignals:
    start = NOW - (len(rates) - 1) * STEP
    known: dict[str, Any] = {"start": start, "step_seconds": STEP.total_seconds()}
    traffic = Series(unit="per second", values=[per_second] * len(rates), **known)
    usual = Series(unit="seconds", values=[0.1] * len(rates), **known)
    room = Series(unit="share", values=[0.2] * len(rates), **known)
    errors = Series(unit="share", values=list(rates), **known)
    return GoldenSignals(service="lockers", traffic=traffic, error_rate=errors, latency=usual, saturation=room)


@pytest.mark.parametrize(
    ("since", "per_second", "fails"),
    [(ONE_IN_TWELVE, 1.5, True), (ONE_IN_TWELVE[-2:], 1.5, False), (ONE_IN_TWELVE, 0.2, False)],
)
def test_a_share_of_errors_that_lasts_is_no_matter_of_a_few_requests(
    since: list[float], per_second: float, fails: bool
) -> None:
    seen = signals([*CALM, *since], per_second)
    assert golden_changes(seen, Objectives())["error rate"].abnormal is fails
    just_changed = NOW - STEP
    assert not golden_changes(seen, Objectives(), None, just_changed)["error rate"].abnormal


def test_the_worst_share_is_one_of_enough_requests() -> None:
    few = signals([0.0] * 10 + [0.5, 0.2, 0.2, 0.2, 0.0], 0.5)  # no sample has more than one failure
    assert worst_share(few, few.error_rate.start, NOW) is None
    rates = [0.0] * 10 + [0.5, 0.1, 0.1, 0.1, 0.5]
    assert worst_share(signals(rates, 2.0), signals(rates, 2.0).error_rate.start, NOW) == pytest.approx(1.3 / 5)
    assert worst_share(signals(rates, 200.0), signals(rates, 2.0).error_rate.start, NOW) == pytest.approx(0.5)


def stopped(seen: GoldenSignals, missing: int, *names: str) -> GoldenSignals:
    """The same, but that the newest samples of some signals are missing."""
    changed = seen.model_dump()
    for name in names:
        changed[name]["values"][-missing:] = [None] * missing
    return GoldenSignals.model_validate(changed)


def test_a_share_of_errors_that_is_still_measured_counts_though_its_requests_are_counted_no_more() -> None:
    failing = stopped(golden("lockers", error_rate=0.9), 7, "traffic", "latency")
    changes = golden_changes(failing, Objectives())
    assert changes["error rate"].abnormal
    assert [changes[name].known for name in ("latency", "surge", "collapse")] == [False] * 3


@pytest.mark.parametrize("missing", [0, 7])
def test_what_is_not_measured_any_more_is_not_measured_since_yesterday_either(missing: int) -> None:
    failed = golden("lockers", error_rate=0.9, latency=4.0)
    gone = stopped(failed, missing, "traffic", "error_rate", "latency") if missing else failed
    component = ComponentState("lockers", "api", golden=Reading("a", gone), day=Reading("b", failed))
    component.weigh()
    assert bool(component.symptoms) is not bool(missing)
