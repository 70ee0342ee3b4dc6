"""Replicas, machines, standbys, databases, dependencies, and the safety of data."""

from agents.readings.checks import DataSafety
from agents.readings.estate import DatabaseHealth, Dependencies, InfrastructureState, ProviderStatus
from agents.readings.outcomes import ActionResult
from agents.tools.port import acts, reads


@reads("infrastructure")
async def infrastructure_state(service: str) -> InfrastructureState:
    """Replicas wanted and ready, restarts, machines in trouble, room to scale, and a standby if there is one."""
    ...


@acts("infrastructure")
async def scale(service: str, replicas: int) -> ActionResult:
    """Run a service on another number of replicas."""
    ...


@acts("infrastructure")
async def restart(service: str) -> ActionResult:
    """Restart a service, replica by replica."""
    ...


@acts("infrastructure")
async def failover(service: str, standby: str) -> ActionResult:
    """Move a service from its failing primary to its standby."""
    ...


@reads("database")
async def database_health(service: str) -> DatabaseHealth:
    """Connections, slow queries, replication lag, storage and integrity of the database a service uses."""
    ...


@reads("dependencies")
async def dependencies(service: str) -> Dependencies:
    """What a service calls, how these calls fare now and usually, and which services call it."""
    ...


@reads("dependencies")
async def provider_status(provider: str) -> ProviderStatus:
    """What an external provider says of its own state."""
    ...


@acts("dependencies")
async def fallback(service: str, dependency: str) -> ActionResult:
    """Let a service do without a dependency, by its fallback or its cache."""
    ...


@reads("data_safety")
async def data_safety(service: str) -> DataSafety:
    """Integrity errors, lost records, exposed user records and suspicious access of a service's data."""
    ...
