"""The estate: machines, databases, dependencies and providers."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class Machine(BaseModel):
    """One node, replica or instance that is not as it should be."""

    name: str
    ready: bool
    reason: str = ""
    since: datetime | None = None
    """Since when it is not ready, where that is known."""


class InfrastructureState(BaseModel):
    """Replicas, machines and room to grow of one service."""

    service: str
    replicas_wanted: int
    replicas_ready: int
    replicas_limit: int | None
    """How many there may be; None where the system does not say."""
    restarts_last_hour: int
    standby: str | None
    """A healthy standby to fail over to, if there is one."""
    machines: list[Machine]
    events: list[str]


class DependencyCall(BaseModel):
    """Calls from one service to something it depends on."""

    to: str
    kind: Literal["service", "database", "cache", "queue", "provider"]
    error_rate: float
    usual_error_rate: float
    latency_seconds: float
    usual_latency_seconds: float
    fallback: Literal["fallback", "cache"] | None = None
    """What can stand in for it, if anything can."""


class Dependencies(BaseModel):
    """What a service calls now, how those calls fare, and who calls it."""

    service: str
    calls: list[DependencyCall]
    called_by: list[str]


class ProviderStatus(BaseModel):
    """What an external provider says of itself."""

    provider: str
    status: Literal["operational", "degraded", "outage", "unknown"]
    since: datetime | None
    message: str = ""


class DatabaseHealth(BaseModel):
    """Health of the database a service uses; `database` is empty where it uses none, None what is not known."""

    service: str
    database: str
    connections_used: int | None = None
    connections_limit: int | None = None
    slow_queries_per_minute: float | None = None
    usual_slow_queries_per_minute: float | None = None
    replication_lag_seconds: float | None = None
    storage_used: float | None = None
    """Share of the volume."""
    integrity_errors: int | None = None
    waiting_for_locks: int | None = None
    """Sessions that wait for a lock which another one holds."""
    longest_transaction_seconds: float | None = None
    note: str = ""
