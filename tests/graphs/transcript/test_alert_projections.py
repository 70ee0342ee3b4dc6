"""Alerts as facts of a run."""

from datetime import UTC, datetime, timedelta
from typing import Any

from graphs.transcript.event import Event
from graphs.transcript.projections import fold

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def alert(number: int, service: str, title: str, status: str = "firing", source: str = "grafana") -> Event:
    body = {"title": title, "service": service, "status": status, "source": source}
    payload: dict[str, Any] = {"run": "r", "service": service, "minute_seconds": 60.0, "revenue_limit": 0.0}
    told: dict[str, Any] = {"lane": "main", "role": "", "duty": "", "rows": [], "ref": str(number), "key": str(number)}
    at = NOON + timedelta(minutes=number)
    return Event(seq=number, at=at, kind="alert", payload={**payload, "alert": body, "why": ""}, **told)


def test_the_first_alert_of_monitoring_about_each_service_is_kept_with_its_minute() -> None:
    came = [
        alert(0, "shop", "Nobody can pay", source="user report"),
        alert(1, "shop", "Errors"),
        alert(2, "redis", "Redis is down"),
        alert(3, "shop", "Slow"),
        alert(4, "db", "Full", "resolved"),
    ]
    found = fold(came).ledger.alerted
    assert {name: (one.what, one.at) for name, one in found.items()} == {
        "shop": ("Errors", NOON + timedelta(minutes=1)),
        "redis": ("Redis is down", NOON + timedelta(minutes=2)),
    }
