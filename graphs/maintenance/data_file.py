"""A database file looked into without a service: by commands, also while a server works in it."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from agents.io.clock import RealClock
from graphs.store.api_keys import ApiKeys
from graphs.store.store import Store
from graphs.transcript.event import Event
from graphs.transcript.events import Transcripts

FILE = "warroom.sqlite"
"""Its name in a data directory."""


def recorded_events(file: Path, run: str) -> list[Event]:
    """Read the transcript of a run; empty where there is no such run. Changes nothing. Raises StoreError."""
    with closing(Store(file, read_only=True)) as store:
        return Transcripts(store, RealClock()).after(run)


def last_event_at(file: Path) -> datetime | None:
    """The time of the last event of all runs; None where there is none, or no file. Raises StoreError."""
    if not file.exists():
        return None
    with closing(Store(file)) as store:
        return store.events.latest()


@contextmanager
def api_keys(file: Path) -> Generator[ApiKeys]:
    """Open the API keys; makes the file where there is none. Raises StoreError."""
    with closing(Store(file)) as store:
        yield ApiKeys(store.keys, RealClock())
