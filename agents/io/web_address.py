"""Web addresses: checked where they are written down, and against internal targets (SSRF) when they are called."""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

import httpx2
from pydantic import AfterValidator

PORTS = range(1, 65536)
EXPECTED = "expected an address such as https://host.example:8080/path"


def web_address(text: str) -> str:
    """Give an address back that can be called, without the blanks around it. Raises ValueError."""
    address = text.strip()
    if not address.isprintable() or " " in address:
        raise ValueError(f"{EXPECTED}, without blanks and control characters")
    try:
        parts = httpx2.URL(address)
        host = parts.raw_host.decode().encode("idna")  # a resolver is stricter on the length of names
    except (httpx2.InvalidURL, UnicodeError) as error:
        raise ValueError(EXPECTED) from error
    if parts.scheme not in ("http", "https") or not host or (parts.port is not None and parts.port not in PORTS):
        raise ValueError(EXPECTED)
    return address


WebAddress = Annotated[str, AfterValidator(web_address)]


def is_of_this_machine(address: str) -> bool:
    """Whether an address is one of the machine's own: a loopback address in whatever spelling, or localhost."""
    host = (urlsplit(address).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        meant = ip_address(host)
    except ValueError:
        return _is_number_of_this_machine(host)
    inner = meant.ipv4_mapped if isinstance(meant, IPv6Address) else None
    return (inner or meant).is_loopback or (inner or meant).is_unspecified


def _is_number_of_this_machine(host: str) -> bool:
    """Names such as 127.1 and 0x7f000001 are numbers to whoever connects, and no names."""
    try:
        number = socket.inet_aton(host)
    except (OSError, UnicodeError):
        return False
    return number[0] == 127 or number == bytes(4)


Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
# The lists are ours, after IANA's registries of special-purpose addresses: what Python calls global changes with
# its version. Refusing a network that could be reached costs a line in the catalogue; the reverse cannot be mended.
NOT_PUBLIC: tuple[Network, ...] = tuple(
    ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "2001::/23",  # protocol assignments: Teredo, benchmarks and others
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which leads to the IPv4 address inside
        "3fff::/20",  # documentation
    )
)
UNICAST = IPv6Network("2000::/3")
"""All of IPv6 that is handed out to the internet; local, site-local, multicast and all other kinds are outside it."""
TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv4 behind a translator (RFC 6052): the last 32 bits are where it goes."""
METADATA: tuple[Network, ...] = tuple(
    ip_network(address)
    for address in (
        *("169.254.169.254", "169.254.170.2", "169.254.42.42", "fd00:ec2::254", "fd00:42::42", "fd20:ce::254"),
        *("100.100.100.200", "168.63.129.16", "192.0.0.192"),
    )
)
"""Where clouds answer a machine's questions about itself, its credentials among them. One of them looks public."""


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
    """Look a URL's name up and check every address of it. Raises ForbiddenAddress, OSError, UnicodeError."""
    asked = httpx2.URL(url)
    name = asked.raw_host.decode()
    port = asked.port or (443 if asked.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in addresses:
        if not (is_public(address) or is_allowed(address, allow)):
            raise ForbiddenAddress(f"{name} leads to {address}, which is not public and not allowed")
    return CheckedAddress(str(asked.copy_with(host=str(addresses[0]))), asked.netloc.decode(), name)


def is_public(address: Address) -> bool:
    """Whether an address is one of the internet's, also where it stands for another one."""
    address = _meant(address)
    if isinstance(address, IPv6Address) and address in TRANSLATED:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    if isinstance(address, IPv6Address) and address not in UNICAST:
        return False
    return not any(_within(address, network) for network in (*NOT_PUBLIC, *METADATA))


def is_allowed(address: Address, allow: Sequence[Network]) -> bool:
    """Whether one of the networks allows an address; a cloud's metadata has to be named by itself."""
    address = _meant(address)
    tells = any(_within(each, network) for each in (address, *_inside(address)) for network in METADATA)
    return any(_within(address, network) for network in allow if network.num_addresses == 1 or not tells)


def _meant(address: Address) -> Address:
    """The address that is called: ::ffff:10.0.0.1 is another way to write 10.0.0.1."""
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _inside(address: Address) -> list[IPv4Address]:
    """The IPv4 address to which a translator or 6to4 leads."""
    if isinstance(address, IPv4Address):
        return []
    translated = [IPv4Address(int(address) & 0xFFFFFFFF)] if address in TRANSLATED else []
    return [*translated, *([address.sixtofour] if address.sixtofour else [])]


def _within(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network
