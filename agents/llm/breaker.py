"""The circuit breaker: after repeated failure the model is left alone for a while, then tried by one call."""

from datetime import datetime, timedelta

from agents.io.clock import Clock
from agents.llm.faults import Fault

FAILURES = 5
"""In a row, of the endpoint, until the model is left alone."""
REST = timedelta(minutes=5)
LONGEST_WAIT = 30.0
"""Seconds: where the endpoint asks to wait longer than this, it is left alone at once."""


class Breaker:
    """One model endpoint's state of health, for a whole process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._rests_until: datetime | None = None
        self._trial_under_way = False

    def refusal(self) -> str:
        """Why the model is not asked now; empty where it may be. After its rest one call may try it."""
        if self._rests_until is None:
            return ""
        if self._trial_under_way or self._clock.now() < self._rests_until:
            return f"the model failed {self._failures} times in a row and rests until {self._rests_until:%H:%M:%S} UTC"
        self._trial_under_way = True
        return ""

    def take_in(self, fault: Fault | None) -> str:
        """Learn how a call went; says what changed, empty where nothing did."""
        self._trial_under_way = False
        if fault is None or not fault.is_of_the_endpoint:
            was_resting = self._rests_until is not None
            self._failures, self._rests_until = 0, None
            return "closed: the model answers again" if was_resting else ""
        self._failures += 1
        wait = fault.retry_after or 0.0
        if self._failures < FAILURES and wait <= LONGEST_WAIT:
            return ""
        self._rests_until = self._clock.now() + max(REST, timedelta(seconds=min(wait, 86_400)))
        return (
            f"open: {self._failures} failures in a row, the last one {fault.kind}; "
            f"the model is tried again after {self._rests_until:%H:%M:%S} UTC"
        )

    def give_up_trial(self) -> None:
        """The trial ended without telling anything."""
        self._trial_under_way = False
