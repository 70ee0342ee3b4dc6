"""Listening to what other processes tell: a thread with a session of its own, and a regular look behind it."""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence

import psycopg
from psycopg.rows import DictRow

from graphs.store.faults import StoreError
from graphs.store.postgres import connect

LOOK_EVERY = 2.0
"""Seconds: notifications may be lost, so everybody looks this often, too."""
log = logging.getLogger("warroom")


class Listener:
    """Calls back in its own thread: `hear` with the channel and the words of a notification, `look` every so often.

    `look` gives what is to be told to others: channels, and words.
    """

    def __init__(
        self,
        url: str,
        channels: Sequence[str],
        hear: Callable[[str, str], None],
        look: Callable[[], Iterable[tuple[str, str]]],
    ) -> None:
        self._url = url
        self._channels = channels
        self._hear = hear
        self._look = look
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="listener", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._stopped.set()
        self._thread.join()

    def _listen(self) -> None:
        while not self._stopped.is_set():
            try:
                with connect(self._url, "warroom listener") as connection:
                    for channel in self._channels:
                        connection.execute(f"LISTEN {channel}")  # pyright: ignore[reportArgumentType, reportCallIssue]
                    self._take_in(connection)
            except (StoreError, psycopg.OperationalError):
                log.warning("the session that listens was lost; it is opened again", exc_info=True)
                self._stopped.wait(LOOK_EVERY)

    def _take_in(self, connection: psycopg.Connection[DictRow]) -> None:
        while not self._stopped.is_set():
            for channel, words in self._look():
                connection.execute("SELECT pg_notify(%s, %s)", (channel, words))
            for told in connection.notifies(timeout=LOOK_EVERY):
                self._hear(told.channel, told.payload)
                if self._stopped.is_set():
                    return
