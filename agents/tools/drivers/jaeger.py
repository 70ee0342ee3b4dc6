"""The Jaeger driver: traced requests, by its query service's HTTP API."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from string import Template
from typing import Any

from pydantic import BaseModel

from agents.io.clock import Clock
from agents.io.credentials import Credential
from agents.io.settings import settings as surroundings
from agents.io.web_address import WebAddress
from agents.readings.traces import TracedRequests, TraceSearch
from agents.tools.http_client import HttpApi
from agents.tools.spans import MOST_TRACES, Span, requests_of

FAILED = {"true", "True", "1", "error"}
ERROR_TEXTS = ("otel.status_description", "error.message", "exception.message", "message")
"""Tags that may say why a span failed."""


class JaegerSettings(BaseModel, extra="forbid"):
    """A `driver: jaeger` entry of the catalogue."""

    driver: str = "jaeger"
    url: WebAddress
    """Of the query service, such as http://127.0.0.1:16686."""
    name: str = "$service"
    """The service's name in its traces."""
    token: Credential | None = None
    seconds: float = 15


class Jaeger:
    """Asks Jaeger's query service."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = JaegerSettings.model_validate(settings)
        self._clock = clock
        self._jaeger = HttpApi(self._settings.url, clock, self._settings.seconds)
        self._jaeger.with_credential("Bearer", self._settings.token)

    async def traced_requests(self, **asked: Any) -> TracedRequests:
        search = TraceSearch.model_validate(asked)
        window = search.window(self._clock.now(), surroundings().minute_seconds)
        name = Template(self._settings.name).safe_substitute(service=search.service)
        about = {"service": name, "operation": search.operation or None, "limit": MOST_TRACES // 2}
        about |= {"start": _microseconds(window[0]), "end": _microseconds(window[1])}
        answers = await asyncio.gather(
            self._jaeger.get("/api/traces", **about),
            self._jaeger.get("/api/traces", **about, tags=json.dumps({"error": "true"})),
        )
        spans = [span for answer in answers for trace in answer["data"] for span in _spans(trace)]
        return requests_of(search, window, name, spans)


def _spans(trace: Mapping[str, Any]) -> Iterator[Span]:
    names = {name: str(process["serviceName"]) for name, process in trace["processes"].items()}
    for span in trace["spans"]:
        tags = {str(tag["key"]): str(tag["value"]) for tag in span.get("tags", [])}
        called_by = [one["spanID"] for one in span.get("references", []) if one.get("refType") == "CHILD_OF"]
        yield Span(
            trace=str(span["traceID"]),
            id=str(span["spanID"]),
            parent=str(called_by[0]) if called_by else "",
            service=names.get(span["processID"], ""),
            operation=str(span["operationName"]),
            at=datetime.fromtimestamp(0, UTC) + timedelta(microseconds=float(span["startTime"])),
            seconds=float(span["duration"]) / 1e6,
            failed=tags.get("error", "") in FAILED or tags.get("otel.status_code") == "ERROR",
            error=next((tags[name] for name in ERROR_TEXTS if tags.get(name)), ""),
        )


def _microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)
