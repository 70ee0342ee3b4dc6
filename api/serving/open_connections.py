"""The open connections: never more than can be served. Where there is no room, the one that has waited longest goes."""

import ipaddress
import logging
import resource
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

RESERVED = 64
"""Files that stay free at least: for the store, and for the systems that are asked."""
RESERVED_SHARE = 4
"""One file of so many stays free."""
FEWEST = 8
WANTED_FILES = 16_384
"""So many open files are asked for, where the system leaves it to us."""
PREFIX = 64
"""Bits of an IPv6 address that one customer has; the rest they may choose freely."""


log = logging.getLogger("warroom")


@dataclass(frozen=True)
class Bounds:
    """How long a connection may take, and how many there may be."""

    headers_seconds: float = 10
    """For the headers of a request, from its first byte on; of a new connection from its beginning."""
    body_seconds: float = 30
    """For the body, from the end of the headers on."""
    idle_seconds: float = 5
    """Between two requests."""
    stalled_seconds: float = 60
    """Without reading what is sent."""
    per_address: int = 200
    """Connections from one address, but this machine's own: a proxy on it stands for everybody."""
    most: int = 5_000
    """Connections altogether; fewer where fewer files may be open."""


class Guest(Protocol):
    """A connection, as far as it is counted."""

    address: str
    """Whom it counts for; empty: nobody in particular."""

    def send_away(self) -> None:
        """End it at once."""
        ...


class OpenConnections:
    """Counts the connections, and knows which of them wait for a request, or for its end."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self._most = min(bounds.most, room_for_connections())
        self._all: defaultdict[str, set[Guest]] = defaultdict(set)
        """By address."""
        self._waiting: dict[Guest, None] = {}
        """The one that has waited longest first."""
        self.number = 0

    def make_room(self, address: str) -> bool:
        """Whether one more of an address may come; where there is no room, one that waits is sent away for it."""
        of_address = len(self._all.get(address, ()))
        if address and of_address >= self.bounds.per_address:
            log.warning("%s has %d connections open; those that send nothing are ended", address, of_address)
            return self._send_away(guest for guest in self._waiting if guest.address == address)
        if self.number < self._most:
            return True
        log.warning("%d connections are open, and no more can be; those that send nothing are ended", self.number)
        return self.send_one_away()

    def send_one_away(self) -> bool:
        """End the connection that has waited longest; False where none waits."""
        return self._send_away(iter(self._waiting))

    def send_all_away(self) -> None:
        """End every connection that waits."""
        while self.send_one_away():
            pass

    def _send_away(self, waiting: Iterator[Guest]) -> bool:
        longest = next(waiting, None)
        if longest is None:
            return False
        self.leave(longest)
        longest.send_away()
        return True

    def enter(self, guest: Guest) -> None:
        """Count a connection; it waits for its first request."""
        self._all[guest.address].add(guest)
        self.number += 1
        self.wait(guest)

    def wait(self, guest: Guest) -> None:
        """Note that a connection waits for a request, or for its end, from now on."""
        self.work(guest)
        if guest in self._all.get(guest.address, ()):
            self._waiting[guest] = None

    def work(self, guest: Guest) -> None:
        """Note that a connection's request is there and is answered: it is not sent away meanwhile."""
        self._waiting.pop(guest, None)

    def leave(self, guest: Guest) -> None:
        """Note that a connection has ended."""
        self.work(guest)
        here = self._all[guest.address]
        self.number -= guest in here
        here.discard(guest)
        if not here:
            del self._all[guest.address]


def address_of(host: str) -> str:
    """Whom a connection counts for: its address, of IPv6 the network; nobody where it comes from this machine.

    It is the address that the connection itself comes from: what a header says of others anybody can write.
    """
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback:
        return ""
    return str(ipaddress.ip_network((address, PREFIX), strict=False) if address.version == 6 else address)


def room_for_connections() -> int:
    """How many connections leave enough of the files that this process may open."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        return WANTED_FILES
    return max(FEWEST, most - max(RESERVED, most // RESERVED_SHARE))


def allow_more_files() -> None:
    """Let this process open as many files as it wants, or as the system lets it."""
    most, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if allowed == resource.RLIM_INFINITY else min(allowed, WANTED_FILES)
    if most != resource.RLIM_INFINITY and most < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, allowed))
