"""Wording: times, durations and damage that a reader cannot take for something else."""

from datetime import timedelta

import pytest

from agents.rules.diagnosis.signals import ERROR_RATE, SignalChange, compare
from agents.rules.writing.wording import apart, at, gravest_in_words, lasting, short, users_in_words
from agents.runtime.ledger import Damage
from tests.agents.conftest import NOW, golden

MINUTE = timedelta(minutes=1)


def damage(kind: str, minutes: float, began: float = 0, service: str = "shop") -> Damage:
    since = NOW + timedelta(minutes=began)
    until = since + timedelta(minutes=minutes)
    return Damage.model_validate(
        {"service": service, "kind": kind, "since": since, "until": until, "is_open": False, "worst": 0.5}
    )


def test_a_time_of_another_day_has_its_date() -> None:
    assert at(NOW, NOW + MINUTE) == "14:30 UTC"
    assert at(NOW - timedelta(days=1), NOW) == "2026-03-01 14:30 UTC"
    yesterday = SignalChange("memory", "share", 0.9, 0.5, True, onset=NOW - timedelta(days=1), last_seen=NOW)
    assert str(yesterday).endswith("since 2026-03-01 14:30 UTC")


def test_minutes_between_two_written_times_are_those_that_a_reader_counts() -> None:
    deployed, failed = NOW + timedelta(seconds=58), NOW + timedelta(minutes=2, seconds=5)
    assert apart(deployed, failed, MINUTE) == 2
    assert apart(failed, deployed, timedelta(seconds=3)) == 22


def test_no_duration_is_nought_minutes() -> None:
    assert lasting(timedelta(seconds=9), MINUTE) == "less than a minute"


def test_what_failed_is_told_before_what_was_slow_for_longer() -> None:
    slow = [damage("slow", 30, service=name) for name in ("a", "b", "c")]
    assert "of requests failed" in gravest_in_words([*slow, damage("errors", 10)])


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("slow", "shop: at worst one request in twenty took longer than 0.50 s from"),
        ("slow pages", "shop: at worst one page view in four took longer than 0.50 s to load from"),
    ],
)
def test_a_percentile_is_told_as_what_the_slowest_exceed_and_not_as_the_longest_time(kind: str, words: str) -> None:
    assert gravest_in_words([damage(kind, 10)]).startswith(words)


@pytest.mark.parametrize(("count", "words"), [(0, "0 users"), (1, "1 user"), (1204, "1,204 users")])
def test_one_user_is_no_plural(count: int, words: str) -> None:
    assert users_in_words(count) == words


def test_damage_seen_at_one_minute_only_is_told_with_one_time() -> None:
    assert gravest_in_words([damage("refused", 0)]) == "shop: its endpoints failed their checks at 14:30 UTC"


@pytest.mark.parametrize(
    ("failed", "words"),
    [
        (["search"], "its endpoint “search” failed its checks"),
        (["search", "cart"], "its endpoints “search” and “cart” failed their checks"),
        (["a", "b", "c", "d"], "4 of its endpoints failed their checks"),
    ],
)
def test_where_only_some_endpoints_failed_they_are_told(failed: list[str], words: str) -> None:
    some = damage("refused", 0).model_copy(update={"endpoints": failed})
    assert gravest_in_words([some]) == f"shop: {words} at 14:30 UTC"
    assert "its endpoints failed" in gravest_in_words([some.merged(damage("refused", 1))])


def test_what_comes_and_goes_is_not_called_unusual_by_a_usual_figure() -> None:
    told = str(SignalChange("saturation", "share", 0.125, 0.125, True, worst=0.5))
    assert told == "saturation 12.5 % now and 50.0 % at times (usually 12.5 %)"
    assert "at times" not in str(compare(golden("checkout", error_rate=0.4).error_rate, ERROR_RATE))


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (61, "shop writes “KeyError: 'facets' in search_view.py” since noon"),
        (60, "shop writes “KeyError: 'facets' in search_view.py” since…"),
        (56, "shop writes “KeyError: 'facets' in search_view.py”…"),
        (40, "shop writes “KeyError: 'facets' in…”"),
        (19, "shop writes…"),
    ],
)
def test_a_long_text_is_cut_at_a_word_and_a_quotation_in_it_is_closed(length: int, words: str) -> None:
    assert short("shop writes “KeyError: 'facets' in search_view.py” since noon", length) == words


def test_one_long_word_is_cut_within_it() -> None:
    assert short("x" * 30, 10) == "xxxxxxxxx…"
