"""The backlog."""

from agents.port import acts
from agents.readings import ActionResult


@acts
async def add_to_backlog(title: str, owner: str, deadline: str, why: str) -> ActionResult:
    """Add a task to the backlog."""
    ...
