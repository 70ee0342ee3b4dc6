"""The newest events of the runs that are written to, in memory: those who follow a run read them there and not anew."""

from collections import OrderedDict
from typing import Generic, NamedTuple, Protocol, TypeVar


class Numbered(Protocol):
    """A row of a transcript, with its number and its key."""

    @property
    def seq(self) -> int: ...

    @property
    def key(self) -> str: ...


RowT = TypeVar("RowT", bound=Numbered)


class _Newest(NamedTuple, Generic[RowT]):
    """The newest rows of a run without a gap, also by their keys."""

    rows: list[RowT]
    by_key: dict[str, RowT]


class NewestEvents(Generic[RowT]):
    """The newest rows of each run that this process writes to. Only where no other process writes.

    Whoever undoes a transaction or deletes a run has to say so: then what was kept may not be in the database any more.
    """

    def __init__(self, most: int) -> None:
        """Keep so many rows altogether; those of the runs that were written to longest ago go first."""
        self._most = most
        self._kept = 0
        self._runs: OrderedDict[str, _Newest[RowT]] = OrderedDict()

    def add(self, run: str, row: RowT) -> None:
        """Keep a row that was just written, the newest of its run."""
        if self._most == 0:
            return
        newest = self._runs.get(run)
        if newest is None or newest.rows[-1].seq + 1 != row.seq:
            self.forget(run)
            newest = self._runs[run] = _Newest([], {})
        newest.rows.append(row)
        newest.by_key[row.key] = row
        self._runs.move_to_end(run)
        self._kept += 1
        while self._kept > self._most:
            self.forget(next(iter(self._runs)))

    def after(self, run: str, seq: int, most: int = -1) -> list[RowT] | None:
        """The rows after a number, in order; `most` -1 is all. None where not all of them are kept."""
        newest = self._runs.get(run)
        if newest is None or seq < newest.rows[0].seq - 1:
            return None
        first = seq - newest.rows[0].seq + 1
        return newest.rows[first:] if most < 0 else newest.rows[first : first + most]

    def under_key(self, run: str, key: str) -> RowT | None:
        """The row under a key, where it is kept."""
        newest = self._runs.get(run)
        return newest.by_key.get(key) if newest else None

    def is_whole(self, run: str) -> bool:
        """Whether every row of a run is kept."""
        newest = self._runs.get(run)
        return newest is not None and newest.rows[0].seq == 1

    def forget(self, run: str) -> None:
        """Keep nothing more of a run."""
        newest = self._runs.pop(run, None)
        self._kept -= len(newest.rows) if newest else 0

    def forget_all(self) -> None:
        """Keep nothing more of any run."""
        self._runs.clear()
        self._kept = 0
