"""The incident channel, messages, the status page, executive briefs and the backlog."""

from collections.abc import Sequence

from agents.readings.outcomes import ActionResult
from agents.tools.port import acts


@acts("channel")
async def open_channel(name: str, topic: str) -> ActionResult:
    """Open the incident's channel or thread."""
    ...


@acts("channel")
async def notify(audience: str, text: str, question: str = "", answers: Sequence[str] = ()) -> ActionResult:
    """Tell a role, a team or the users something; with a question's id, people may answer it where they read it."""
    ...


@acts("status_page")
async def publish_status(service: str, text: str) -> ActionResult:
    """Put an update on the public status page."""
    ...


@acts("stakeholders")
async def send_brief(audience: str, text: str) -> ActionResult:
    """Send a brief to the stakeholders."""
    ...


@acts("backlog")
async def add_to_backlog(title: str, owner: str, deadline: str, why: str) -> ActionResult:
    """Add a task to the backlog."""
    ...
