"""A power cut: what was written and never brought to disk is gone, whatever the system had in memory."""

import shutil
from pathlib import Path

from graphs.store.database import SqliteDatabase
from graphs.store.store import Store
from graphs.transcript.event import Event, read


def sqlite_of(store: Store) -> SqliteDatabase:
    """The database of a store that is kept in a file."""
    assert isinstance(store.database, SqliteDatabase)
    return store.database


class Platter:
    """What is on the disk that a store writes to: all that was there at the last sync, and nothing more."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.syncs = 0
        self._folder = folder
        database = sqlite_of(store)
        assert database.path is not None
        self._file = database.path
        self._copy()
        database.share_syncs(self._sync)

    def _sync(self, _: int) -> None:
        self.syncs += 1
        self._copy()

    def _copy(self) -> None:
        self._folder.mkdir(exist_ok=True)
        for file in (self._file, self._file.with_name(f"{self._file.name}-wal")):
            if file.exists():
                shutil.copy(file, self._folder / file.name)

    def after_a_power_cut(self) -> Store:
        """The store as the next start finds it."""
        found = self._folder / "found"
        found.mkdir(exist_ok=True)
        for file in self._folder.glob(f"{self._file.name}*"):
            shutil.copy(file, found / file.name)
        return Store(found / self._file.name)

    def event(self, run: str, key: str) -> Event | None:
        """The event of a run under a key, after a power cut now."""
        store = self.after_a_power_cut()
        row = store.events.under_key(run, key)
        store.close()
        return read(row) if row else None
