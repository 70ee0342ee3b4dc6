"""Hours of the policy: windows by the clocks of a time zone, over midnight and over changes of the clocks."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.io.policy_rules import DAYS, hours_of
from tests.agents.changes import UNTIMED

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
YEARS = st.timedeltas(timedelta(0), timedelta(days=730))
MOMENTS = YEARS.map(lambda since: datetime(2026, 1, 1, tzinfo=UTC) + since)
MINUTES = st.integers(0, 24 * 60 - 1)


def written(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@UNTIMED
@given(st.sets(st.sampled_from(DAYS), min_size=1), MINUTES, MINUTES, ZONES, MOMENTS)
def test_hours_are_open_from_their_start_on_each_of_their_days_until_their_end(
    days: set[str], start: int, end: int, zone: str, moment: datetime
) -> None:
    if start == end:
        return
    hours = hours_of(f"{','.join(sorted(days))} {written(start)}-{written(end)} {zone}")
    wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    windows = [
        (day + timedelta(minutes=start), day + timedelta(minutes=end, days=int(end < start)))
        for day in (midnight, midnight - timedelta(days=1))
        if DAYS[day.weekday()] in days
    ]
    assert hours.are_open(moment) == any(opens <= wall < closes for opens, closes in windows)


@UNTIMED
@given(MOMENTS, ZONES, MINUTES)
def test_a_window_and_the_window_of_the_other_hours_share_no_moment_and_leave_none_out(
    moment: datetime, zone: str, minute: int
) -> None:
    if minute in (0, 12 * 60):
        return
    parts = [f"{written(minute)}-12:00 {zone}", f"12:00-{written(minute)} {zone}"]
    assert sum(hours_of(part).are_open(moment) for part in parts) == 1


@UNTIMED
@given(MOMENTS, ZONES)
def test_the_whole_day_is_always_open(moment: datetime, zone: str) -> None:
    assert hours_of(f"00:00-24:00 {zone}").are_open(moment)


@UNTIMED
@given(MOMENTS, st.sampled_from(DAYS), st.sampled_from(DAYS))
def test_days_run_from_the_first_to_the_last_also_over_the_weekend(moment: datetime, first: str, last: str) -> None:
    day, begin, end = moment.weekday(), DAYS.index(first), DAYS.index(last)
    is_in = begin <= day <= end if begin <= end else day >= begin or day <= end
    assert hours_of(f"{first}-{last} 00:00-24:00").are_open(moment) == is_in


@pytest.mark.parametrize(
    ("text", "moment", "are_open"),
    [
        ("mon-fri 09:00-18:00 Europe/Berlin", at("2026-03-03T09:00"), True),
        ("mon-fri 09:00-18:00 Europe/Berlin", at("2026-03-03T17:59:59"), True),
        ("mon-fri 09:00-18:00 Europe/Berlin", at("2026-03-03T18:00"), False),
        ("mon-fri 09:00-18:00 Europe/Berlin", at("2026-03-07T12:00"), False),
        ("fri 22:00-06:00 Europe/Berlin", at("2026-03-07T05:59"), True),
        ("fri 22:00-06:00 Europe/Berlin", at("2026-03-07T06:00"), False),
        ("fri 22:00-06:00 Europe/Berlin", at("2026-03-06T05:00"), False),
        ("sun 22:00-06:00 Europe/Berlin", at("2026-03-09T01:00"), True),
        ("09:00-18:00 Europe/Berlin", at("2026-03-28T08:30", "UTC"), True),
        ("09:00-18:00 Europe/Berlin", at("2026-03-29T07:30", "UTC"), True),
        ("09:00-18:00 Europe/Berlin", at("2026-03-28T07:30", "UTC"), False),
        ("sun 02:00-03:00 Europe/Berlin", at("2026-10-25T00:30", "UTC"), True),
        ("sun 02:00-03:00 Europe/Berlin", at("2026-10-25T01:30", "UTC"), True),
        ("sun 02:00-03:00 Europe/Berlin", at("2026-10-25T02:30", "UTC"), False),
    ],
)
def test_a_window_goes_by_the_clock_on_the_wall(text: str, moment: datetime, are_open: bool) -> None:
    assert hours_of(text).are_open(moment) == are_open


def test_an_hour_that_the_clocks_leave_out_is_not_open_that_day() -> None:
    hours = hours_of("02:00-03:00 Europe/Berlin")
    quarters = [datetime(2026, 3, 29, tzinfo=UTC) + timedelta(minutes=15 * number) for number in range(4 * 12)]
    assert all(after - before == timedelta(minutes=15) for before, after in pairwise(quarters))
    assert not any(hours.are_open(moment) for moment in quarters)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected hours such as"),
        ("9-18", "expected hours such as"),
        ("mon-fri 9:00-18:00", "expected hours such as"),
        ("mon-fry 09:00-18:00", "expected days such as mon-fri or sat,sun, found 'mon-fry'"),
        ("mon,,tue 09:00-18:00", "found ''"),
        ("09:00-18:00 Europe/Atlantis", "there is no time zone 'Europe/Atlantis'"),
        ("09:00-18:00 ../../etc/passwd", "there is no time zone"),
        ("09:60-18:00", "found 09:60"),
        ("09:00-24:01", "found 24:01"),
        ("09:00-09:00", "never open; the whole day is 00:00-24:00"),
        ("24:00-06:00", "never open"),
    ],
)
def test_hours_that_cannot_be_read_say_what_was_expected(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        hours_of(text)


def test_days_and_zone_may_be_left_out() -> None:
    assert hours_of("09:00-18:00").are_open(datetime(2026, 3, 8, 9, 0, tzinfo=UTC))
    assert not hours_of("09:00-18:00 Europe/Berlin").are_open(datetime(2026, 3, 8, 17, 0, tzinfo=UTC))
    assert hours_of("09:00-18:00 Europe/Berlin").zone == BERLIN
