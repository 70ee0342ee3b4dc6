"""Limits: how many requests a key may send in a minute. What it did not use up it may send at once."""

import time
from collections.abc import Callable

from graphs.store.api_keys import ApiKey


class TooManyRequests(Exception):
    """A key sends more requests than it may."""

    def __init__(self, key: ApiKey, wait: float, patient: bool) -> None:
        super().__init__(f"{key.name}'s key may send {key.per_minute} requests a minute. Send it again later.")
        self.wait = wait
        """Seconds."""
        self.status = 503 if patient else 429
        """Alert senders give up at 429 and try again at 503."""


class RateLimits:
    """A bucket for each key: it fills up within a minute, and each request takes one out."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._buckets: dict[str, tuple[float, float]] = {}
        """Key -> how much was in its bucket, and when."""

    def count(self, key: ApiKey, patient: bool = False) -> None:
        """Count a request of a key. Raises TooMany."""
        now = self._seconds()
        left, at = self._buckets.get(key.id, (float(key.per_minute), now))
        left = min(key.per_minute, left + (now - at) * key.per_minute / 60)
        if left < 1:
            raise TooManyRequests(key, (1 - left) * 60 / key.per_minute, patient)
        self._buckets[key.id] = (left - 1, now)
