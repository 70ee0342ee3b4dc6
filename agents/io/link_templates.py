"""Link templates: addresses of dashboards, logs and traces with placeholders for a service and a stretch of time."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import AfterValidator

from agents.io.web_address import web_address

LinkKind = Literal["dashboard", "logs", "traces"]
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
HOST = re.compile(r"\s*[^/?#]*//[^/?#]*")
"""The scheme and the host, up to the path."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNITS = {"_s": timedelta(seconds=1), "_ms": timedelta(milliseconds=1), "_us": timedelta(microseconds=1)}
"""End of a placeholder -> what it counts since 1970; without one, the time is written after ISO 8601, in UTC."""


def fill(template: str, service: str, start: datetime, end: datetime) -> str:
    """Put a service and a stretch of time into the template of a link."""
    values = _values(service, start, end)
    return PLACEHOLDER.sub(lambda found: quote(values[found[1]], safe=""), template)


def link_template(text: str) -> str:
    """Give back a template that makes an address. Raises ValueError."""
    known = _values("service", EPOCH, EPOCH)
    if unknown := [name for name in PLACEHOLDER.findall(text) if name not in known]:
        raise ValueError(f"{{{unknown[0]}}} is no placeholder; there are {', '.join(f'{{{name}}}' for name in known)}")
    host = HOST.match(text)
    if host and PLACEHOLDER.search(host[0]):
        raise ValueError("a placeholder may stand in the path, the query and the fragment, not in the host")
    if host and "@" in host[0]:
        raise ValueError("everybody who reads the page sees this address: leave out the user and the password")
    web_address(fill(text, "service", EPOCH, EPOCH))
    return text.strip()


LinkTemplate = Annotated[str, AfterValidator(link_template)]


def _values(service: str, start: datetime, end: datetime) -> Mapping[str, str]:
    times = {"from": start.astimezone(UTC), "to": end.astimezone(UTC)}
    written = {name: f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in times.items()}
    counted = {f"{name}{unit}": str((at - EPOCH) // step) for name, at in times.items() for unit, step in UNITS.items()}
    return {"service": service, **written, **counted}
