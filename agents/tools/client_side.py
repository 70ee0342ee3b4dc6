"""The client side: what users' browsers and apps report."""

from agents.port import reads
from agents.readings import ClientSignals


@reads
async def client_signals(service: str, minutes: int = 90) -> ClientSignals:
    """Script errors and page load times of a service as its users' browsers report them."""
    ...
