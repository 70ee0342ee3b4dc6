"""Trying again: only after the errors of the policy, only so often, and after the waits that it gives."""

from datetime import UTC, datetime, timedelta
from itertools import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.io.retry import RetryPolicy, retry

SECOND = timedelta(seconds=1)


class HandClock:
    """A clock on which waiting takes no time; it notes every wait."""

    def __init__(self) -> None:
        self.waits: list[timedelta] = []

    def now(self) -> datetime:
        return datetime(2026, 3, 3, tzinfo=UTC)

    async def sleep(self, duration: timedelta) -> None:
        self.waits.append(duration)


class Trouble(Exception):
    """Something that may pass."""


class Call:
    """Fails some times, then answers with the number of the try."""

    def __init__(self, failures: int, error: type[Exception] = Trouble) -> None:
        self.failures, self.error, self.tries = failures, error, 0

    async def __call__(self) -> int:
        self.tries += 1
        if self.tries <= self.failures:
            raise self.error(f"try {self.tries}")
        return self.tries


@given(failures=st.integers(0, 6), waits=st.lists(st.integers(0, 60), max_size=5))
async def test_a_call_is_made_once_more_than_there_are_waits_and_the_last_error_is_raised(
    failures: int, waits: list[int]
) -> None:
    clock, call = HandClock(), Call(failures)
    planned = [wait * SECOND for wait in waits]
    if failures <= len(waits):
        assert await retry(call, clock, RetryPolicy(Trouble, planned)) == failures + 1
    else:
        with pytest.raises(Trouble, match=f"try {len(waits) + 1}"):
            await retry(call, clock, RetryPolicy(Trouble, planned))
    assert clock.waits == planned[:failures]


async def test_it_may_try_for_ever() -> None:
    clock = HandClock()
    assert await retry(Call(100), clock, RetryPolicy(Trouble, repeat(SECOND))) == 101


async def test_another_error_is_raised_at_once() -> None:
    clock = HandClock()
    with pytest.raises(KeyError):
        await retry(Call(1, KeyError), clock, RetryPolicy(Trouble, [SECOND]))
    assert clock.waits == []


async def test_the_error_may_say_how_long_to_wait_or_that_it_is_of_no_use() -> None:
    clock = HandClock()

    def double_once(error: Trouble, planned: timedelta) -> timedelta | None:
        return planned * 2 if str(error) == "try 1" else None

    call = Call(5)
    with pytest.raises(Trouble, match="try 2"):
        await retry(call, clock, RetryPolicy(Trouble, repeat(SECOND), double_once))
    assert (call.tries, clock.waits) == (2, [2 * SECOND])


async def test_each_wait_is_told_with_its_error() -> None:
    told: list[tuple[str, timedelta]] = []
    policy = RetryPolicy(Trouble, [SECOND, 2 * SECOND], before_wait=lambda error, wait: told.append((str(error), wait)))
    await retry(Call(2), HandClock(), policy)
    assert told == [("try 1", SECOND), ("try 2", 2 * SECOND)]
