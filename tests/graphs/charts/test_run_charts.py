"""The charts of a run: which services are drawn, and in which window."""

from datetime import timedelta
from typing import Any

import pytest

from agents.io.catalogue import Catalogue
from agents.runtime.ledger import Damage, Ledger
from graphs.charts.measurements import Measurements
from graphs.charts.run_charts import AFTER, BEFORE, SERVICES_AT_MOST, charts_of_run
from graphs.transcript.facts import Facts
from tests.graphs.charts.series import MINUTE, START, golden, result

NOW = START + 90 * MINUTE


def facts(*hurt: str, **others: Any) -> Facts:
    damage = [Damage(service=name, kind="errors", since=START, until=NOW, is_open=True) for name in hurt]
    ledger = Ledger(damage=damage, services=list(hurt))
    return Facts(service="shop", started_at=START + 10 * MINUTE, ledger=ledger, **others)


def measured(*services: str) -> Measurements:
    known = Measurements()
    for name in services:
        known.take_in(result("golden_signals", golden([0.002] * 30, name)))
    return known


def test_of_many_services_in_trouble_a_few_are_drawn() -> None:
    names = [f"service-{number}" for number in range(SERVICES_AT_MOST + 2)]
    drawn = charts_of_run(facts(*names), measured(*names), Catalogue(services={}), NOW)
    assert [one.service for one in drawn.services] == names[:SERVICES_AT_MOST]


@pytest.mark.parametrize(
    ("over", "end"), [({}, NOW), ({"fixed_at": START + 30 * MINUTE}, START + (30 + AFTER) * MINUTE)]
)
def test_the_window_begins_before_the_damage_and_ends_after_the_recovery(over: dict[str, Any], end: object) -> None:
    window = charts_of_run(facts("shop", **over), measured("shop"), Catalogue(services={}), NOW).window
    assert (window.start, window.end) == (START - timedelta(minutes=BEFORE), end)
