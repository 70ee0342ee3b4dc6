"""Databases."""

from agents.port import reads
from agents.readings import DatabaseHealth


@reads
async def database_health(service: str) -> DatabaseHealth:
    """Connections, slow queries, replication lag, storage and integrity of the database a service uses."""
    ...
