"""The HTTP driver: one real request to each declared address, in production or of a candidate."""

import asyncio
from collections.abc import Mapping
from time import perf_counter
from typing import Any, Literal
from urllib.parse import quote

import httpx2
from pydantic import BaseModel, Field

from agents.io.clock import Clock, outside
from agents.io.redaction import beginning
from agents.io.web_address import WebAddress
from agents.readings.production import Candidate, EndpointCheck, EndpointChecks, Refusal
from agents.tools.port import Unanswered

MOST_READ = 1_000_000
"""Bytes of an answer that are looked at."""


class Endpoint(BaseModel, extra="forbid"):
    """One address and what a good answer of it looks like."""

    url: WebAddress
    name: str = ""
    method: Literal["GET", "HEAD", "OPTIONS"] = "GET"
    """Checks only look."""
    status: int = 200
    contains: str = ""
    usual_seconds: float | None = Field(default=None, gt=0)


class HttpChecksSettings(BaseModel, extra="forbid"):
    """A `driver: http_checks` entry of the catalogue."""

    driver: str = "http_checks"
    endpoints: list[Endpoint] = []
    candidates: list[Endpoint] = []
    """Where a built version answers before it is in production; {version} stands in the address."""
    seconds: float = 10
    """How long one request may take."""


class HttpChecks:
    """Requests what the catalogue declares, and nothing else."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = HttpChecksSettings.model_validate(settings)
        self._clock = clock

    async def check_endpoints(self, service: str) -> EndpointChecks:
        if not self._settings.endpoints:
            raise _undeclared(f"check_endpoints of {service}", "endpoints")
        checks = await outside(self._clock, self._request_all(self._settings.endpoints))
        return EndpointChecks(service=service, checks=checks)

    async def check_candidate(self, service: str, version: str) -> Candidate:
        if not self._settings.candidates:
            raise _undeclared(f"check_candidate of {service} {version}", "candidates")
        named = [_of_version(endpoint, version) for endpoint in self._settings.candidates]
        checks = await outside(self._clock, self._request_all(named))
        answers = any(check.status is not None for check in checks)
        note = "" if answers else "nothing answers at the candidate's addresses"
        return Candidate(service=service, version=version, built=answers, checks=checks, note=note)

    async def _request_all(self, endpoints: list[Endpoint]) -> list[EndpointCheck]:
        # The environment is read in settings.py only: no proxy is taken from it behind our back.
        async with httpx2.AsyncClient(timeout=self._settings.seconds, trust_env=False) as client:
            return await asyncio.gather(*(self._request(client, endpoint) for endpoint in endpoints))

    async def _request(self, client: httpx2.AsyncClient, endpoint: Endpoint) -> EndpointCheck:
        begun = perf_counter()
        status, fault = None, ""
        try:
            async with asyncio.timeout(self._settings.seconds):
                status, body = await _fetch(client, endpoint)
            fault = _fault(endpoint, status, body)
        except (TimeoutError, httpx2.TimeoutException):
            fault = f"nothing within {self._settings.seconds:g} s"
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            fault = f"{type(error).__name__}: {error}"
        return EndpointCheck(
            endpoint=endpoint.name or endpoint.url,
            ok=not fault,
            status=status,
            seconds=round(perf_counter() - begun, 4),
            usual_seconds=endpoint.usual_seconds,
            error=beginning(fault, 500),
        )


async def _fetch(client: httpx2.AsyncClient, endpoint: Endpoint) -> tuple[int, str]:
    async with client.stream(endpoint.method, endpoint.url) as response:
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > MOST_READ:
                break
        return response.status_code, body.decode(errors="replace")


def _fault(endpoint: Endpoint, status: int, body: str) -> str:
    if status != endpoint.status:
        return f"HTTP {status}, not {endpoint.status}: {beginning(body, 200)}"
    if endpoint.contains not in body:
        return f"the answer does not contain {endpoint.contains!r}"
    return ""


def _of_version(endpoint: Endpoint, version: str) -> Endpoint:
    name = f"{endpoint.name or endpoint.url} ({version})"
    return endpoint.model_copy(update={"name": name, "url": endpoint.url.replace("{version}", quote(version, safe=""))})


def _undeclared(asked: str, what: str) -> Unanswered:
    return Unanswered(Refusal(error="not connected", said=f"{asked}: the catalogue declares no {what} to request"))
