"""The charts of a run: which services are drawn, and in which window."""

from datetime import timedelta
from typing import Any

import pytest

from agents.io.catalogue import Catalogue
from agents.reports.triage import Scope
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


@pytest.mark.parametrize(
    ("minutes", "down", "said"),
    [(31, [], "as usual"), (40, [], "not measured since 02:29 UTC"), (31, ["shop"], "completely down")],
)
def test_a_service_is_called_as_usual_only_by_fresh_samples_and_not_while_it_does_not_run(
    minutes: int, down: list[str], said: str
) -> None:
    known = {"summary": "-", "users_affected": None, "users_share": None, "data_at_risk": "no", "abnormal": True}
    scope = Scope.model_validate({**known, "services": ["shop"], "down": down})
    now = START + minutes * MINUTE
    (drawn,) = charts_of_run(facts("shop", newest_scope=scope), measured("shop"), Catalogue(services={}), now).services
    assert drawn.when_calm == said
    assert {chart.is_stale for chart in drawn.charts} == {minutes == 40}
