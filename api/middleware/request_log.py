"""The request log: every request has an id, a line in the log and a place in the numbers. Never a key."""

import logging
import re
import time
from contextvars import ContextVar
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.health_and_metrics import Metrics

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
        caller = getattr(scope.get("state", {}).get("caller"), "name", "")
        told = {"run": scope.get("path_params", {}).get("run", ""), "caller": caller, "status": status}
        log.info("%s %s %d in %.1f ms", scope["method"], route, status, seconds * 1000, extra=told)
