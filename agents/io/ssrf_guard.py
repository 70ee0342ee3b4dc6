"""Outside addresses: a name is looked up once, what it leads to is checked, and that is what is called."""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

import httpx2

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv4 behind a translator (RFC 6052): the last 32 bits are where it goes."""


class ForbiddenAddress(ValueError):
    """The name leads into a network that is not public: allow it in the catalogue, if it is meant."""


class CheckedAddress(NamedTuple):
    """Where to connect, and whom to ask for there."""

    url: str
    """With the address in the name's place."""
    host: str
    """For the Host header."""
    name: str
    """For TLS: whose certificate it must be."""


async def checked(url: str, allow: Sequence[Network] = ()) -> CheckedAddress:
    """Look a URL's name up and check every address of it. Raises ForbiddenAddress, OSError."""
    asked = httpx2.URL(url)
    port = asked.port or (443 if asked.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(asked.host, port, type=socket.SOCK_STREAM)
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in addresses:
        if not (is_public(address) or any(_within(address, network) for network in allow)):
            raise ForbiddenAddress(f"{asked.host} leads to {address}, which is not public and not allowed")
    return CheckedAddress(str(asked.copy_with(host=str(addresses[0]))), asked.netloc.decode(), asked.host)


def is_public(address: Address) -> bool:
    """Whether an address is one of the internet's, also where it stands for another one."""
    inner = _inside(address)
    if inner is not None and not is_public(inner):
        return False
    return address.is_global and not address.is_multicast


def _inside(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, IPv4Address):
        return None
    if address in TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _within(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network
