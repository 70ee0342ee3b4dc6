"""Splits: what stands out is named with figures, and chance is not."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.readings.splits import Dimension, Split, SplitPart, SplitSignals, split_of


def part(name: str, requests: int, failed: int, latency: float | None = None) -> SplitPart:
    return SplitPart(name=name, requests=requests, failed=failed, latency=latency)


def says(by: Dimension, *parts: SplitPart) -> str:
    return split_of(by, parts).says


def test_few_parts_are_told_one_by_one() -> None:
    split = split_of("instance", [part("shop-2", 40, 38), part("shop-1", 40, 2)])
    assert split.says == "2 of 40 requests fail on shop-1, 38 of 40 on shop-2"
    assert split.failing == ["shop-2"]


def test_one_of_many_is_held_against_the_others_together() -> None:
    many = [part(f"shop-{number}", 1000, 2) for number in range(12)]
    assert says("instance", part("shop-x", 1000, 30), *many) == (
        "30 of 1,000 requests fail on shop-x, 24 of 12,000 on the 12 others"
    )


def test_several_bad_ones_are_named_together_and_counted() -> None:
    bad = [part(f"bad-{number}", 100, 90) for number in range(6)]
    good = [part(f"good-{number}", 1000, 1) for number in range(50)]
    split = split_of("tenant", [*bad, *good])
    assert split.says == (
        "540 of 600 requests fail for 6 tenants (bad-0, bad-1, bad-2 and 3 more), 50 of 50,000 for the 50 others"
    )
    assert (len(split.parts), split.others and split.others.name) == (20, "36 others")


def test_where_all_fail_alike_nobody_is_named() -> None:
    split = split_of("instance", [part("a", 40, 20), part("b", 40, 22)])
    assert (split.says, split.failing) == ("no instance stands out among 2: 42 of 80 requests fail in all", [])


def test_one_alone_has_nothing_to_be_held_against() -> None:
    assert says("version", part("5.19.0", 40, 38)) == "38 of 40 requests fail on version 5.19.0, the only version seen"


@pytest.mark.parametrize(
    ("bad", "good"),
    [((1, 1), (3000, 3)), ((4, 4), (3000, 3)), ((400, 12), (400, 8)), ((100_000, 1500), (100_000, 1000))],
)
def test_few_failures_and_small_differences_are_not_told_as_one(bad: tuple[int, int], good: tuple[int, int]) -> None:
    assert split_of("endpoint", [part("/bad", *bad), part("/good", *good)]).failing == []


def test_a_slow_instance_is_named_and_a_slow_endpoint_is_as_it_should_be() -> None:
    parts = [part("a", 500, 0, 0.2), part("b", 500, 0, 0.25), part("c", 500, 0, 1.5)]
    assert split_of("instance", parts).slow == ["c"]
    assert split_of("instance", parts).says == (
        "no instance stands out among 3: 0 of 1,500 requests fail in all; "
        "the 95th percentile of requests is 1.50 s on c, 0.23 s on the 2 others"
    )
    assert split_of("endpoint", parts).slow == []


def test_the_slowest_of_many_is_listed_though_nothing_fails_on_it() -> None:
    many = [part(f"shop-{number}", 1000, 1, 0.2) for number in range(60)]
    split = split_of("instance", [*many, part("slow", 100, 0, 3.0)])
    assert split.slow == ["slow"]


def test_the_difference_of_instances_that_are_alike_is_chance() -> None:
    random = Random(7)
    for _ in range(200):
        parts = [part(f"i{n}", 400, sum(random.random() < 0.03 for _ in range(400))) for n in range(8)]
        assert split_of("instance", parts).failing == []


def shared(name: str, requests: int, share: float) -> SplitPart:
    return part(name, requests, round(requests * share))


parts = st.lists(
    st.builds(shared, st.text(min_size=1, max_size=5), st.integers(0, 10_000), st.floats(0, 1)),
    min_size=1,
    max_size=30,
    unique_by=lambda one: one.name,
)


@given(parts=parts)
def test_who_is_named_fails_more_than_who_is_not_and_nobody_is_lost(parts: list[SplitPart]) -> None:
    split = split_of("instance", parts)
    named = [one for one in split.parts if one.name in split.failing]
    rest = [one for one in split.parts if one.name not in split.failing and one.failed >= 5]
    assert all(one.share >= other.share for one in named for other in rest)
    assert len(named) < len(parts)
    whole = [*split.parts, *([split.others] if split.others else [])]
    assert sum(one.requests for one in whole) == sum(one.requests for one in parts)
    assert split.says


def test_a_reading_tells_only_what_stands_out_and_survives_being_written_down() -> None:
    bad = split_of("instance", [part("shop-2", 40, 38), part("shop-1", 40, 2)])
    even = split_of("version", [part("1", 40, 20), part("2", 40, 20)])
    reading = SplitSignals(service="shop", minutes=10, splits=[even, bad])
    assert reading.stands_out == [bad.says]
    written = reading.model_dump(mode="json")
    assert written["stands_out"] == [bad.says]
    assert written["splits"][1]["failing"] == ["shop-2"]
    assert SplitSignals.model_validate(written) == reading


def test_what_a_program_of_one_s_own_prints_needs_no_sentences() -> None:
    read = Split.model_validate({"by": "region", "parts": [{"name": "eu", "requests": 10, "failed": 9}]})
    assert read.says == "9 of 10 requests fail in eu, the only region seen"
