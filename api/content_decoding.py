"""Compressed bodies: gzip and deflate are unpacked piece by piece; any other encoding is refused by its name."""

import zlib
from collections.abc import Callable
from typing import Any

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PIECE = 64 * 1024
"""Bytes that are unpacked at once, so that what is larger than is taken is refused before it is in memory."""
GZIP, ZLIB, RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
PLAIN = frozenset({"", "identity"})
ENCODINGS = {"gzip": GZIP, "x-gzip": GZIP, "deflate": ZLIB}
GONE_AFTERWARDS = (b"content-encoding", b"content-length")


class ContentDecoding:
    """Unpacks bodies before anything reads or counts them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        encoding = Headers(scope=scope).get("content-encoding", "").strip().lower() if scope["type"] == "http" else ""
        if encoding in PLAIN:
            return await self._app(scope, receive, send)
        headers = [(name, said) for name, said in scope["headers"] if name not in GONE_AFTERWARDS]
        unpacked = _Unpacked(receive, encoding).receive if encoding in ENCODINGS else _refusing(encoding)
        return await self._app({**scope, "headers": headers}, unpacked, send)


def _refusing(encoding: str) -> Callable[[], Any]:
    """Refuse a body once it is asked for; whoever has no key is refused before."""

    async def receive() -> Message:
        raise HTTPException(
            415,
            f"Bodies with Content-Encoding {encoding[:100]} are not read. Send gzip, deflate, or no encoding.",
            {"Accept-Encoding": "gzip, deflate"},
        )

    return receive


class _Unpacked:
    """A body that is unpacked while it comes in."""

    def __init__(self, receive: Receive, encoding: str) -> None:
        self._receive = receive
        self._encoding = encoding
        self._unpacking = zlib.decompressobj(ENCODINGS[encoding])
        self._packed = b""
        self._has_begun = False
        self._is_whole = False

    async def receive(self) -> Message:
        """Give the next piece."""
        while not self._packed and not self._is_whole:
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            self._packed = message.get("body", b"")
            self._is_whole = not message.get("more_body", False)
        piece = self._unpack()
        more = bool(self._packed) or not self._is_whole
        if not more and not self._unpacking.eof:
            raise HTTPException(400, f"The body is no whole {self._encoding}.")
        return {"type": "http.request", "body": piece, "more_body": more}

    def _unpack(self) -> bytes:
        """Unpack a piece; `deflate` comes with a header from some senders, and without one from others."""
        packed = self._packed
        try:
            piece = self._unpacking.decompress(packed, PIECE)
        except zlib.error as error:
            if self._encoding != "deflate" or self._has_begun:
                raise HTTPException(400, f"The body is not {self._encoding}: {error}.") from error
            self._has_begun, self._unpacking = True, zlib.decompressobj(RAW)
            return self._unpack()
        self._has_begun = True
        self._packed = b"" if self._unpacking.eof else self._unpacking.unconsumed_tail
        return piece
