"""Group commit: what came in meanwhile is written in one transaction, and the fault of one is the fault of no other."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from time import monotonic

import pytest

from graphs.intake.group_commit import READING, WRITING, GroupCommit
from graphs.store.faults import StoreFull, StoreUnreachable


class Ledger:
    """A store: what was written is in it when its transaction has ended, and not before."""

    def __init__(self) -> None:
        self.kept: list[list[int]] = []
        self._written: list[int] | None = None
        self.is_full, self.refused = False, 0

    @contextmanager
    def transaction(self) -> Generator[None]:
        assert self._written is None
        self._written = []
        try:
            yield
            if self.is_full:
                self.refused += 1
                raise StoreFull(None, "no room")
            self.kept.append(self._written)
        finally:
            self._written = None

    def write(self, number: int) -> int:
        assert self._written is not None
        self._written.append(number)
        if number < 0:
            raise ValueError(number)
        return number * 10


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def spend(seconds: float) -> None:
    stop = monotonic() + seconds
    while monotonic() < stop:
        pass


async def test_what_came_in_meanwhile_is_written_in_one_transaction(ledger: Ledger) -> None:
    together = GroupCommit(ledger.transaction)
    made = await asyncio.gather(*(together.write(partial(ledger.write, number)) for number in range(10)))
    assert made == [number * 10 for number in range(10)]
    assert ledger.kept == [list(range(10))]


async def test_nobody_is_told_before_the_transaction_has_ended(ledger: Ledger) -> None:
    together = GroupCommit(ledger.transaction)
    first = asyncio.ensure_future(together.write(partial(ledger.write, 1)))

    def second() -> bool:
        ledger.write(2)
        return first.done()

    await asyncio.sleep(0)
    assert await together.write(second) is False
    assert ledger.kept == [[1, 2]]


async def test_one_that_fails_writes_nothing_and_undoes_no_other(ledger: Ledger) -> None:
    together = GroupCommit(ledger.transaction)
    works = (together.write(partial(ledger.write, number)) for number in (1, -2, 3))
    one, two, three = await asyncio.gather(*works, return_exceptions=True)
    assert (one, three) == (10, 30)
    assert isinstance(two, ValueError)
    assert ledger.kept == [[1], [3]]


async def test_where_the_store_fails_everybody_is_told_and_it_is_tried_once(ledger: Ledger) -> None:
    together = GroupCommit(ledger.transaction)
    ledger.is_full = True

    def write_slowly() -> None:
        spend(WRITING)  # so that the others do not fit into the same transaction
        ledger.write(0)

    works = (together.write(write_slowly) for _ in range(3))
    assert [type(error) for error in await asyncio.gather(*works, return_exceptions=True)] == [StoreFull] * 3
    assert (ledger.kept, ledger.refused) == ([], 1)
    ledger.is_full = False
    assert await together.write(partial(ledger.write, 3)) == 30


@pytest.mark.parametrize("error", [StoreUnreachable(None, "gone"), OSError("gone")])
async def test_where_no_transaction_can_be_begun_nobody_waits_for_ever(ledger: Ledger, error: Exception) -> None:
    def transaction() -> AbstractContextManager[None]:
        raise error

    together = GroupCommit(transaction)
    works = (together.write(partial(ledger.write, number)) for number in (1, 2, 3))
    failed = await asyncio.wait_for(asyncio.gather(*works, return_exceptions=True), 10)
    assert failed == [error] * 3


async def test_whoever_has_left_keeps_nobody_from_their_answer(ledger: Ledger) -> None:
    together = GroupCommit(ledger.transaction)
    leaving = asyncio.ensure_future(together.write(partial(ledger.write, 1)))
    failing = asyncio.ensure_future(together.write(partial(ledger.write, -1)))
    staying = asyncio.ensure_future(together.write(partial(ledger.write, 2)))
    await asyncio.sleep(0)
    leaving.cancel()
    failing.cancel()
    assert await staying == 20
    assert ledger.kept == [[1], [2]]


async def test_a_fault_in_reading_is_raised_where_it_is_waited_for(ledger: Ledger) -> None:
    together = GroupCommit(ledger.transaction)

    def fail() -> None:
        raise ValueError("no JSON")

    failed, read = await asyncio.gather(together.read(fail), together.read(lambda: "body"), return_exceptions=True)
    assert isinstance(failed, ValueError)
    assert read == "body"


@pytest.mark.parametrize("limit", [READING, WRITING])
async def test_others_get_their_turn_between_the_works_of_many(ledger: Ledger, limit: float) -> None:
    together = GroupCommit(ledger.transaction)
    later: Callable[[Callable[[], None]], object] = together.read if limit == READING else together.write
    turns: list[str] = []

    def work() -> None:
        turns.append("work")
        spend(limit)

    waiting = [asyncio.ensure_future(later(work)) for _ in range(3)]  # type: ignore[arg-type]
    while not all(one.done() for one in waiting):
        turns.append("others")
        await asyncio.sleep(0)
    together_at_most = max(len(row.split()) for row in " ".join(turns).split("others"))
    assert together_at_most == 1


async def test_who_asks_is_told_that_works_are_left_for_the_next_turn(ledger: Ledger) -> None:
    backlogs: list[int] = []
    together = GroupCommit(ledger.transaction, lambda: backlogs.append(len(ledger.kept)))
    await together.write(partial(ledger.write, 1))
    assert backlogs == []
    await asyncio.gather(*(together.write(partial(spend, WRITING)) for _ in range(3)))
    assert backlogs == [2, 3]
