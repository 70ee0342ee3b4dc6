"""The body limit: a request that is too large is refused before it is read into memory."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 10 * 1024 * 1024
"""Alertmanager's groups of 10,000 alerts come in bodies of 2.8 MB."""


class BodyLimit:
    """Counts what is sent, and trusts no declared length."""

    def __init__(self, app: ASGIApp, most: int = MOST_BYTES) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._most:
                raise HTTPException(413, f"The body is larger than {self._most} bytes. Send it in parts.")
            return message

        await self._app(scope, counted, send)
