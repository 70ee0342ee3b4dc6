"""The body limit: a request that is too large is refused before it is read into memory."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
