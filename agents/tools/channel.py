"""The incident's channel, and messages to roles, teams and users."""

from collections.abc import Sequence

from agents.port import acts
from agents.readings import ActionResult


@acts
async def open_channel(name: str, topic: str) -> ActionResult:
    """Open the incident's channel or thread."""
    ...


@acts
async def notify(audience: str, text: str, question: str = "", answers: Sequence[str] = ()) -> ActionResult:
    """Tell a role, a team or the users something; with a question's id, people may answer it where they read it."""
    ...
