"""Metrics: golden signals and the machines below."""

from agents.port import reads
from agents.readings import GoldenSignals, SystemMetrics


@reads
async def golden_signals(service: str, minutes: int = 90) -> GoldenSignals:
    """Traffic, error rate, latency and saturation of a service over the last minutes, one sample a minute."""
    ...


@reads
async def system_metrics(service: str, minutes: int = 90) -> SystemMetrics:
    """CPU, memory, network and disk use of a service over the last minutes, as shares of their limits."""
    ...
