"""API keys: who may use the API, and for what; and the sessions that browsers open with them. Only hashes are kept."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel

from agents.io.clock import Clock
from agents.io.outside_text import sanitize
from graphs.store.database import Database, Row, iso

Scope = Literal["alerts", "read", "answer", "admin"]
GRANTS: dict[str, frozenset[Scope]] = {
    "alerts": frozenset({"alerts"}),
    "read": frozenset({"read"}),
    "answer": frozenset({"read", "answer"}),
    "admin": frozenset({"alerts", "read", "answer", "admin"}),
}
"""Scope -> what it allows: alerts sends alerts, read sees the runs, answer decides and tells, admin does everything."""
SESSION = timedelta(hours=12)
"""How long a browser stays logged in: a shift."""
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
    """Requests that may be sent with it in a minute."""
    made_at: datetime
    revoked_at: datetime | None = None
    sender: str = ""
    """The one sender of alerts that it is for; empty: it is for none in particular."""

    @property
    def allows(self) -> frozenset[Scope]:
        """Everything that its scopes allow."""
        return frozenset[Scope]().union(*(GRANTS[scope] for scope in self.scopes))


def _key(row: Row) -> ApiKey:
    return ApiKey.model_validate({**row, "scopes": row["scopes"].split()})


@dataclass(frozen=True)
class HashedKey:
    """A key, and the hash of its secret."""

    key: ApiKey
    hash: str


class KeyRepository:
    """The keys and sessions that are kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, hashed: HashedKey) -> None:
        """Add a key."""
        key = hashed.key
        row = key.model_dump(include={"id", "name", "per_minute", "sender"})
        scopes, made_at = " ".join(key.scopes), iso(key.made_at)
        with self._database.transaction():
            self._database.write("add_key", **row, hash=hashed.hash, scopes=scopes, made_at=made_at)

    def all(self) -> list[ApiKey]:
        """Every key ever made, oldest first."""
        return [_key(row) for row in self._database.many("all_keys")]

    def exist(self) -> bool:
        """Whether a key was ever made."""
        return self._database.one("any_key") is not None

    def senders(self) -> list[str]:
        """The senders for which keys were ever made."""
        return [row["sender"] for row in self._database.many("senders_with_keys")]

    def find_valid(self, key_id: str) -> HashedKey | None:
        """Find a key that was not revoked."""
        row = self._database.one("valid_key", id=key_id)
        return HashedKey(_key(row), row["hash"]) if row else None

    def revoke(self, key_id: str, now: datetime) -> bool:
        """Revoke a key; gives whether there was one to revoke."""
        with self._database.transaction():
            return self._database.write("revoke_key", id=key_id, now=iso(now)) > 0

    def add_session(self, token_hash: str, key_id: str, now: datetime, ends_at: datetime) -> None:
        """Add a session, and remove those whose time is over."""
        with self._database.transaction():
            self._database.write("end_old_sessions", now=iso(now))
            self._database.write("add_session", hash=token_hash, key_id=key_id, ends_at=iso(ends_at))

    def of_session(self, token_hash: str, now: datetime) -> ApiKey | None:
        """Find the key of a session that has not ended; None where it was revoked."""
        row = self._database.one("key_of_session", hash=token_hash, now=iso(now))
        return _key(row) if row else None

    def end_session(self, token_hash: str) -> None:
        """End a session."""
        with self._database.transaction():
            self._database.write("end_session", hash=token_hash)

    def take_from_bucket(self, key: ApiKey) -> float | None:
        """Count a request where several processes count together; gives how many are left, below 0 where none was."""
        database = self._database
        return database.take_from_bucket(key.id, key.per_minute) if database.is_shared else None


class ApiKeys:
    """Makes and revokes keys, recognises their secrets, opens and ends sessions."""

    def __init__(self, keys: KeyRepository, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def create(
        self, name: str, scopes: Iterable[Scope], per_minute: int = PER_MINUTE, sender: str = ""
    ) -> tuple[ApiKey, str]:
        """Make a key; gives it and its secret, which is known to nobody afterwards.

        With a sender, its alerts are taken in that sender's name only; and in that name only with a key that is for it.
        """
        key_id = secrets.token_hex(4)
        secret = f"{PREFIX}_{key_id}_{secrets.token_urlsafe(32)}"
        key = ApiKey(
            id=key_id,
            name=sanitize(name),
            scopes=sorted(set(scopes)),
            per_minute=per_minute,
            made_at=self._clock.now(),
            sender=sender,
        )
        self._keys.add(HashedKey(key, _hash(secret)))
        return key, secret

    def all(self) -> list[ApiKey]:
        """Every key ever made, oldest first."""
        return self._keys.all()

    @property
    def exist(self) -> bool:
        """Whether a key was ever made. Revoking the last key does not open the API to everybody again."""
        return self._keys.exist()

    def senders(self) -> list[str]:
        """The senders for which keys were ever made: revoking the last one gives the name to nobody else."""
        return self._keys.senders()

    def revoke(self, key_id: str) -> None:
        """Revoke a key; it and its sessions are refused from now on. Raises UnknownKey."""
        if not self._keys.revoke(key_id, self._clock.now()):
            raise UnknownKey(key_id)

    def of(self, secret: str) -> ApiKey | None:
        """Find the key that a secret belongs to."""
        if not secret.isascii():
            return None
        _, _, rest = secret.partition("_")
        found = self._keys.find_valid(rest.partition("_")[0])
        return found.key if found and hmac.compare_digest(_hash(secret), found.hash) else None

    def take_from_bucket(self, key: ApiKey) -> float | None:
        """Count a request of a key with all processes; gives how many are left. None: there are no others."""
        return self._keys.take_from_bucket(key)

    def open_session(self, key: ApiKey) -> str:
        """Open a session for a browser; gives the token that its cookie carries."""
        token, now = secrets.token_urlsafe(32), self._clock.now()
        self._keys.add_session(_hash(token), key.id, now, now + SESSION)
        return token

    def of_session(self, token: str) -> ApiKey | None:
        """Find the key that a session was opened with, while it lasts."""
        return self._keys.of_session(_hash(token), self._clock.now()) if token else None

    def end_session(self, token: str) -> None:
        """End a session."""
        self._keys.end_session(_hash(token))


def _hash(secret: str) -> str:
    """Hash a secret. It holds 256 random bits, so it cannot be guessed however fast the hash is."""
    return hashlib.sha256(secret.encode()).hexdigest()
