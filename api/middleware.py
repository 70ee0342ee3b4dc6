"""What every request passes: Host header and CSRF checks, body limit, harmless addresses, the disk, the request log."""

import ipaddress
import logging
import re
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agents.io.outside_text import read_form, sanitize
from api.auth.access import COOKIE
from api.health_and_metrics import Metrics
from api.problems import problem
from graphs.store.faults import StoreError

LOOKING = ("GET", "HEAD", "OPTIONS")
THIS_MACHINE = "localhost"
LONGEST_NAME = 300
"""Characters of a Host header; names have 253 at most."""
FOREIGN_HOST = (
    "This is not {host}. A page elsewhere may have sent you here; name the address in WARROOM_PUBLIC_URL or "
    "WARROOM_HOSTS where it is right."
)
FOREIGN_PAGE = "This form does not stand on Warroom's own page. Answer on the run's page."


class HostCheck:
    """Lets nobody in who asks for another name (DNS rebinding), nor forms from other sites' pages."""

    def __init__(self, app: ASGIApp, public_url: str, names: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._public = urlsplit(public_url)
        self._names = {THIS_MACHINE, self._public.hostname, *(name.strip().lower() for name in names)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            host = headers.get("host", "")
            if not self._is_ours(host):
                return await problem(421, FOREIGN_HOST.format(host=host or "nobody"))(scope, receive, send)
            if scope["method"] not in LOOKING and not self._may_change(headers, host):
                return await problem(403, FOREIGN_PAGE)(scope, receive, send)
        await self._app(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        """Addresses cannot be rebound, only names can."""
        name = _name_of(host) if len(host) <= LONGEST_NAME else ""
        return name != "" and (name in self._names or _is_address(name))

    def _may_change(self, headers: Headers, host: str) -> bool:
        """Programs say nothing of where they come from and hold a key; browsers do, and send their cookie unasked."""
        if "authorization" in headers:
            return True
        from_where, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if from_where is not None:
            return from_where in ("same-origin", "none")
        if origin is not None:
            return origin.partition("://")[2] in (host, self._public.netloc)
        return COOKIE not in headers.get("cookie", "")


@lru_cache(maxsize=100)
def _name_of(host: str) -> str:
    """The name in a Host header; empty where there is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


@lru_cache(maxsize=100)
def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


MOST_BYTES = 10 * 1024 * 1024
"""Alertmanager's groups of 10,000 alerts come in bodies of 2.8 MB."""
MOST_ELSEWHERE = 64 * 1024
"""For what people say: it is read on the loop, which serves nobody else meanwhile."""
PLACES = {
    "/v1/alerts": MOST_BYTES,
    "/v1/reports": MOST_BYTES,
    "/v2/enqueue": 512 * 1024,  # as PagerDuty does
    "/v1/slack": 256 * 1024,  # the message with the button comes with each press
}
"""Where more is taken; alerts are read beside the loop."""
DOCUMENT = "/post-mortem"
MOST_OF_A_DOCUMENT = 256 * 1024
"""A form writes a character that is no ASCII as up to twelve bytes."""

MOST_HELD = 256 * 1024 * 1024
"""Bytes of all bodies at once: what thousands of connections may send is more than a machine has."""
AGAIN = {"Retry-After": "5"}
NOT_ON_DISK = "{error} What this request wrote may be lost; send it again."


SERVER_ERROR = 500


class BodyLimit:
    """Counts what is sent, and trusts no declared length."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._held = 0
        """Bytes of all bodies that are in memory now."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        received = 0
        most = next((most for path, most in PLACES.items() if scope["path"].startswith(path)), MOST_ELSEWHERE)
        most = MOST_OF_A_DOCUMENT if scope["path"].endswith(DOCUMENT) else most

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            size = len(message.get("body", b""))
            received += size
            self._held += size
            if received > most:
                raise HTTPException(413, f"The body is larger than {most} bytes. Send it in parts.")
            if self._held > MOST_HELD:
                raise HTTPException(503, "Too many large bodies come at once. Send it again later.", AGAIN)
            return message

        try:
            await self._app(scope, counted, send)
        finally:
            self._held -= received


class HarmlessAddresses:
    """Makes the path and the parameters of every address harmless, before anything reads them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "path": sanitize(scope["path"]), "query_string": _harmless(scope["query_string"])}
        await self._app(scope, receive, send)


def _harmless(query: bytes) -> bytes:
    if not query:
        return query
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    kept = [(sanitize(name), sanitize(text)) for name, text in given]
    return query if kept == given else urlencode(kept).encode()


class OnDisk:
    """Lets no answer out, and no event of a stream, before all that was written is on disk.

    An answer of a known length was made before it begins: what others write between its beginning and its end is not
    in it, and they wait for that themselves.
    """

    def __init__(self, app: ASGIApp, on_disk: Callable[[], Awaitable[None]]) -> None:
        self._app = app
        self._on_disk = on_disk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        promises = has_failed = is_made = False

        async def after_the_disk(message: Message) -> None:
            nonlocal promises, has_failed, is_made
            begins = message["type"] == "http.response.start"
            if begins:
                promises = message["status"] < HTTPStatus.INTERNAL_SERVER_ERROR
                is_made = "content-length" in Headers(raw=list(message.get("headers", [])))
            if has_failed:
                return None
            try:
                if promises and (begins or not is_made):
                    await self._on_disk()
            except StoreError as error:
                if not begins:
                    raise
                has_failed = True
                return await problem(503, NOT_ON_DISK.format(error=error), headers=AGAIN)(scope, receive, send)
            return await send(message)

        await self._app(scope, receive, after_the_disk)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form, also those left empty. Raises NotJson where there are too many."""
    return read_form(await request.body())


REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that is being answered; every line of the log carries it."""
HEADER = "X-Request-ID"
USABLE_ID = re.compile(r"[\w.:/+=@-]{1,128}", re.ASCII)
log = logging.getLogger("warroom.requests")


class RequestLog:
    """Gives each request an id, or keeps the one that it brought; logs it and counts it when it is answered."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        brought, began, status = Headers(scope=scope).get(HEADER, ""), time.monotonic(), 500
        request_id = brought if USABLE_ID.fullmatch(brought) else uuid4().hex
        REQUEST_ID.set(request_id)

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, answered)
        finally:
            self._note(scope, status, time.monotonic() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """The route's pattern stands for the address, for senders may have a key in theirs."""
        route = getattr(scope.get("route"), "path_format", "elsewhere")
        self._metrics.count(scope["method"], route, status, seconds)
        if not log.isEnabledFor(logging.INFO):
            return
        caller = getattr(scope.get("state", {}).get("caller"), "name", "")
        told = {"run": scope.get("path_params", {}).get("run", ""), "caller": caller, "status": status}
        log.info("%s %s %d in %.1f ms", scope["method"], route, status, seconds * 1000, extra=told)
