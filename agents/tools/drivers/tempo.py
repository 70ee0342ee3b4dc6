"""The Tempo driver: traced requests, found by TraceQL and read trace by trace."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from string import Template
from typing import Any, cast
from urllib.parse import quote

from pydantic import BaseModel

from agents.io.clock import Clock
from agents.io.credentials import Credential
from agents.io.settings import settings as surroundings
from agents.io.web_address import WebAddress
from agents.readings.traces import TracedRequests, TraceSearch
from agents.tools.http_client import HttpApi
from agents.tools.spans import MOST_REQUESTS, MOST_TRACES, Span, requests_of

FAILED = ("STATUS_CODE_ERROR", 2, "2")


class TempoSettings(BaseModel, extra="forbid"):
    """A `driver: tempo` entry of the catalogue."""

    driver: str = "tempo"
    url: WebAddress
    name: str = "$service"
    """The service's name in its traces: resource.service.name."""
    tenant: str = ""
    token: Credential | None = None
    seconds: float = 15


class Tempo:
    """Asks Tempo's HTTP API."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = TempoSettings.model_validate(settings)
        self._clock = clock
        self._tempo = HttpApi(self._settings.url, clock, self._settings.seconds)
        self._tempo.with_headers({"Accept": "application/json"}).with_credential("Bearer", self._settings.token)
        if self._settings.tenant:
            self._tempo.with_headers({"X-Scope-OrgID": self._settings.tenant})

    async def traced_requests(self, **asked: Any) -> TracedRequests:
        search = TraceSearch.model_validate(asked)
        window = search.window(self._clock.now(), surroundings().minute_seconds)
        name = Template(self._settings.name).safe_substitute(service=search.service)
        wanted = [f"resource.service.name = {_text(name)}"]
        wanted += [f"name = {_text(search.operation)}"] if search.operation else []
        found, failed = await asyncio.gather(
            self._found(wanted, window), self._found([*wanted, "status = error"], window)
        )
        slowest = sorted(found, key=lambda one: -float(one.get("durationMs", 0)))[:MOST_REQUESTS]
        newest = sorted(failed, key=lambda one: -int(one["startTimeUnixNano"]))[:MOST_REQUESTS]
        ids = dict.fromkeys(str(one["traceID"]) for one in (*slowest, *newest))
        traces = await asyncio.gather(*(self._tempo.get(f"/api/traces/{quote(one, safe='')}") for one in ids))
        spans = [span for id_, trace in zip(ids, traces, strict=True) for span in _spans(id_, trace)]
        looked_at = len({str(one["traceID"]) for one in (*found, *failed)})
        return requests_of(search, window, name, spans).model_copy(update={"looked_at": looked_at})

    async def _found(self, wanted: list[str], window: tuple[datetime, datetime]) -> list[dict[str, Any]]:
        start, end = (int(moment.timestamp()) for moment in window)
        query = "{ " + " && ".join(wanted) + " }"
        answer = await self._tempo.get("/api/search", q=query, start=start, end=end + 1, limit=MOST_TRACES // 2)
        return answer.get("traces") or []


def _spans(trace_id: str, answer: Mapping[str, Any]) -> Iterator[Span]:
    """The spans of a trace in OTLP's JSON, as the first and the second version of the API give it."""
    trace: dict[str, Any] = answer.get("trace", answer)
    batches: list[dict[str, Any]] = trace.get("batches") or trace.get("resourceSpans") or []
    for batch in batches:
        named = _attributes(batch.get("resource", {}))
        scopes: list[dict[str, Any]] = batch.get("scopeSpans") or batch.get("instrumentationLibrarySpans") or []
        for scope in scopes:
            spans: list[dict[str, Any]] = scope.get("spans", [])
            for span in spans:
                start, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
                status: dict[str, Any] = span.get("status") or {}
                yield Span(
                    trace=trace_id,
                    id=str(span["spanId"]),
                    parent=str(span.get("parentSpanId") or ""),
                    service=named.get("service.name", ""),
                    operation=str(span.get("name", "")),
                    at=datetime.fromtimestamp(0, UTC) + timedelta(microseconds=start // 1000),
                    seconds=(end - start) / 1e9,
                    failed=status.get("code") in FAILED,
                    error=str(status.get("message") or _attributes(span).get("exception.message", "")),
                )


def _attributes(of: Mapping[str, Any]) -> dict[str, str]:
    """Names and values; each value stands below the name of its type."""
    found: dict[str, str] = {}
    for one in of.get("attributes", []):
        value = cast(dict[str, Any], one.get("value") or {})
        found[str(one.get("key", ""))] = str(next(iter(value.values()), ""))
    return found


def _text(text: str) -> str:
    """A text as a string of TraceQL."""
    return json.dumps(text, ensure_ascii=False)
