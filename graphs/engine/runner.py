"""What wakes workflows: the scheduler in this process, or workers in any."""

from datetime import timedelta
from typing import Protocol


class Runner(Protocol):
    """Wakes the workflows of runs when something is due."""

    async def start(self) -> None: ...

    async def drain(self, limit: timedelta = ...) -> None: ...

    async def stop(self) -> None: ...

    @property
    def is_waking(self) -> bool: ...


class WokenElsewhere:
    """Wakes nothing: workers do, each in a thread of its own, here or in other processes."""

    is_waking = True

    async def start(self) -> None:
        """Begin nothing."""

    async def drain(self, limit: timedelta = timedelta(0)) -> None:
        """Wait for nothing."""

    async def stop(self) -> None:
        """Stop nothing."""
