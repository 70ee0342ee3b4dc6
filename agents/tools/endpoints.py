"""Endpoints: real requests to a service's declared addresses."""

from agents.port import reads
from agents.readings import EndpointChecks


@reads
async def check_endpoints(service: str) -> EndpointChecks:
    """Request each declared endpoint of a service once: status, seconds, and the seconds it usually takes."""
    ...
