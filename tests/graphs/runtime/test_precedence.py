"""Precedence: the runs give way while alerts wait, and go on all the same."""

import asyncio
from itertools import pairwise

import pytest

from graphs.runtime import precedence
from graphs.runtime.precedence import Precedence


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


async def test_while_alerts_wait_turns_are_taken_one_by_one_in_the_order_in_which_they_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(precedence, "PAUSE", 0.001)
    storm, loop = Precedence(), asyncio.get_running_loop()
    taken: list[tuple[int, float]] = []

    async def turn(number: int) -> None:
        await storm.give_way()
        taken.append((number, loop.time()))

    storm.alerts_wait()
    await asyncio.gather(*map(turn, range(5)))
    assert [number for number, _ in taken] == [0, 1, 2, 3, 4]
    assert all(later - earlier >= 0.0009 for (_, earlier), (_, later) in pairwise(taken))
