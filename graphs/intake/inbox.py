"""What came in: bodies of alert senders, on disk before they are read, and answers to requests that may come again."""

import asyncio
import hashlib
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from agents.io.clock import Clock
from agents.io.outside_text import sanitize
from agents.io.redaction import cleaned, without_secrets
from graphs.model.identity import LOCAL, Proof, told, told_before
from graphs.store.inbox import DeliveryRow, NewDelivery, ReceiptRow, WaitingDelivery
from graphs.store.store import Store

MOST_ATTEMPTS = 3
"""So many starts try to take in what an earlier process left."""
PIECE = 512 * 1024
"""Characters that are written at once: some milliseconds' work for a disk."""
UNDER_WAY = timedelta(minutes=1)
"""So long after a body came, the process that it came to may still take it in."""
RECEIPTS_KEPT = timedelta(days=7)


class UnknownDelivery(LookupError):
    """No delivery is kept under that name."""


class TakenInElsewhere(Exception):
    """Somebody else takes in the same body: another process, or whoever it was sent to again."""


class KeyUsedBefore(ValueError):
    """This Idempotency-Key came before with another body. Give every request its own."""


@dataclass(frozen=True)
class RawDelivery:
    """A body as it came: at which sender's endpoint, who it proved to be from, and the headers that say what it is."""

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


class StoredDelivery(NamedTuple):
    """A body that is kept, and what is known of it."""

    source: str
    proof: Proof
    size: int
    """Bytes, as it came."""
    body: bytes
    """Without secrets."""
    headers: dict[str, str]
    waits: bool
    """Not all of it was taken in yet."""


@dataclass(frozen=True)
class RepeatableRequest:
    """A request that may be sent again under the same key."""

    caller: str
    key: str
    body: str

    @property
    def body_hash(self) -> str:
        return hashlib.sha256(self.body.encode()).hexdigest()


class DeliveryInbox:
    """The deliveries that are kept, and the requests that were answered."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._deliveries = store.deliveries
        self._clock = clock

    def transaction(self) -> AbstractContextManager[None]:
        """Have all that is taken in within the block on disk together, or none of it. No await may be in it."""
        return self._store.transaction()

    async def keep_large(self, raw: RawDelivery) -> str:
        """Keep a large body piece by piece; others get their turn in between.

        Where several processes write, that would stop nobody else: there it is one transaction with a name of its own,
        and a process that dies in it leaves no pieces.
        """
        if self._store.is_shared:
            with self._store.transaction(raw.ref):
                for number, piece in enumerate(raw.pieces[1:], 1):
                    self._deliveries.add_piece(raw.ref, number, piece)
                self._add(raw)
            return raw.ref
        for number, piece in enumerate(raw.pieces[1:], 1):
            with self._store.transaction():
                self._deliveries.add_piece(raw.ref, number, piece)
            await asyncio.sleep(0)
        return self.keep(raw)

    def keep(self, raw: RawDelivery, waits: bool = True) -> str:
        """Keep a body, to be taken in; gives the name it is kept under. The same body sent again is kept once.

        One that does not wait is taken in, to its end, in the same transaction.
        """
        with self._store.transaction():
            self._add(raw, waits)
        return raw.ref

    def _add(self, raw: RawDelivery, waits: bool = True) -> None:
        delivery = NewDelivery(
            ref=raw.ref,
            source=raw.source,
            sender=str(raw.proof),
            proof=raw.proof.how,
            size=len(raw.body),
            body=raw.pieces[0],
            headers=cleaned(raw.headers),
            waits=waits,
        )
        self._deliveries.add(delivery, self._clock.now())

    def note_heartbeat(self, source: str) -> None:
        """Note that a sender has reported in."""
        self._store.heartbeats.note(source, self._clock.now())

    def last_heartbeat(self, source: str) -> datetime | None:
        """When a sender last reported in; None where it never did."""
        return self._store.heartbeats.last(source)

    def require_taken(self, ref: str, taken: int) -> None:
        """Raise TakenInElsewhere unless so many of its alerts were taken in; ask it before taking in more."""
        if self._deliveries.taken(ref) != taken:
            raise TakenInElsewhere(ref)

    def note_taken(self, ref: str, taken: int) -> None:
        """Note how many of its alerts were taken in, in the transaction that takes in the last of them."""
        self._deliveries.note_taken(ref, taken)

    def finish(self, ref: str) -> None:
        """Note that all of it was taken in, or that there is nothing in it."""
        with self._store.transaction():
            self._deliveries.finish(ref)

    def delete_unfinished_pieces(self) -> None:
        """Delete the pieces of bodies that a stop kept from being written to their end."""
        with self._store.transaction():
            self._deliveries.delete_unfinished_pieces()

    def waiting(self) -> list[WaitingDelivery]:
        """What an earlier process left, oldest first; each is tried only a few times.

        Where several processes take in, what came just now may be under way in one of them.
        """
        if self._store.is_shared:
            return self._deliveries.waiting(MOST_ATTEMPTS, self._clock.now() - UNDER_WAY)
        return self._deliveries.waiting(MOST_ATTEMPTS)

    def count_attempt(self, ref: str) -> None:
        """Count an attempt to take in what an earlier process left, before it is made."""
        with self._store.transaction():
            self._deliveries.count_attempt(ref)

    def take_back_attempt(self, ref: str) -> None:
        """Count an attempt no longer that the body itself was not to blame for."""
        with self._store.transaction():
            self._deliveries.take_back_attempt(ref)

    def find(self, ref: str) -> StoredDelivery:
        """Find a body by its name. Raises UnknownDelivery."""
        row = self._deliveries.find(ref)
        if row is None:
            raise UnknownDelivery(ref)
        body = zlib.decompress(b64decode(row.body))
        return StoredDelivery(row.source, _proof(row), row.size, body, row.headers, row.waits)

    def answer_once(self, request: RepeatableRequest, answer: Callable[[], str]) -> tuple[str, bool]:
        """Answer a request, or give the answer that it got before; what it does is on disk together with the answer.

        Gives the answer, and whether it was given before. Raises KeyUsedBefore.
        """
        receipts = self._store.receipts
        with self._store.transaction():
            before = receipts.find(request.caller, request.key)
            if before is None:
                now, text = self._clock.now(), answer()
                receipts.remove_before(now - RECEIPTS_KEPT)
                receipts.add(request.caller, request.key, ReceiptRow(request.body_hash, text), now)
                return text, False
        if before.body_hash != request.body_hash:
            raise KeyUsedBefore(KeyUsedBefore.__doc__)
        return before.answer, True


def _proof(row: DeliveryRow) -> Proof:
    """Who it proved to be from, also of what was kept before that was written down."""
    if row.sender:
        return told(row.sender, row.proof)
    return told_before(row.proof or "none", row.source)
