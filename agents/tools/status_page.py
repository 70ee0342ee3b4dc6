"""The public status page."""

from agents.port import acts
from agents.readings import ActionResult


@acts
async def publish_status(service: str, text: str) -> ActionResult:
    """Put an update on the public status page."""
    ...
