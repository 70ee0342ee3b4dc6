"""Authenticates API keys and browser sessions, and limits requests.

While there is no key, whoever is at this machine needs none."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.params import Depends as DependsOn
from starlette.requests import HTTPConnection

from graphs.model.identity import LOCAL, Proof, by_key
from graphs.store.api_keys import GRANTS, ApiKey, ApiKeys, Scope

COOKIE = "warroom_session"


class Unidentified(Exception):
    """Say who you are: send a key as "Authorization: Bearer KEY", or log in at /login."""


class NotAllowed(Exception):
    """The key may not do this."""


class Nameless(ValueError):
    """by: say who you are"""


@dataclass(frozen=True)
class Caller:
    """Who sends a request, and what they may do."""

    name: str
    """The key's; empty for the person at this machine, who needs none."""
    allows: frozenset[Scope]
    key: ApiKey | None = None

    @property
    def proof(self) -> Proof:
        """Who they prove to be when they send alerts."""
        return by_key(self.key.name, self.key.sender) if self.key else LOCAL

    @property
    def name_is_proven(self) -> bool:
        """Whether a key says who they are; without one, a name is only typed."""
        return self.key is not None

    def named(self, given: str) -> str:
        """Who it is that says something: the key's holder, whatever name is given. Raises Nameless."""
        if not (self.name or given):
            raise Nameless(Nameless.__doc__)
        return self.name or given


PERSON_HERE = Caller("", GRANTS["admin"])
"""Whoever sits at a machine that nobody else can reach, while no key was ever made."""


class TooManyRequests(Exception):
    """A key sends more requests than it may."""

    def __init__(self, key: ApiKey, wait: float, patient: bool) -> None:
        super().__init__(f"{key.name}'s key may send {key.per_minute} requests a minute. Send it again later.")
        self.wait = wait
        """Seconds."""
        self.status = 503 if patient else 429
        """Alert senders give up at 429 and try again at 503."""


class RateLimits:
    """A bucket for each key: it fills up within a minute, and each request takes one out."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._buckets: dict[str, tuple[float, float]] = {}
        """Key -> how much was in its bucket, and when."""

    def count(self, key: ApiKey, patient: bool = False) -> None:
        """Count a request of a key. Raises TooMany."""
        now = self._seconds()
        left, at = self._buckets.get(key.id, (float(key.per_minute), now))
        left = min(key.per_minute, left + (now - at) * key.per_minute / 60)
        if left < 1:
            raise TooManyRequests(key, (1 - left) * 60 / key.per_minute, patient)
        self._buckets[key.id] = (left - 1, now)


@dataclass
class AccessControl:
    """Checks API keys, and whether a request may come without one."""

    keys: ApiKeys
    limits: RateLimits
    local: bool = True
    """Only this machine can reach us."""

    @property
    def is_open(self) -> bool:
        """Whether no key is needed."""
        return self.local and not self.keys.exist

    def count(self, key: ApiKey, patient: bool) -> None:
        """Count a request of a key, with other processes where there are some. Raises TooManyRequests."""
        left = self.keys.take_from_bucket(key)
        if left is None:
            self.limits.count(key, patient)
        elif left < 0:
            raise TooManyRequests(key, -left * 60 / key.per_minute, patient)

    def caller(self, connection: HTTPConnection) -> Caller:
        """Find out who sends a request. Raises Unidentified."""
        sent = connection.headers.get("authorization")
        key = self.keys.of(_secret(sent)) if sent else self.keys.of_session(connection.cookies.get(COOKIE, ""))
        if key:
            return Caller(key.name, key.allows, key)
        if self.is_open:
            return PERSON_HERE
        raise Unidentified("the key is not known, or was revoked" if sent else "no key was sent")


def _secret(authorization: str) -> str:
    """The key in a header: a bearer token, or the password of a sender that knows nothing else."""
    scheme, _, sent = authorization.partition(" ")
    if scheme.lower() != "basic":
        return sent.strip() if scheme.lower() == "bearer" else ""
    try:
        return base64.b64decode(sent.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def admit(connection: HTTPConnection, scope: Scope) -> Caller:
    """Let a request in, and write down whose it is. Raises Unidentified, NotAllowed, TooMany."""
    access: AccessControl = connection.app.state.access
    caller = connection.state.caller = access.caller(connection)
    if caller.key:
        if scope not in caller.allows:
            held = ", ".join(caller.key.scopes)
            raise NotAllowed(f"{caller.name}'s key is for {held}, and this needs {scope}")
        access.count(caller.key, patient=scope == "alerts")
    return caller


@dataclass(frozen=True)
class Needs:
    """What a route needs."""

    scope: Scope

    async def __call__(self, connection: HTTPConnection) -> None:
        """Let the request in. Raises Unidentified, NotAllowed, TooMany."""
        admit(connection, self.scope)


def needs(scope: Scope) -> DependsOn:
    """Make a route, or all routes of a router, need a scope."""
    return DependsOn(Needs(scope))


async def _caller(connection: HTTPConnection) -> Caller:
    return connection.state.caller


TheCaller = Annotated[Caller, Depends(_caller)]
"""Who sends the request. Only for routes that need a scope."""
