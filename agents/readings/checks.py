"""Checks: endpoints requested, pages photographed, data and users counted."""

from pydantic import BaseModel


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
