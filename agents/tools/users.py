"""Users: how many there are and how many notice."""

from agents.port import reads
from agents.readings import Usage


@reads
async def usage(service: str) -> Usage:
    """How many users a service has now, and how many of them meet the fault."""
    ...
