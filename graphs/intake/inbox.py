"""Deliveries: what alert senders sent, on disk before it is read; an inbox of what was not taken in yet."""

import asyncio
import hashlib
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from agents.io.clock import Clock
from agents.io.outside_text import sanitize
from agents.io.redaction import cleaned, without_secrets
from graphs.model.identity import LOCAL, Proof, told, told_before
from graphs.store.database import Row, Store, iso

MOST_ATTEMPTS = 3
"""So many starts try to take in what an earlier one left."""
PIECE = 512 * 1024
"""Characters that are written at once: some milliseconds' work for a disk."""


class UnknownDelivery(LookupError):
    """No delivery is kept under that name."""


@dataclass(frozen=True)
class Raw:
    """A body as it came: at which sender's door, who it proved to be from, and the headers that say what it is."""

    source: str
    body: bytes
    proof: Proof = LOCAL
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    shown: bytes | None = None
    """The body without its secrets, as whoever read it made it."""

    @cached_property
    def ref(self) -> str:
        """The name it is kept under: the same for the same body from the same sender; another sender's has its own."""
        return hashlib.sha256(f"{self.source}\n{self.proof}\n".encode() + self.body).hexdigest()[:24]

    @cached_property
    def pieces(self) -> list[str]:
        """The body without its secrets, as every database keeps it; that of a large one takes seconds."""
        shown = body_without_secrets(self.body) if self.shown is None else self.shown
        packed = b64encode(zlib.compress(shown, 1)).decode()
        return [packed[start : start + PIECE] for start in range(0, len(packed), PIECE)]


def body_without_secrets(body: bytes) -> bytes:
    """A body of which nothing is known but its bytes, letter by letter, but for its secrets.

    Where characters that nobody sees hide one, they are taken out with it.
    """
    text, encoding = _decoded(body)
    kept, harmless = without_secrets(text), sanitize(text)
    if harmless == text:
        return kept.encode(encoding)
    clean = without_secrets(harmless)
    return (kept if sanitize(kept) == clean else clean).encode(encoding)


def _decoded(body: bytes) -> tuple[str, str]:
    """A body as text, and in which encoding it is one: byte for byte where it is not UTF-8."""
    try:
        return body.decode(), "utf-8"
    except UnicodeDecodeError:
        return body.decode("latin-1"), "latin-1"


class Delivered(NamedTuple):
    """A body, and what is known of it."""

    source: str
    proof: Proof
    size: int
    """Bytes, as it came."""
    body: bytes
    """Without secrets."""
    headers: dict[str, str]
    waits: bool
    """Not all of it was taken in yet."""


class DeliveryInbox:
    """The deliveries of a store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def keep_large(self, raw: Raw) -> str:
        """Keep a large body piece by piece; others get their turn in between."""
        for number, piece in enumerate(raw.pieces[1:], 1):
            with self._store.transaction():
                self._store.write("add_delivery_piece", ref=raw.ref, piece=number, body=piece)
            await asyncio.sleep(0)
        return self.keep(raw)

    def keep(self, raw: Raw) -> str:
        """Keep a body, to be taken in; gives the name it is kept under. The same body sent again is kept once."""
        row = {"ref": raw.ref, "source": raw.source, "size": len(raw.body), "body": raw.pieces[0]}
        proof = {"sender": str(raw.proof), "proof": raw.proof.how}
        headers = json.dumps(cleaned(raw.headers))
        with self._store.transaction():
            self._store.write("add_delivery", **row, **proof, headers=headers, received_at=iso(self._clock.now()))
        return raw.ref

    def note(self, ref: str, taken: int) -> None:
        """Note how many of its alerts were taken in, in the transaction that takes in the last of them."""
        self._store.write("note_taken", ref=ref, taken=taken)

    def finish(self, ref: str) -> None:
        """Note that all of it was taken in, or that there is nothing in it."""
        with self._store.transaction():
            self._store.write("finish_delivery", ref=ref)

    def tidy(self) -> None:
        """Forget the pieces of bodies that a stop kept from being written to their end."""
        with self._store.transaction():
            self._store.write("forget_pieces_of_nothing")

    def waiting(self) -> list[tuple[str, int]]:
        """What a stop has left, oldest first, and how many alerts of each were taken in; each is tried some times."""
        return [(row["ref"], row["taken"]) for row in self._store.many("waiting_deliveries", most=MOST_ATTEMPTS)]

    def attempt(self, ref: str) -> None:
        """Count an attempt at what a stop has left, before it is made."""
        with self._store.transaction():
            self._store.write("count_attempt", ref=ref)

    def find(self, ref: str) -> Delivered:
        """Find a body by its name. Raises UnknownDelivery."""
        row = self._store.one("delivery", ref=ref)
        if row is None:
            raise UnknownDelivery(ref)
        packed = row["body"] + "".join(piece["body"] for piece in self._store.many("delivery_pieces", ref=ref))
        body, headers = zlib.decompress(b64decode(packed)), json.loads(row["headers"])
        return Delivered(row["source"], _proof(row), row["size"], body, headers, bool(row["waits"]))


def _proof(row: Row) -> Proof:
    """Who it proved to be from, also of what was kept before that was written down."""
    if row["sender"]:
        return told(row["sender"], row["proof"])
    return told_before(row["proof"] or "none", row["source"])
