"""Keys and signatures, as senders show them."""

import base64
import hashlib
import hmac

import httpx2
from fastapi import FastAPI

from graphs.intake.incident_service import IncidentService
from graphs.store.api_keys import ApiKeys

SECRET = "the secret of a sender"


def at(app: FastAPI) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1")


def bearer(keys: ApiKeys, name: str, sender: str = "") -> dict[str, str]:
    return {"Authorization": f"Bearer {keys.create(name, ['alerts'], sender=sender)[1]}"}


def source_of(incidents: IncidentService, answer: httpx2.Response) -> tuple[str, str]:
    alert = incidents.facts(answer.json()["runs"][0]["id"]).alert
    assert alert
    return alert.source, alert.sender


def is_over(incidents: IncidentService, started: httpx2.Response) -> bool:
    return incidents.facts(started.json()["runs"][0]["id"]).alert_resolved


def signed(incidents: IncidentService, body: bytes) -> dict[str, str]:
    """As Standard Webhooks does."""
    at = f"{incidents.deps.clock.now().timestamp():.0f}"
    mac = hmac.new(SECRET.encode(), f"1.{at}.".encode() + body, hashlib.sha256).digest()
    fits = f"v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": "1", "webhook-timestamp": at, "webhook-signature": fits}
