"""Past incidents, from Warroom's own record."""

from agents.port import reads
from agents.readings import PastIncidents


@reads
async def past_incidents(service: str) -> PastIncidents:
    """Earlier incidents of a service: when, root cause, prevention and action items. A lead, not proof of a cause."""
    ...
