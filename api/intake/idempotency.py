"""Receipts: what was answered to a request that may be sent again (Idempotency-Key). They outlive the process."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from fastapi import Header
from pydantic import BaseModel

from agents.io.clock import Clock
from graphs.store.database import Store, iso

KEPT = timedelta(days=7)
IdempotencyKey = Annotated[
    str,
    Header(
        min_length=1,
        max_length=255,
        description="A name for this request: sent again under it, it does nothing anew and is answered the same.",
    ),
]


class KeyUsedBefore(ValueError):
    """This Idempotency-Key came before with another body. Give every request its own."""


class Request(BaseModel):
    """A request that may be sent again."""

    caller: str
    key: str
    body: str

    @property
    def body_hash(self) -> str:
        return hashlib.sha256(self.body.encode()).hexdigest()


def once(store: Store, clock: Clock, request: Request, answer: Callable[[], str]) -> tuple[str, bool]:
    """Answer a request, or give the answer that it got before; what it does and its receipt are on disk together.

    Gives the answer, and whether it was given before. Raises KeyUsedBefore.
    """
    names = {"caller": request.caller, "idempotency_key": request.key}
    with store.transaction():
        kept = store.one("receipt", **names)
        if kept is None:
            now, said = clock.now(), answer()
            store.write("remove_old_receipts", before=iso(now - KEPT))
            store.write("add_receipt", **names, body_hash=request.body_hash, answer=said, at=iso(now))
            return said, False
    if kept["body_hash"] != request.body_hash:
        raise KeyUsedBefore(KeyUsedBefore.__doc__)
    return kept["answer"], True
