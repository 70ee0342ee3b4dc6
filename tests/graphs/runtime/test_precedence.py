"""Precedence: the runs give way while alerts wait, and go on all the same."""

import asyncio
from itertools import pairwise

import pytest

from graphs.runtime import precedence
from graphs.runtime.precedence import ALERTS_FIRST, Precedence


def goes_on_at_once(storm: Precedence) -> bool:
    """Whether whoever gives way need not wait for anything."""
    going = storm.give_way()
    try:
        going.send(None)
    except StopIteration:
        return True
    going.close()
    return False


async def test_only_while_alerts_wait_somebody_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    storm = Precedence()
    assert goes_on_at_once(storm)
    storm.alerts_wait()
    assert not goes_on_at_once(storm)
    monkeypatch.setattr(precedence, "LASTS", 0.0)
    storm.alerts_wait()
    assert goes_on_at_once(storm)


async def test_while_alerts_wait_turns_are_taken_one_by_one_in_their_order_each_after_some_work_on_alerts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(precedence, "LOOKS_AGAIN_AFTER", 0)
    storm, turns = Precedence(), 0
    taken: list[tuple[int, int]] = []

    async def turn(number: int) -> None:
        await storm.give_way()
        taken.append((number, turns))

    storm.alerts_wait()
    taking = asyncio.gather(*map(turn, range(3)))
    while not taking.done():
        for _ in range(5):  # of the loop, before the next alerts are taken in
            await asyncio.sleep(0)
        storm.alerts_wait()
        turns += 1
    assert [number for number, _ in taken] == [0, 1, 2]
    assert all(later - earlier >= ALERTS_FIRST for (_, earlier), (_, later) in pairwise([(-1, 0), *taken]))


async def test_who_says_what_is_due_does_not_wait_for_those_who_gave_way_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(precedence, "LOOKS_AGAIN_AFTER", 0)
    storm = Precedence()
    storm.alerts_wait()
    waiting = [asyncio.ensure_future(storm.give_way()) for _ in range(20)]
    looking = asyncio.ensure_future(storm.pause())
    for _ in range(ALERTS_FIRST):
        await asyncio.sleep(0)
        storm.alerts_wait()
    for _ in range(5):
        await asyncio.sleep(0)
    assert looking.done()
    assert sum(one.done() for one in waiting) == 1
    for one in waiting:
        one.cancel()
