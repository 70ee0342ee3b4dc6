"""Data safety: integrity checks and the access audit."""

from agents.port import reads
from agents.readings import DataSafety


@reads
async def data_safety(service: str) -> DataSafety:
    """Integrity errors, lost records, exposed user records and suspicious access of a service's data."""
    ...
