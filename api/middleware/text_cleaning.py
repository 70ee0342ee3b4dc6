"""Requests with harmless texts, in addresses and forms. Signatures are checked over bytes as sent."""

from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from agents.io.outside_text import read_form, sanitize


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


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form, also those left empty. Raises NotJson where there are too many."""
    return read_form(await request.body())
