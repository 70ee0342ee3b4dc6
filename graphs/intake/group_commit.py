"""Group commit: all that arrived in the meantime is written in one transaction, and the loop is never held for long."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from time import monotonic
from typing import Any, NamedTuple, TypeVar

from graphs.store.faults import StoreError

READING, WRITING = 0.008, 0.012
"""Seconds of work in one turn of the loop, after which others get their turn."""
Made = TypeVar("Made")


class Work(NamedTuple):
    """Work that somebody waits for."""

    do: Callable[[], Any]
    made: asyncio.Future[Any]


class GroupCommit:
    """Does the work of many requests a little at a time: they are read one by one and written together.

    `transaction` has all that is written within its block on disk together, or none of it.
    `on_backlog` is called after each turn that leaves something for the next one.
    """

    def __init__(
        self, transaction: Callable[[], AbstractContextManager[None]], on_backlog: Callable[[], None] = lambda: None
    ) -> None:
        self._transaction = transaction
        self._on_backlog = on_backlog
        self._to_read = deque[Work]()
        self._to_write = deque[Work]()
        self._is_due = False

    async def read(self, work: Callable[[], Made]) -> Made:
        """Do work that writes nothing, when its turn comes. Raises what the work raises."""
        return await self._later(self._to_read, work)

    async def write(self, work: Callable[[], Made]) -> Made:
        """Do work that writes, in one transaction with others. Raises what the work raises, having written nothing."""
        return await self._later(self._to_write, work)

    def _later(self, works: deque[Work], do: Callable[[], Made]) -> asyncio.Future[Made]:
        made: asyncio.Future[Made] = asyncio.get_running_loop().create_future()
        works.append(Work(do, made))
        self._take_turns()
        return made

    def _take_turns(self) -> None:
        if not self._is_due and (self._to_read or self._to_write):
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        self._is_due = False
        self._write_some()
        stop = monotonic() + READING
        while self._to_read and monotonic() < stop:
            _settle(self._to_read.popleft())
        if self._to_read or self._to_write:
            self._on_backlog()
        self._take_turns()

    def _write_some(self) -> None:
        """Write what waits, in one transaction; where one of them fails, each by itself, so that no other is undone.

        Where it is the store that fails, it would fail for all that wait.
        """
        if not self._to_write:
            return
        taken = [self._to_write.popleft()]
        try:
            done = self._written_together(taken)
        except StoreError as error:
            taken += self._to_write
            self._to_write.clear()
            for work in taken:
                _tell(work, error)
        except Exception:  # noqa: BLE001 - whoever's it is, is told of it below
            for work in taken:
                _settle(work, self._transaction)
        else:
            for work, made in zip(taken, done, strict=True):
                _give(work, made)

    def _written_together(self, taken: list[Work]) -> list[Any]:
        """Do work for some time in one transaction, the first of `taken` and what waits, and note there whose."""
        stop = monotonic() + WRITING
        with self._transaction():
            done = [taken[0].do()]
            while self._to_write and monotonic() < stop:
                taken.append(self._to_write.popleft())
                done.append(taken[-1].do())
        return done


def _settle(work: Work, within: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
    """Do work, and tell whoever waits for it what came of it."""
    try:
        with within():
            made = work.do()
    except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
        _tell(work, error)
    else:
        _give(work, made)


def _give(work: Work, made: Any) -> None:
    """Give what was made to whoever waits for it, unless they have left."""
    if not work.made.done():
        work.made.set_result(made)


def _tell(work: Work, error: Exception) -> None:
    """Raise an error where the work is waited for."""
    if not work.made.done():
        work.made.set_exception(error)
