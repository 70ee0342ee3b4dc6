"""Stakeholders: those whom executive briefs go to."""

from agents.port import acts
from agents.readings import ActionResult


@acts
async def send_brief(audience: str, text: str) -> ActionResult:
    """Send a brief to the stakeholders."""
    ...
