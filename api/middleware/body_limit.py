"""The body limit: a request that is too large is refused before it is read into memory."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 10 * 1024 * 1024
"""Alertmanager's groups of 10,000 alerts come in bodies of 2.8 MB."""
MOST_ELSEWHERE = 64 * 1024
"""For what people say: it is read on the loop, which serves nobody else meanwhile."""
ALERTS = {"/v1/alerts": MOST_BYTES, "/v1/reports": MOST_BYTES, "/v2/enqueue": 512 * 1024}
"""Where alerts are posted: they are read beside the loop. PagerDuty takes events of 512 KB."""


class BodyLimit:
    """Counts what is sent, and trusts no declared length."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        received = 0
        most = next((most for path, most in ALERTS.items() if scope["path"].startswith(path)), MOST_ELSEWHERE)

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(413, f"The body is larger than {most} bytes. Send it in parts.")
            return message

        await self._app(scope, counted, send)
