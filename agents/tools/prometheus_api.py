"""Prometheus' HTTP API: range queries, and their answers as one value per moment."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import Any, Literal, NamedTuple

import httpx2

from agents.io.clock import Clock, outside
from agents.io.outside_text import read_json
from agents.io.redaction import beginning
from agents.readings.production import Refusal
from agents.tools.http_client import MOST_BYTES, AnswerTooLarge, HttpAnswer, exchange
from agents.tools.port import Unanswered

LONGEST_QUERY = 1000
"""Characters of it that are told: there has to be room for the answer."""

FREE = 2 * 1024 * 1024
"""Bytes of the answer to a query that is none of the catalogue's."""


class Range(NamedTuple):
    """Evenly spaced moments, both ends included."""

    start: datetime
    end: datetime
    step: float

    @property
    def samples(self) -> int:
        return round((self.end - self.start).total_seconds() / self.step) + 1

    def at(self, index: int) -> datetime:
        return self.start + timedelta(seconds=self.step * index)

    def __str__(self) -> str:
        return f"{self.start.isoformat()} to {self.end.isoformat()} every {self.step:g} s"


class LabelledSeries(NamedTuple):
    """One series of an answer."""

    labels: dict[str, str]
    values: list[float | None]
    """One per moment of the range; None where there is no sample or NaN."""

    @property
    def latest(self) -> float | None:
        return self.values[-1]


class PrometheusApi:
    """A Prometheus server, or anything that speaks its HTTP API."""

    def __init__(self, url: str, clock: Clock, seconds: float, bearer_token_file: Path | None = None) -> None:
        self._url = url.rstrip("/")
        self._clock = clock
        self._seconds = seconds
        """How long one query may take."""
        self._bearer_token_file = bearer_token_file

    async def ask(self, queries: Sequence[str], span: Range) -> list[list[LabelledSeries]]:
        """Ask several queries at once; gives the series of each. Raises Unanswered where one of them fails."""

        return await self._exchange(queries, span)

    async def _exchange(self, queries: Sequence[str], span: Range, is_free: bool = False) -> list[list[LabelledSeries]]:
        async def ask_all() -> list[list[LabelledSeries]]:
            async with self._client() as client:
                return await asyncio.gather(*(self._series(client, query, span, is_free) for query in queries))

        return await outside(self._clock, ask_all())

    async def ask_freely(self, query: str, span: Range) -> list[LabelledSeries]:
        """Ask somebody's own query: no longer than the time for it, and no more than 2 MiB are read of its answer."""
        (found,) = await self._exchange([query], span, is_free=True)
        return found

    async def names(self, selector: str, span: Range) -> list[str]:
        """The names of all metrics that a selector finds."""
        asked = {"match[]": selector, "start": span.start.timestamp(), "end": span.end.timestamp()}

        async def ask() -> list[str]:
            async with self._client() as client:
                path = f"{self._url}/api/v1/label/__name__/values"
                request = client.build_request("GET", path, params=asked, headers=self._headers())
                answer = await self._answer(client, request, (selector, span), FREE)
                try:
                    return [str(name) for name in read_json(answer.body)["data"]]
                except (KeyError, TypeError, ValueError) as error:
                    said = f"not Prometheus' JSON: {beginning(answer.text, 500)}"
                    raise self.unanswered("failed", selector, span, said) from error

        return await outside(self._clock, ask())

    def _client(self) -> httpx2.AsyncClient:
        # The environment is read in settings.py only: no proxy is taken from it behind our back.
        transport = httpx2.AsyncHTTPTransport(retries=2, trust_env=False)
        return httpx2.AsyncClient(transport=transport, timeout=self._seconds, trust_env=False)

    def _headers(self) -> dict[str, str]:
        token = self._bearer_token_file
        return {"Authorization": f"Bearer {token.read_text().strip()}"} if token else {}

    async def _series(self, client: httpx2.AsyncClient, query: str, span: Range, is_free: bool) -> list[LabelledSeries]:
        asked = {"query": query, "start": span.start.timestamp(), "end": span.end.timestamp(), "step": span.step}
        if is_free:
            asked["timeout"] = f"{self._seconds:g}"  # seconds: the server gives up too
        request = client.build_request("GET", f"{self._url}/api/v1/query_range", params=asked, headers=self._headers())
        return self._parsed(
            await self._answer(client, request, (query, span), FREE if is_free else MOST_BYTES), query, span
        )

    async def _answer(
        self, client: httpx2.AsyncClient, request: httpx2.Request, asked: tuple[str, Range], most_bytes: int
    ) -> HttpAnswer:
        try:
            answer = await exchange(client, request, self._seconds, most_bytes)
        except (TimeoutError, httpx2.TimeoutException) as error:
            raise self.unanswered("timeout", *asked, f"nothing within {self._seconds:g} s") from error
        except (AnswerTooLarge, httpx2.HTTPError) as error:
            raise self.unanswered("failed", *asked, f"{type(error).__name__}: {error}") from error
        if not answer.is_success:
            raise self.unanswered("failed", *asked, f"HTTP {answer.status}: {answer.text}")
        return answer

    def _parsed(self, answer: HttpAnswer, query: str, span: Range) -> list[LabelledSeries]:
        try:
            series: list[Any] = read_json(answer.body)["data"]["result"]
            return [LabelledSeries(_labels(one.get("metric", {})), _samples(one["values"], span)) for one in series]
        except (KeyError, TypeError, ValueError, IndexError) as error:
            said = f"not Prometheus' JSON: {beginning(answer.text, 500)}"
            raise self.unanswered("failed", query, span, said) from error

    def unanswered(
        self, error: Literal["timeout", "failed", "no data"], query: str, span: Range, answer: str
    ) -> Unanswered:
        said = (
            f"asked {self._url} for {beginning(query, LONGEST_QUERY)} from {span}; answered: {beginning(answer, 500)}"
        )
        return Unanswered(Refusal(error=error, said=beginning(said, 2000)))


def _labels(metric: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in metric.items()}


def _samples(points: list[Any], span: Range) -> list[float | None]:
    """One value per moment of the range; None where there is no sample or NaN."""
    values: list[float | None] = [None] * span.samples
    for at, text in points:
        index = round((float(at) - span.start.timestamp()) / span.step)
        if 0 <= index < span.samples and isfinite(value := float(text)):
            values[index] = value
    return values
