"""The data directory: one process at a time, and never invented data beside real alerts."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

DEFAULT_DATA = Path("warroom-data")


class DirectoryUnusable(Exception):
    """The data directory cannot be had: another process works in it, it holds other runs, or it cannot be written."""


@contextmanager
def occupied(directory: Path, kind: str) -> Generator[Path]:
    """Hold a data directory for this process; its runs are all of one kind. Raises DirectoryUnusable.

    The lock is the kernel's: it ends with the process, however that ends.
    """
    with _lock_file(directory) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            lock.seek(0)
            raise DirectoryUnusable(
                f"{directory} is in use by another Warroom (process {lock.read().strip() or 'unknown'}); "
                "stop that one, or choose another directory with --data"
            ) from busy
        try:
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            _keep_apart(directory, kind)
        except OSError as error:
            raise _unusable(directory, error) from error
        yield directory


def _lock_file(directory: Path) -> TextIO:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return (directory / "lock").open("a+")
    except OSError as error:
        raise _unusable(directory, error) from error


def _unusable(directory: Path, error: OSError) -> DirectoryUnusable:
    return DirectoryUnusable(f"{directory}: {error.strerror}; choose another directory with --data")


def _keep_apart(directory: Path, kind: str) -> None:
    """Refuse to go on with real runs on invented systems, and the other way round."""
    written = directory / "kind"
    known = written.read_text().strip() if written.exists() else kind
    if known != kind:
        raise DirectoryUnusable(f"{directory} holds {known}, not {kind}; choose another directory with --data")
    written.write_text(f"{kind}\n")
