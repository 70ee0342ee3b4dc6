"""Infrastructure: replicas, machines, standbys."""

from agents.port import acts, reads
from agents.readings import ActionResult, InfrastructureState


@reads
async def infrastructure_state(service: str) -> InfrastructureState:
    """Replicas wanted and ready, restarts, machines in trouble, room to scale, and a standby if there is one."""
    ...


@acts
async def scale(service: str, replicas: int) -> ActionResult:
    """Run a service on another number of replicas."""
    ...


@acts
async def restart(service: str) -> ActionResult:
    """Restart a service, replica by replica."""
    ...


@acts
async def failover(service: str, standby: str) -> ActionResult:
    """Move a service from its failing primary to its standby."""
    ...
