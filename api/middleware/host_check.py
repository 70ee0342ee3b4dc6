"""Hosts: a request has to mean us, and one that a browser sends in a person's name has to come from our own page."""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth.access import COOKIE
from api.problems import problem

LOOKING = ("GET", "HEAD", "OPTIONS")
THIS_MACHINE = "localhost"
FOREIGN_HOST = (
    "This is not {host}. A page elsewhere may have sent you here; name the address in WARROOM_PUBLIC_URL or "
    "WARROOM_HOSTS where it is right."
)
FOREIGN_PAGE = "This form does not stand on Warroom's own page. Answer on the run's page."


class HostCheck:
    """Lets nobody in who asks for another name (DNS rebinding), nor forms from other sites' pages."""

    def __init__(self, app: ASGIApp, public_url: str, names: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._public = urlsplit(public_url)
        self._names = {THIS_MACHINE, self._public.hostname, *(name.strip().lower() for name in names)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            host = headers.get("host", "")
            if not self._is_ours(host):
                return await problem(421, FOREIGN_HOST.format(host=host or "nobody"))(scope, receive, send)
            if scope["method"] not in LOOKING and not self._may_change(headers, host):
                return await problem(403, FOREIGN_PAGE)(scope, receive, send)
        await self._app(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        """Addresses cannot be rebound, only names can."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name != "" and (name in self._names or _is_address(name))

    def _may_change(self, headers: Headers, host: str) -> bool:
        """Programs say nothing of where they come from and hold a key; browsers do, and send their cookie unasked."""
        if "authorization" in headers:
            return True
        from_where, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if from_where is not None:
            return from_where in ("same-origin", "none")
        if origin is not None:
            return origin.partition("://")[2] in (host, self._public.netloc)
        return COOKIE not in headers.get("cookie", "")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
