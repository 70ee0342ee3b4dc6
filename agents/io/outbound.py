"""Outbound: how an address is reached from here: through which proxy, and whose certificates are believed."""

import ssl
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import httpx2

from agents.io.settings import proxy_for, variable
from agents.io.web_address import PORTS, is_of_this_machine


class Unroutable(Exception):
    """An address cannot be reached from here, whatever stands there: it says why."""


class Way(NamedTuple):
    """How an address is reached. An HTTP client is made with its options and takes nothing from the environment."""

    proxy: str = ""
    """Its address; empty: directly."""
    certificates: str = ""
    """The file or folder of those that are believed; empty: this machine's."""
    told: str = "directly"
    """directly, or through which proxy and who named it."""

    def options(self) -> dict[str, Any]:
        """What httpx2's clients are made with. Raises Unroutable where the certificates are gone meanwhile."""
        try:
            trusted = _trusted(self.certificates) if self.certificates else None
        except (OSError, ValueError) as error:
            raise Unroutable(f"the certificates of {self.certificates} can no longer be read") from error
        proxy = httpx2.Proxy(self.proxy, ssl_context=trusted) if self.proxy else None
        return {"trust_env": False, "proxy": proxy, "verify": trusted or True}


def way_to(url: str) -> Way:
    """Find the way to an address. The machine's own are always reached directly. Raises Unroutable."""
    named = None if is_of_this_machine(url) else proxy_for(url)
    proxy, told = _proxy(*named) if named else ("", Way().told)
    speaks_tls = url.startswith("https:") or proxy.startswith("https:")
    return Way(proxy, _certificates() if speaks_tls else "", told)


def _proxy(by: str, said: str) -> tuple[str, str]:
    """Give a proxy's address and what to tell of it; its password is not told."""
    address = said if "://" in said else f"http://{said}"
    try:
        url = httpx2.Proxy(address).url
    except (ValueError, httpx2.InvalidURL) as error:
        raise Unroutable(f"{by} is not the address of a proxy that can be used") from error
    if not url.host or (url.port is not None and url.port not in PORTS):
        raise Unroutable(f"{by} is not the address of a proxy that can be used")
    if url.scheme.startswith("socks") and find_spec("socksio") is None:
        raise Unroutable(f"{by} names a SOCKS proxy, which needs another package: pip install socksio")
    return address, f"through the proxy {url.scheme}://{url.netloc.decode()} ({by})"


def _certificates() -> str:
    """The file or folder of certificates that the environment names, the file first; empty where it names none."""
    for by in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if place := variable(by):
            if not Path(place).exists():
                raise Unroutable(f"{by} names {place}, which is not there")
            try:
                _trusted(place)
            except (OSError, ValueError) as error:
                raise Unroutable(f"{by} names {place}, which cannot be read as certificates") from error
            return place
    return ""


def _trusted(place: str) -> ssl.SSLContext:
    """Believe the certificates of a file or folder, and no others. Raises OSError, ValueError."""
    if Path(place).is_dir():
        return ssl.create_default_context(capath=place)
    return ssl.create_default_context(cafile=place)
