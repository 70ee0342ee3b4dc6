"""Signals: what services, machines and browsers measure, and what they log."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel


class Series(BaseModel):
    """Evenly spaced samples, oldest first; None where the backend has no sample."""

    unit: Literal["share", "seconds", "per second", "count"]
    """share: 0 to 1."""
    start: datetime
    step_seconds: int
    values: list[float | None]

    def at(self, index: int) -> datetime:
        """The time of one sample."""
        return self.start + timedelta(seconds=self.step_seconds * index)


class GoldenSignals(BaseModel):
    """Traffic, errors, latency and saturation of one service."""

    service: str
    traffic: Series
    """Requests per second."""
    error_rate: Series
    """Share of requests that fail."""
    latency: Series
    """95th percentile, seconds."""
    saturation: Series
    """Share of the service's own capacity in use (worker slots, connections)."""


class SystemMetrics(BaseModel):
    """CPU, memory, network and disk of one service's machines, as shares of their limits."""

    service: str
    cpu: Series
    memory: Series
    network: Series
    disk: Series


class LogPattern(BaseModel):
    """Log lines that share a signature."""

    service: str
    signature: str
    """The line with its changing parts taken out."""
    level: Literal["warning", "error", "fatal"]
    count: int
    first_seen: datetime
    last_seen: datetime
    sample: str
    versions: list[str] = []
    """The releases that wrote it, where the log says."""


class ErrorLog(BaseModel):
    """The error patterns of one service in a window."""

    service: str
    patterns: list[LogPattern]


class ClientSignals(BaseModel):
    """What browsers and apps report of a service."""

    service: str
    script_errors: Series
    """Share of page views with an uncaught error."""
    page_load: Series
    """75th percentile, seconds."""
    patterns: list[LogPattern]
