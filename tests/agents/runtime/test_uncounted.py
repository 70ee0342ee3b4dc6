"""Requests that are not counted any more: neither damage nor a sign that all is well."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.runtime.ledger import Ledger
from agents.runtime.uncounted import Count, Uncounted

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def read(until: int, stopped: int | None = None, counted: tuple[int, ...] = ()) -> Count:
    known: dict[str, Any] = {"stopped": None if stopped is None else at(stopped), "counted": list(map(at, counted))}
    return Count(service="shop", until=at(until), cite=str(until), **known)


@pytest.mark.parametrize(
    ("reads", "since", "until", "is_open"),
    [
        ([read(10, stopped=2)], 2, 10, True),
        ([read(10, stopped=2), read(14, stopped=2)], 2, 14, True),
        ([read(10, stopped=2), read(90)], 2, 90, True),  # the window holds no sample any more
        ([read(10, stopped=2), read(20, counted=(0, 1, 17, 18, 19, 20))], 2, 17, False),
    ],
)
def test_it_lasts_until_they_are_counted_again(reads: list[Count], since: int, until: int, is_open: bool) -> None:
    ledger = Ledger(services=["shop"])
    for one in reads:
        ledger = ledger.with_count(one)
    (entry,) = ledger.unknown(NOON)
    assert (entry.since, entry.until, entry.is_open) == (at(since), at(until), is_open)
    assert entry.cites == [one.cite for one in reads]


def test_it_is_no_damage_and_no_minute_of_impact() -> None:
    ledger = Ledger(services=["shop"]).with_count(read(10, stopped=2))
    assert (ledger.hurt(NOON), ledger.impact(NOON), ledger.failing()) == ([], None, [])


def test_what_is_counted_all_the_time_and_other_services_are_not_in_it() -> None:
    assert Ledger(services=["shop"]).with_count(read(10, counted=(8, 9, 10))).uncounted == []
    assert Ledger(services=["search"]).with_count(read(10, stopped=2)).unknown(NOON) == []


def test_when_they_stop_again_that_is_a_stretch_of_its_own() -> None:
    ledger = Ledger(services=["shop"])
    for one in (read(10, stopped=2), read(20, counted=(17, 18)), read(40, stopped=30)):
        ledger = ledger.with_count(one)
    assert [(one.since, one.is_open) for one in ledger.unknown(NOON)] == [(at(2), False), (at(30), True)]


def test_it_is_part_of_the_ledger_that_is_kept() -> None:
    ledger = Ledger().with_count(read(10, stopped=2))
    assert Ledger.model_validate_json(ledger.model_dump_json()).uncounted == [
        Uncounted(service="shop", since=at(2), until=at(10), is_open=True, cites=["10"])
    ]
