"""Real requests to a service's endpoints, and pictures of its pages."""

from agents.readings.checks import EndpointChecks, Screenshot
from agents.tools.port import reads


@reads("endpoints")
async def check_endpoints(service: str) -> EndpointChecks:
    """Request each declared endpoint of a service once: status, seconds, and the seconds it usually takes."""
    ...


@reads("browser")
async def screenshot(service: str) -> Screenshot:
    """Photograph a service's page; where no browser is at hand, save the response and say so."""
    ...
