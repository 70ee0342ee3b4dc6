"""Web addresses: of systems, endpoints and pages, checked where they are written down."""

import socket
from ipaddress import IPv6Address, ip_address
from typing import Annotated
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
