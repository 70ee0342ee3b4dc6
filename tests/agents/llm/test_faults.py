"""How many tokens a model call took, as counted and as estimated."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.llm.faults import ADDED, BYTES_PER_TOKEN, UNSEEN, Sent, Usage, counted

SENT = Sent(messages=20_000, whole=26_000)
RECEIVED = 900
NUMBERS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
ANYTHING = NUMBERS | st.lists(NUMBERS, max_size=3) | st.dictionaries(st.text(max_size=5), NUMBERS, max_size=3)
SIZES = st.integers(0, 10**7)


def told(tokens_in: Any, tokens_out: Any) -> Usage:
    return counted(SENT, RECEIVED, {"prompt_tokens": tokens_in, "completion_tokens": tokens_out})


@pytest.mark.parametrize("pair", [(8_000, 250), (2_500, 112), (SENT.whole + ADDED, RECEIVED + UNSEEN), (5_000, 90_000)])
def test_what_can_be_so_is_believed(pair: tuple[int, int]) -> None:
    assert told(*pair) == Usage(tokens_in=pair[0], tokens_out=pair[1])


@pytest.mark.parametrize(
    "pair",
    [
        *[(-1, 250), (8_000, -1), (-4_000_000_000_000, -5), (4_000_000_000_000, 250), (8_000, 4_000_000_000_000)],
        *[(0, 250), (8_000, 0), (3, 1), (2_499, 250), (True, True), ("8000", "250"), (8_000.0, 250.0), (None, 250)],
    ],
    ids=str,
)
def test_what_cannot_be_so_is_estimated_from_the_bytes(pair: tuple[Any, Any]) -> None:
    usage = told(*pair)
    assert (usage.tokens_in, usage.tokens_out) == (-(-SENT.whole // BYTES_PER_TOKEN), RECEIVED // BYTES_PER_TOKEN)
    assert usage.estimated.startswith("the endpoint says ")


@pytest.mark.parametrize(
    ("said", "cached"),
    [
        ({"prompt_tokens_details": {"cached_tokens": 6_000}}, 6_000),
        ({"prompt_cache_hit_tokens": 6_000}, 6_000),
        ({"prompt_tokens_details": {"cached_tokens": 8_001}}, 0),
        ({"prompt_tokens_details": {"cached_tokens": True}}, 0),
        ({"prompt_tokens_details": {"cached_tokens": -1}}, 0),
        ({"prompt_tokens_details": "a lot"}, 0),
        ({}, 0),
    ],
    ids=str,
)
def test_tokens_that_were_kept_are_counted_as_far_as_they_can_be_so(said: dict[str, Any], cached: int) -> None:
    known = {"prompt_tokens": 8_000, "completion_tokens": 250}
    assert counted(SENT, RECEIVED, {**known, **said}) == Usage(tokens_in=8_000, tokens_out=250, cached=cached)


@pytest.mark.parametrize("nothing", [None, {}, [], "a lot", 7, [1, 2]], ids=str)
def test_where_nothing_is_said_it_is_estimated(nothing: Any) -> None:
    assert counted(SENT, RECEIVED, nothing).estimated == "the endpoint did not say how many tokens it took"


def test_yes_is_no_number_of_tokens() -> None:
    assert counted(Sent(messages=0, whole=0), 0, {"prompt_tokens": True, "completion_tokens": True}).estimated


@given(st.fixed_dictionaries({}, optional={"prompt_tokens": NUMBERS, "completion_tokens": NUMBERS}), SIZES, SIZES)
def test_whatever_is_told_the_tokens_are_of_the_size_of_what_was_sent_and_received(
    said: dict[str, Any], sent: int, received: int
) -> None:
    usage = counted(Sent(messages=sent, whole=sent), received, said)
    assert sent // 8 <= usage.tokens_in <= sent + ADDED
    assert received // 8 <= usage.tokens_out <= received + UNSEEN


@given(ANYTHING)
def test_no_shape_of_usage_is_an_error(said: Any) -> None:
    assert counted(SENT, RECEIVED, said).tokens_in > 0
