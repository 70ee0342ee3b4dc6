"""A browser, for evidence that a person would believe."""

from agents.port import reads
from agents.readings import Screenshot


@reads
async def screenshot(service: str) -> Screenshot:
    """Photograph a service's page; where no browser is at hand, save the response and say so."""
    ...
