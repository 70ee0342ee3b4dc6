"""What senders post, in the shapes that their documentation gives: sender -> name of a case -> body and headers."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from agents.runtime.briefing import Alert
from api.intake.adapters import registry as adapters
from api.intake.parsing.delivery import Delivery


class Case(NamedTuple):
    """One delivery, and what must be read from it."""

    source: str
    name: str
    body: Any
    headers: dict[str, str]
    expected: dict[str, Any]


def cases() -> list[Case]:
    """Every case of the files in payloads/; a case without a body of its own changes that of the first."""
    return [case for path in sorted(HERE.glob("*.json")) for case in _of(path)]


HERE = Path(__file__).parent / "payloads"


def _of(path: Path) -> list[Case]:
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return [Case(path.stem, name, one["body"], one.get("headers", {}), one["expected"]) for name, one in told.items()]


def delivery(body: Any, headers: dict[str, str] | None = None) -> Delivery:
    """A body as its sender would post it; text is posted as it is."""
    sent = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Delivery(sent, headers or {"content-type": "application/json"})


def read_all(source: str, body: Any, headers: dict[str, str] | None = None) -> list[Alert]:
    return adapters.read(source, delivery(body, headers)).alerts


def read(source: str, body: Any, headers: dict[str, str] | None = None) -> Alert:
    """The one alert of a body."""
    (alert,) = read_all(source, body, headers)
    return alert
