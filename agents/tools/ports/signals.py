"""What services, machines, clients and users show: metrics, logs, browser signals and user counts."""

from agents.readings.checks import Usage
from agents.readings.signals import ClientSignals, ErrorLog, GoldenSignals, SystemMetrics
from agents.tools.port import reads


@reads("metrics")
async def golden_signals(service: str, minutes: int = 90) -> GoldenSignals:
    """Traffic, error rate, latency and saturation of a service over the last minutes, one sample a minute."""
    ...


@reads("metrics")
async def system_metrics(service: str, minutes: int = 90) -> SystemMetrics:
    """CPU, memory, network and disk use of a service over the last minutes, as shares of their limits."""
    ...


@reads("logs")
async def error_log(service: str, minutes: int = 90) -> ErrorLog:
    """Error patterns of a service over the last minutes: signature, count, first and last time, versions."""
    ...


@reads("users")
async def usage(service: str) -> Usage:
    """How many users a service has now, and how many of them meet the fault."""
    ...


@reads("client_side")
async def client_signals(service: str, minutes: int = 90) -> ClientSignals:
    """Script errors and page load times of a service as its users' browsers report them."""
    ...
