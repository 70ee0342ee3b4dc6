"""Keys: who may come in, and what they may do there. The store keeps their hashes only."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel

from agents.io.clock import Clock
from agents.io.outside_text import sanitize
from graphs.store.database import Row, Store, iso

Scope = Literal["alerts", "read", "answer", "admin"]
GRANTS: dict[str, frozenset[Scope]] = {
    "alerts": frozenset({"alerts"}),
    "read": frozenset({"read"}),
    "answer": frozenset({"read", "answer"}),
    "admin": frozenset({"alerts", "read", "answer", "admin"}),
}
"""Scope -> what it allows: alerts sends alerts, read sees the runs, answer decides and tells, admin does everything."""
SESSION = timedelta(hours=12)
"""A shift."""
PER_MINUTE = 6000
"""Requests that a key may send in a minute, unless it was made with another number."""
PREFIX = "warroom"


class UnknownKey(LookupError):
    """There is no such key, or it was revoked before."""


class ApiKey(BaseModel):
    """A key, without its secret."""

    id: str
    name: str
    """Who holds it: decisions made with it carry this name."""
    scopes: list[Scope]
    per_minute: int
    made_at: datetime
    revoked_at: datetime | None = None
    sender: str = ""
    """The one sender of alerts that it is for; empty: it is for none in particular."""

    @property
    def allows(self) -> frozenset[Scope]:
        """Everything that its scopes allow."""
        return frozenset[Scope]().union(*(GRANTS[scope] for scope in self.scopes))


def _hash(secret: str) -> str:
    """A key holds 256 random bits: nobody guesses it, however fast the hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: Row) -> ApiKey:
    return ApiKey.model_validate({**row, "scopes": row["scopes"].split()})


class ApiKeys:
    """The keys of a store, and the sessions that were opened with them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create(
        self, name: str, scopes: Iterable[Scope], per_minute: int = PER_MINUTE, sender: str = ""
    ) -> tuple[ApiKey, str]:
        """Make a key; gives it and its secret, which is known to nobody afterwards.

        With a sender, its alerts are taken in that sender's name only; and in that name only with a key that is for it.
        """
        key_id = secrets.token_hex(4)
        secret = f"{PREFIX}_{key_id}_{secrets.token_urlsafe(32)}"
        name, made_at, told = sanitize(name), self._clock.now(), sorted(set(scopes))
        row = {"id": key_id, "name": name, "per_minute": per_minute, "made_at": iso(made_at), "sender": sender}
        with self._store.transaction():
            self._store.write("add_key", **row, hash=_hash(secret), scopes=" ".join(told))
        return ApiKey(id=key_id, name=name, scopes=told, per_minute=per_minute, made_at=made_at, sender=sender), secret

    def all(self) -> list[ApiKey]:
        """Every key ever made, oldest first."""
        return [_key(row) for row in self._store.many("all_keys")]

    @property
    def exist(self) -> bool:
        """Whether a key was ever made: revoking the last one opens no door."""
        return self._store.one("any_key") is not None

    def senders(self) -> list[str]:
        """The senders for which keys were ever made: revoking the last one gives the name to nobody else."""
        return [row["sender"] for row in self._store.many("senders_with_keys")]

    def revoke(self, key_id: str) -> None:
        """Let a key and its sessions open nothing any more. Raises UnknownKey."""
        with self._store.transaction():
            if not self._store.write("revoke_key", id=key_id, now=iso(self._clock.now())):
                raise UnknownKey(key_id)

    def of(self, secret: str) -> ApiKey | None:
        """Find the key that a secret belongs to."""
        if not secret.isascii():
            return None
        _, _, rest = secret.partition("_")
        row = self._store.one("standing_key", id=rest.partition("_")[0])
        right = row is not None and hmac.compare_digest(_hash(secret), row["hash"])
        return _key(row) if row and right else None

    def open_session(self, key: ApiKey) -> str:
        """Open a session for a browser; gives the token that its cookie carries."""
        token, now = secrets.token_urlsafe(32), self._clock.now()
        with self._store.transaction():
            self._store.write("end_old_sessions", now=iso(now))
            self._store.write("add_session", hash=_hash(token), key_id=key.id, ends_at=iso(now + SESSION))
        return token

    def of_session(self, token: str) -> ApiKey | None:
        """Find the key that a session was opened with, while it lasts."""
        row = self._store.one("key_of_session", hash=_hash(token), now=iso(self._clock.now()))
        return _key(row) if row else None

    def end_session(self, token: str) -> None:
        """End a session."""
        with self._store.transaction():
            self._store.write("end_session", hash=_hash(token))
