"""Production: what services, machines and browsers measure, log and depend on; and what became of a request."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, Field, field_validator

from agents.io.redaction import beginning


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
    saturation_of: str = ""
    """Of what that is the share, such as "file descriptors", where it is known."""


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
    blocking_session: str = ""
    """The one that holds it, by the name under which it can be ended; empty where that is not known."""
    longest_transaction_seconds: float | None = None
    memory_used: float | None = None
    """Share of the memory that it may use, where it has such a limit."""
    evictions_per_minute: float | None = None
    """Entries that a cache drops to make room."""
    refused_connections_per_minute: float | None = None
    """Because there are as many as it allows."""
    deadlocks_per_minute: float | None = None
    replication_runs: bool | None = None
    note: str = ""


class EndpointCheck(BaseModel):
    """One request to one endpoint."""

    endpoint: str
    ok: bool
    status: int | None
    seconds: float
    usual_seconds: float | None = None
    error: str = ""


class EndpointChecks(BaseModel):
    """Requests to a service's declared endpoints."""

    service: str
    checks: list[EndpointCheck]


class Candidate(BaseModel):
    """A built version that is not in production."""

    service: str
    version: str
    built: bool
    checks: list[EndpointCheck]
    note: str = ""


class Screenshot(BaseModel):
    """A picture of a service's page, kept as evidence."""

    service: str
    address: str
    file: str
    sha256: str
    is_picture: bool
    """False where no browser was at hand and the response was saved in its place."""
    shows: str
    """What can be read on it."""
    looks_healthy: bool


class DataSafety(BaseModel):
    """Whether data is lost, damaged or seen by the wrong people."""

    service: str
    integrity_errors: int
    records_lost: int
    user_records_exposed: int
    suspicious_access: list[str]
    """Audit findings that look like an intruder, in the audit's words."""


class Usage(BaseModel):
    """Users of one service."""

    service: str
    active_users: int
    affected_users: int


class ActionResult(BaseModel):
    """What became of a requested change."""

    done: bool
    detail: str
    reference: str = ""
    """The outside system's own name for it, where it gives one (a version, an address, a ticket)."""


class Refusal(BaseModel):
    """A tool's error: what was asked, over which range, and what was answered."""

    error: Literal["not connected", "no data", "timeout", "failed"]
    said: str = Field(max_length=2000)

    @field_validator("said", mode="before")
    @classmethod
    def is_harmless(cls, said: str) -> str:
        """However little the tool's words are worth: they refuse, and break nothing."""
        return beginning(said, 2000)
