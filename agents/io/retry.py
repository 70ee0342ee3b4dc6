"""Trying again: one way to repeat a call that failed, with waits in between."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from agents.io.clock import Clock

Result = TypeVar("Result")
ErrorT = TypeVar("ErrorT", bound=Exception)


def _as_planned(_: Exception, planned: timedelta) -> timedelta:
    return planned


def _say_nothing(_: Exception, wait: timedelta) -> None:
    """Nobody has to be told."""


@dataclass(frozen=True)
class RetryPolicy(Generic[ErrorT]):
    """After which errors a call is made again, how often, and when."""

    errors: type[ErrorT] | tuple[type[ErrorT], ...]
    """Any other error is raised at once."""
    waits: Iterable[timedelta]
    """Before the second try, the third and so on; `itertools.repeat` tries for ever."""
    wait_after: Callable[[ErrorT, timedelta], timedelta | None] = _as_planned
    """What to make of the planned wait after an error; None: trying again is of no use."""
    before_wait: Callable[[ErrorT, timedelta], Any] = _say_nothing
    """Called before each wait, inside the `except` of the error, so that it can be logged."""


async def retry(call: Callable[[], Awaitable[Result]], clock: Clock, policy: RetryPolicy[ErrorT]) -> Result:
    """Make a call, and make it again after each error of the policy. Raises the last error when no wait is left."""
    for planned in policy.waits:
        try:
            return await call()
        except policy.errors as error:
            wait = policy.wait_after(error, planned)
            if wait is None:
                raise
            policy.before_wait(error, wait)
        await clock.sleep(wait)
    return await call()
