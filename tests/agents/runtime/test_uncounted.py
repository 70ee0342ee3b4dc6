"""Requests that are not counted any more: neither damage nor a sign that all is well."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.runtime.ledger import Ledger
from agents.runtime.uncounted import Count, Hole, Uncounted

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
Span = tuple[int, int]


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def read(since: int, until: int, *holes: Span, telling: bool = True) -> Count:
    """What a reading of these minutes says, with the minutes that it lacks."""
    lacked = [
        Hole(since=at(a), until=at(min(b, until)), is_open=b > until, is_telling=telling and a > since)
        for a, b in holes
    ]
    return Count(service="shop", since=at(since), until=at(until), holes=lacked, cite=str(until))


def after(*reads: Count) -> Ledger:
    ledger = Ledger(services=["shop"])
    for one in reads:
        ledger = ledger.with_count(one)
    return ledger


def told(ledger: Ledger, well_at: datetime | None = None) -> list[tuple[float, float, bool]]:
    minute = timedelta(minutes=1)
    found = ledger.unknown(NOON, well_at)
    return [((one.since - NOON) / minute, (one.until - NOON) / minute, one.is_open) for one in found]


@pytest.mark.parametrize(
    ("reads", "stretches"),
    [
        pytest.param([read(-80, 10, (2, 11))], [(2, 10, True)], id="stopped"),
        pytest.param([read(-80, 10, (2, 11)), read(-76, 14, (2, 15))], [(2, 14, True)], id="not back yet"),
        pytest.param([read(-80, 10, (2, 11)), read(11, 90, (11, 91))], [(2, 90, True)], id="no sample any more"),
        pytest.param([read(-80, 10, (2, 11)), read(-70, 20, (2, 17))], [(2, 17, False)], id="back"),
        pytest.param([read(-80, 10, (-7, 1))], [(-7, 1, False)], id="over before anybody looked"),
        pytest.param([read(-80, 30, (2, 8), (11, 18))], [(2, 8, False), (11, 18, False)], id="twice"),
        pytest.param([read(-80, 20, (15, 21)), read(-75, 25)], [], id="delivered late"),
        pytest.param([read(-80, 10, (2, 11)), read(5, 45, (5, 8))], [(2, 8, False)], id="its end in a shorter window"),
        pytest.param([read(-80, 10, (2, 11)), read(30, 90)], [(2, 30, False)], id="looked at again later"),
        pytest.param([read(-80, 10, (2, 11)), read(2, 40, (2, 31))], [(2, 31, False)], id="where it began"),
        pytest.param([read(-80, 10, (2, 8)), read(20, 99, (20, 26))], [(2, 8, False)], id="a window that begins late"),
        pytest.param(
            [read(-80, 21, (15, 22)), read(-50, 50, (15, 21), (36, 51))],
            [(15, 21, False), (36, 50, True)],
            id="stopped again, and nobody read in between",
        ),
        pytest.param([read(-80, 10, (2, 11), telling=False)], [], id="what comes now and then"),
        pytest.param(
            [read(-80, 10, (2, 11)), read(-4, 80, (2, 81), telling=False)], [(2, 80, True)], id="known to be gone"
        ),
    ],
)
def test_the_newest_reading_says_what_was_not_counted_in_its_time(
    reads: list[Count], stretches: list[tuple[float, float, bool]]
) -> None:
    assert told(after(*reads)) == stretches


def test_a_stretch_cites_the_readings_that_showed_more_of_it() -> None:
    same = read(-60, 20, (2, 17)).model_copy(update={"cite": "nothing new"})
    (entry,) = after(read(-80, 10, (2, 11)), read(-70, 20, (2, 17)), same).unknown(NOON)
    assert entry.cites == ["10", "20"]


SAMPLES = st.lists(st.integers(0, 30), max_size=20, unique=True)


@st.composite
def readings(draw: st.DrawFn) -> list[Count]:
    found: list[Count] = []
    end = 0
    for _ in range(draw(st.integers(1, 5))):
        end += draw(st.integers(1, 25))
        missing, since = draw(SAMPLES), end - 30
        lacked = [index for index in range(31) if index in missing]
        starts = [index for index in lacked if index - 1 not in lacked]
        runs = [(a, next(b for b in range(a, 32) if b not in lacked)) for a in starts]
        found.append(read(since, end, *((since + a, since + b) for a, b in runs)))
    return found


@given(readings())
def test_no_stretch_covers_what_the_newest_reading_of_it_counted_and_each_of_its_holes_is_in_one(
    reads: list[Count],
) -> None:
    stretches = after(*reads).uncounted
    newest = reads[-1]
    for minute in range(-30, int((newest.until - NOON) / timedelta(minutes=1)) + 1):
        reading = next((one for one in reversed(reads) if one.since <= at(minute) <= one.until), None)
        lacks = reading is not None and any(_covers(hole, at(minute)) for hole in reading.holes)
        is_covered = any(_covers(one, at(minute)) for one in stretches)
        if reading is not None and not lacks:
            assert not is_covered
        if reading is newest and any(hole.is_telling and _covers(hole, at(minute)) for hole in newest.holes):
            assert is_covered
    for one in stretches:
        assert not any(_covers(other, one.since) for other in stretches if other is not one)


def _covers(one: Uncounted | Hole, moment: datetime) -> bool:
    return one.since <= moment < one.until or (one.is_open and one.since <= moment <= one.until)


def test_it_is_no_damage_and_no_minute_of_impact() -> None:
    ledger = after(read(-80, 10, (2, 11)))
    assert (ledger.hurt(NOON), ledger.impact(NOON), ledger.failing()) == ([], None, [])


def test_what_is_counted_all_the_time_and_other_services_are_not_in_it() -> None:
    assert after(read(-80, 10)).uncounted == []
    assert Ledger(services=["search"]).with_count(read(-80, 10, (2, 11))).unknown(NOON) == []


@pytest.mark.parametrize(
    ("well_at", "stretches"),
    [(1, []), (2.5, []), (20, [(2, 10, False)]), (40, [(2, 10, False), (30, 50, True)])],
)
def test_what_lies_after_a_verified_recovery_is_not_the_incidents(
    well_at: float, stretches: list[tuple[float, float, bool]]
) -> None:
    ledger = after(read(-50, 50, (2, 10), (30, 51)))
    assert told(ledger, at(well_at)) == stretches
    seen = [one.served_at for one in ledger.unknown(NOON, at(well_at)) if one.is_open]
    assert seen == [at(well_at)] * len(seen)


def test_it_is_part_of_the_ledger_that_is_kept() -> None:
    ledger = after(read(-80, 10, (2, 11)))
    assert Ledger.model_validate_json(ledger.model_dump_json()).uncounted == [
        Uncounted(service="shop", since=at(2), until=at(10), is_open=True, cites=["10"])
    ]
