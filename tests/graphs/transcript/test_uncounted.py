"""Readings of a service's requests: where they stop, the ledger keeps from when to when nobody counted them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from graphs.transcript.event import Event
from graphs.transcript.facts import Facts
from graphs.transcript.projections import take_in
from tests.graphs.transcript.test_ledger_projections import NOON, endpoints, event, processes


def read(number: int, values: list[float | None]) -> Any:
    traffic = {"unit": "per second", "start": NOON.isoformat(), "step_seconds": 60, "values": values}
    value = {"service": "shop", "traffic": traffic}
    return event(number, "tool_result", {"tool": "golden_signals", "arguments": {}, "value": value})


def minute(moment: datetime) -> int:
    return (moment - NOON).seconds // 60


COUNTED: list[float | None] = [9.0] * 10


@pytest.mark.parametrize(
    ("values", "stretch"),
    [
        ([*COUNTED, *[None] * 5], (10, 14, True)),
        ([*COUNTED, *[None] * 4], None),  # a backend may lag
        ([*COUNTED[:8], None, 1.0, *[None] * 6], None),  # they come now and then
        ([None] * 15, None),
        (COUNTED, None),
    ],
)
def test_what_was_counted_at_every_step_and_is_missing_for_five_minutes_has_stopped(
    values: list[float | None], stretch: tuple[int, int, bool] | None
) -> None:
    facts = Facts()
    take_in(facts, read(20, values))
    found = [(minute(one.since), minute(one.until), one.is_open) for one in facts.ledger.uncounted]
    assert found == ([stretch] if stretch else [])


def test_it_ends_when_they_are_counted_again() -> None:
    facts = Facts()
    take_in(facts, read(15, [*COUNTED, *[None] * 5]))
    take_in(facts, read(18, [*COUNTED, *[None] * 6, 9.0, 9.0]))
    (entry,) = facts.ledger.uncounted
    assert minute(entry.until) == 16
    assert not entry.is_open
    assert entry.cites == [f"{15:08x}", f"{18:08x}"]


@pytest.mark.parametrize(
    ("readings", "stretches"),
    [
        (["+" * 50 + "-" * 8 + "++"], [(50, 58, False)]),  # back before anybody looked
        (["+" * 20 + "------+++--------++++-------+++++"], [(20, 26, False), (29, 37, False), (41, 48, False)]),
        (["-" * 40 + "+" * 20], []),  # a service that is new
        (["+--+++-" * 7 + "++-----+"], []),  # they come now and then
        (["+-------" * 7], []),
        (["+" * 15 + "-----", "+" * 25], []),  # the backend delivered late
        (["+" * 15 + "-----", "+" * 15 + "------" + "+" * 15 + "-----"], [(15, 21, False), (36, 40, True)]),
        (["+" * 50 + "-----", "+" * 5 + "-" * 55], [(5, 59, True)]),
        ([""], []),
    ],
)
def test_the_newest_reading_shows_each_stretch_that_it_lacks_of_what_is_counted_nearly_all_the_time(
    readings: list[str], stretches: list[tuple[int, int, bool]]
) -> None:
    facts = Facts()
    for number, samples in enumerate(readings):
        take_in(facts, read(number, [9.0 if sample == "+" else None for sample in samples]))
    assert [(minute(one.since), minute(one.until), one.is_open) for one in facts.ledger.uncounted] == stretches


def requests(number: int, since_noon: float | None) -> Event:
    values = [10.0] * 60 + [since_noon] * number + [10.0] * (number - 10)
    traffic = {"start": NOON - timedelta(minutes=60), "step_seconds": 60, "unit": "per second", "values": values}
    return event(number, "tool_result", {"tool": "golden_signals", "value": {"service": "shop", "traffic": traffic}})


@pytest.mark.parametrize("ends", [processes(13, 1), requests(13, None)], ids=["run", "are counted"])
@pytest.mark.parametrize(
    ("answers", "is_counted", "is_damage"), [(None, False, True), (True, False, False), (None, True, False)]
)
def test_processes_that_do_not_run_are_damage_where_requests_are_counted_no_more_and_nothing_answers(
    answers: bool | None, is_counted: bool, is_damage: bool, ends: Event
) -> None:
    facts = Facts(service="shop")
    checked = [endpoints(8, answers)] if answers is not None else []
    stopped = (requests(9, 10.0 if is_counted else None), processes(10, 0, NOON), processes(12, 0, NOON))
    for seen in (*checked, *stopped, ends):
        take_in(facts, seen)
    spans = [(e.kind, e.since, e.until, e.is_open) for e in facts.ledger.damage]
    assert spans == ([("down", NOON, NOON + timedelta(minutes=12), False)] if is_damage else [])
