"""Requests with harmless texts, in addresses, JSON bodies and forms. Signatures are checked over bytes as sent."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from agents.io.outside_text import NotJson, read_form, read_json, sanitize


class HarmlessAddresses:
    """Makes the path and the parameters of every address harmless, before anything reads them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "path": sanitize(scope["path"]), "query_string": _harmless(scope["query_string"])}
        await self._app(scope, receive, send)


def _harmless(query: bytes) -> bytes:
    told = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    kept = [(sanitize(name), sanitize(text)) for name, text in told]
    return query if kept == told else urlencode(kept).encode()


class HarmlessBody(APIRoute):
    """A route that takes JSON; every one of them is of this class."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_harmless(request: Request) -> Response:
            return await handle(HarmlessRequest(request.scope, request.receive))

        return handle_harmless


class HarmlessRequest(Request):
    """A request whose JSON has harmless texts, and only numbers that can be kept."""

    async def json(self) -> Any:
        """Read the body. Raises HTTPException where it is not JSON."""
        try:
            return read_json(await self.body())
        except NotJson as error:
            raise HTTPException(400, f"The body is not JSON: {error}.") from error


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form, also those left empty."""
    return read_form(await request.body())
