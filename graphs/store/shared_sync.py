"""Shared sync: commits are atomic at once, and reach the disk together, in one go for all who wait for that."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from graphs.store.faults import StoreUnreachable


class SharedSync:
    """Brings SQLite's write-ahead log to disk.

    SQLite itself does so at each commit, which takes milliseconds in which nothing else can be done. Here nobody waits
    but those who are about to tell the outside of what they wrote; they wait beside the loop, and all of them for one
    sync. A power cut leaves the store as it was after some commit: never with a later one and without an earlier one.
    """

    def __init__(self, log: Path, changes: Callable[[], int], fsync: Callable[[int], None] = os.fsync) -> None:
        """`changes` counts the rows that were ever written, so that it grows with every commit."""
        self._log = log
        self._changes = changes
        self._fsync = fsync
        self._file: int | None = None
        self._on_disk = 0
        """So many changes are."""
        self._failure: OSError | None = None
        self._thread = ThreadPoolExecutor(1, "disk")
        self._under_way: asyncio.Task[None] | None = None

    async def wait(self) -> None:
        """Wait until everything that was committed before is on disk. Raises StoreUnreachable."""
        wanted = self._changes()
        while self._on_disk < wanted:
            self.check()
            if self._under_way is None:
                self._under_way = asyncio.create_task(self._bring())
            await asyncio.shield(self._under_way)

    def now(self) -> None:
        """The same, with nothing else going on meanwhile. Raises StoreUnreachable."""
        self.check()
        wanted = self._changes()
        if self._on_disk < wanted:
            try:
                self._sync()
            except OSError as error:
                self._failure = error
                self.check()
            self._on_disk = wanted

    def check(self) -> None:
        """Raise StoreUnreachable where the disk has failed.

        What a failed sync has left on disk nobody can tell, and another one would not try it again: so nothing counts
        as being on disk any more until the next start, which reads what is there.
        """
        if self._failure:
            raise StoreUnreachable(self._log, str(self._failure)) from self._failure

    def close(self) -> None:
        """Let go of the file and the thread."""
        self._thread.shutdown()
        if self._file is not None:
            os.close(self._file)

    async def _bring(self) -> None:
        changes = self._changes()
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._sync)
            self._on_disk = changes
        except OSError as error:
            self._failure = error
        finally:
            self._under_way = None

    def _sync(self) -> None:
        if self._file is None:  # kept open, so that no error of the disk is reported to somebody else
            self._file = os.open(self._log, os.O_RDONLY)
        self._fsync(self._file)
