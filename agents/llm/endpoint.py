"""The model's endpoint: where it is, how it is reached from here, and what keeps it from being asked."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2

from agents.io.credentials import Unsendable, reveal, sendable
from agents.io.outbound import Unroutable, Way, way_to
from agents.io.settings import Settings, variable
from agents.llm.dialect import Dialect

OPENAI = "https://api.openai.com/v1"
SENT_ALONG = ("OPENAI_ORG_ID", "OPENAI_ORGANIZATION", "OPENAI_PROJECT_ID")
"""What the client takes from the environment into its headers by itself."""
NAMED = ("env:", "file:")
"""How a header's value begins that names where a secret stands."""
SECONDS = 5
MANY = httpx2.Limits(max_connections=1000, max_keepalive_connections=100)


class Endpoint(NamedTuple):
    """An endpoint that can be asked."""

    url: str
    key: str
    """Empty where it needs none."""
    way: Way
    headers: dict[str, str] = {}
    """Beside those of every endpoint; their secrets read."""
    query: dict[str, str] = {}


class Answered(NamedTuple):
    """What became of a plain question."""

    status: int | None
    """None where there was no answer."""
    fault: str = ""
    """Why there was none."""


def endpoint_of(settings: Settings, model: str = "") -> Endpoint:
    """Find the endpoint as one model is asked there, by default the strong one, and the way to it.

    Raises Unroutable and Unsendable.
    """
    url, options = settings.openai_base_url or OPENAI, settings.options_of(model or settings.strong_model)
    for name in SENT_ALONG:
        sendable(variable(name) or "", name)
    headers = {name: _header(name, value) for name, value in options.headers.items()}
    return Endpoint(url, sendable(settings.api_key, "OPENAI_API_KEY"), way_to(url), headers, options.query)


def dialect_of(settings: Settings, model: str) -> Dialect:
    """How a model is asked at first; OpenAI itself with a key for its cache of prompts, others where it is set."""
    options = settings.options_of(model)
    is_openai = urlsplit(settings.openai_base_url or OPENAI).hostname == urlsplit(OPENAI).hostname
    return replace(Dialect.of(options), cache_key=is_openai if options.cache_key is None else options.cache_key)


def _header(name: str, value: str) -> str:
    """A header's value, read where it is a secret that is named. Raises Unsendable."""
    if not value.startswith(NAMED):
        return value
    try:
        return sendable(reveal(value), f"the header {name}")
    except OSError as error:
        raise Unsendable(f"the header {name} cannot be sent: {error}") from error


def hindrance(settings: Settings) -> str:
    """Why the model cannot be asked from here, whatever its endpoint does; empty where it can."""
    try:
        for model in (settings.strong_model, settings.quick_model):
            endpoint_of(settings, model)
    except (Unroutable, Unsendable) as error:
        return str(error)
    return ""


def knock(endpoint: Endpoint) -> Answered:
    """Ask an endpoint which models it has: it costs nothing, and shows whether it can be reached."""
    headers = {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
    try:
        with httpx2.Client(**endpoint.way.options(), timeout=SECONDS) as client:
            url, headers = f"{endpoint.url.rstrip('/')}/models", {**headers, **endpoint.headers}
            return Answered(client.get(url, headers=headers, params=endpoint.query).status_code)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        return Answered(None, f"{type(error).__name__}: {error}")


class ConnectionsPerLoop(httpx2.AsyncBaseTransport):
    """Keeps connections apart by the event loop that made them, and closes them with it.

    A client is shared by all event loops of a process, and a connection works in the loop that made it only.
    """

    def __init__(self, proxy: httpx2.Proxy | None, verify: Any) -> None:
        self._proxy, self._verify = proxy, verify
        self._pools: dict[asyncio.AbstractEventLoop, AsyncGenerator[httpx2.AsyncHTTPTransport]] = {}
        self._transports: dict[asyncio.AbstractEventLoop, httpx2.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request over the connections of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._transports:
            self._pools[loop] = self._until_closed(loop)
            await anext(self._pools[loop])
        return await self._transports[loop].handle_async_request(request)

    async def _until_closed(self, loop: asyncio.AbstractEventLoop) -> AsyncGenerator[httpx2.AsyncHTTPTransport]:
        """The loop ends its generators before it is closed: then this one closes the connections."""
        transport = self._transports[loop] = httpx2.AsyncHTTPTransport(
            trust_env=False, proxy=self._proxy, verify=self._verify, limits=MANY
        )
        try:
            yield transport
        finally:
            del self._transports[loop], self._pools[loop]
            await transport.aclose()


@lru_cache(maxsize=8)
def client(way: Way, seconds: float) -> httpx2.AsyncClient:
    """The client that speaks to an endpoint, one for all who go the same way, on whatever event loop."""
    options = way.options()
    connections = ConnectionsPerLoop(options["proxy"], options["verify"])
    return httpx2.AsyncClient(transport=connections, trust_env=False, timeout=patience(seconds), follow_redirects=True)


@lru_cache(maxsize=1)
def client_that_is_not_used() -> httpx2.Client:
    """For calls that block, of which there are none: without it the chat model would make one of its own."""
    return httpx2.Client(trust_env=False)


def patience(seconds: float) -> httpx2.Timeout:
    """How long an answer, and the connection before it, may take."""
    return httpx2.Timeout(seconds, connect=5, pool=2)
