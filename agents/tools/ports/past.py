"""Earlier incidents, from Warroom's own record."""

from agents.readings.past import PastIncidents
from agents.tools.port import reads


@reads("past_incidents")
async def past_incidents(service: str) -> PastIncidents:
    """Earlier incidents of a service: when, root cause, prevention and action items. A lead, not proof of a cause."""
    ...
