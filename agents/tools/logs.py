"""Logs."""

from agents.port import reads
from agents.readings import ErrorLog


@reads
async def error_log(service: str, minutes: int = 90) -> ErrorLog:
    """Error patterns of a service over the last minutes: signature, count, first and last time, versions."""
    ...
