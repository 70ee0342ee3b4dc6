"""Deliveries: the bodies of alert senders, kept as they came, so that what was read wrongly can be read again."""

import hashlib
import re
import zlib
from base64 import b64decode, b64encode
from typing import NamedTuple

from agents.clock import Clock
from graphs.store import Store, iso

MOST_KEPT = 1024 * 1024
"""Bytes of one body; the alerts of a longer one are kept all the same."""
SECRETS = re.compile(
    rb'("(?:routing_key|shared_secret|auth_token|token|secret|password)"\s*:\s*")(?:[^"\\]|\\.)*', re.I
)


class UnknownDelivery(LookupError):
    """No delivery is kept under that name."""


class Delivered(NamedTuple):
    """A body, and what is known of it."""

    source: str
    proof: str
    size: int
    """Bytes, as it came."""
    body: bytes
    """Without the sender's secrets, and cut off where it was very long."""


class Deliveries:
    """The deliveries of a store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def keep(self, source: str, body: bytes, proof: str) -> str:
        """Keep a body; gives the name it is kept under. The same body sent again is kept once."""
        ref = hashlib.sha256(f"{source}\n".encode() + body).hexdigest()[:24]
        shown = SECRETS.sub(rb"\1[removed]", body[:MOST_KEPT])
        row = {"ref": ref, "source": source, "proof": proof, "size": len(body), "body": _packed(shown)}
        with self._store.transaction():
            self._store.write("add_delivery", **row, received_at=iso(self._clock.now()))
        return ref

    def find(self, ref: str) -> Delivered:
        """Find a body by its name. Raises UnknownDelivery."""
        row = self._store.one("delivery", ref=ref)
        if row is None:
            raise UnknownDelivery(ref)
        return Delivered(row["source"], row["proof"], row["size"], zlib.decompress(b64decode(row["body"])))


def _packed(body: bytes) -> str:
    """Bytes as every database keeps them."""
    return b64encode(zlib.compress(body, 1)).decode()
