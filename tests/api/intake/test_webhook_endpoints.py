"""The senders' door: proof first; what cannot be proved needs a key."""

import hashlib
import hmac
import inspect
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.app import ROUTERS, create_app
from api.intake.senders import SendersUnreadable, load
from api.intake.webhook_endpoints import SenderRoute
from graphs.intake.incident_service import IncidentService

TOLD = b'{"event": {"id": "1", "event_type": "incident.triggered", "data": {"id": "P1", "title": "Checkout is down"}}}'


@pytest.fixture
async def guarded(incidents: IncidentService, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A door that knows PagerDuty's secrets and a sender with a shape of its own."""
    (tmp_path / "new").write_text("the new secret\n")
    (tmp_path / "old").write_text("the old secret\n")
    (tmp_path / "senders.yaml").write_text(
        f"pagerduty: {{secrets: ['file:{tmp_path}/new', 'file:{tmp_path}/old']}}\n"
        "our-own:\n"
        "  mapping: {alerts: findings, title: \"join(': ', [what, where])\", service: where,\n"
        "            status: how, dedup_key: nr}\n"
    )
    app = create_app(incidents, senders=load(tmp_path / "senders.yaml"))
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


def signature(secret: str, body: bytes = TOLD) -> dict[str, str]:
    return {"X-PagerDuty-Signature": f"v1={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"}


def key(incidents: IncidentService, *scopes: Any) -> str:
    return incidents.api_keys(incidents.clock).create("monitoring", scopes or ["alerts"])[1]


def alert_of(incidents: IncidentService, answer: httpx2.Response) -> Any:
    return incidents.facts(answer.json()["runs"][0]["id"]).alert


@pytest.mark.parametrize("secret", ["the old secret", "the new secret"])
async def test_a_signed_delivery_is_taken_without_a_key_and_the_alert_says_how(
    guarded: httpx2.AsyncClient, incidents: IncidentService, secret: str
) -> None:
    key(incidents)
    answer = await guarded.post("/v1/alerts/pagerduty", content=TOLD, headers=signature(secret))
    assert answer.status_code == 202
    assert (alert_of(incidents, answer).verified, alert_of(incidents, answer).scheme) == (True, "PagerDuty v1")


@pytest.mark.parametrize("headers", [{}, {"X-PagerDuty-Signature": "v1=00"}, signature("guessed")])
async def test_whoever_has_a_secret_and_does_not_sign_with_it_is_refused(
    guarded: httpx2.AsyncClient, incidents: IncidentService, headers: dict[str, str]
) -> None:
    answer = await guarded.post("/v1/alerts/pagerduty", content=TOLD, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert incidents.runs.newest() == []


async def test_once_there_are_keys_what_is_not_signed_needs_one(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    secret = key(incidents)
    body = {"title": "x"}
    assert (await client.post("/v1/alerts/generic", json=body)).status_code == 401
    by_bearer = await client.post("/v1/alerts/generic", json=body, headers={"Authorization": f"Bearer {secret}"})
    by_basic = await client.post("/v1/alerts/generic", json=body, auth=("warroom", secret))
    by_path = await client.post(f"/v1/alerts/generic/{secret}", json=body)
    by_query = await client.post(f"/v1/alerts/generic?auth_token={secret}", json=body)
    assert [one.status_code for one in (by_bearer, by_basic, by_path, by_query)] == [202] * 4
    assert alert_of(incidents, by_path).scheme == "the key of monitoring"


@pytest.mark.parametrize("way", ["/v1/alerts/generic/{}", "/v1/alerts/generic?token={}"])
async def test_a_key_in_the_address_that_is_unknown_or_for_something_else_is_refused(
    client: httpx2.AsyncClient, incidents: IncidentService, way: str
) -> None:
    assert (await client.post(way.format(key(incidents, "read")), json={"title": "x"})).status_code == 403
    assert (await client.post(way.format("guessed"), json={"title": "x"})).status_code == 401


async def test_nobody_can_say_of_himself_that_he_is_verified(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    body = {"title": "x", "verified": True, "scheme": "trust me", "raw_ref": "mine"}
    for path in ("/v1/alerts", "/v1/alerts/warroom"):
        alert = alert_of(incidents, await client.post(path, json=body))
        assert (alert.verified, alert.scheme) == (False, "none")
        assert alert.raw_ref != "mine"


async def test_a_body_is_kept_as_it_came_without_its_secrets(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    body = b'{"name":  "Checkout", "status": "TRIGGERED", "shared_secret": "s3cret", "odd": [1, 2]}'
    alert = alert_of(incidents, await client.post("/v1/alerts/honeycomb", content=body))
    kept = incidents.inbox.find(alert.raw_ref)
    assert kept.body == body.replace(b"s3cret", b"[redacted]")
    assert (kept.source, kept.size) == ("honeycomb", len(body))


async def test_a_body_that_nobody_can_read_is_kept_too(client: httpx2.AsyncClient, incidents: IncidentService) -> None:
    answer = await client.post("/v1/alerts/datadog", content=b"{}")
    assert answer.status_code == 422
    rows = incidents.deps.store.database.connection.execute("SELECT COUNT(*) FROM deliveries").fetchone()
    assert rows[0] == 1


async def test_a_mapping_reads_a_shape_of_somebody_s_own(
    guarded: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    told = {"findings": [{"what": "slow", "where": "checkout", "how": "open", "nr": 7}, {"what": "x", "where": "y"}]}
    answer = await guarded.post("/v1/alerts/our-own", json=told)
    alert = alert_of(incidents, answer)
    assert len(answer.json()["runs"]) == 2
    assert (alert.source, alert.title, alert.service, alert.dedup_key) == ("our_own", "slow: checkout", "checkout", "7")


async def test_what_a_mapping_does_not_find_is_guessed(guarded: httpx2.AsyncClient, incidents: IncidentService) -> None:
    answer = await guarded.post("/v1/alerts/our_own", json={"findings": {"message": "down", "severity": "critical"}})
    alert = alert_of(incidents, answer)
    assert (alert.title, alert.hint, alert.status) == ("down", "P1", "firing")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x: {mapping: {titel: a}}", "titel"),
        ("x: {mapping: {title: 'a['}}", "title"),
        ("x: {secrets: [env:WARROOM_TEST_NOT_SET]}", "WARROOM_TEST_NOT_SET"),
        ("x: {secret: y}", "secret"),
        ("[1]", "senders.yaml"),
        ("[]", "senders.yaml"),
        ("x: {}\ny: {secret: z}", r"senders\.yaml:2: y\.secret"),
        ("our-own: {}\nour_own: {}", r"senders\.yaml:2: our_own: expected once, is there twice"),
    ],
)
def test_a_file_of_senders_that_is_wrong_says_where(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "senders.yaml").write_text(text)
    with pytest.raises(SendersUnreadable, match=said):
        load(tmp_path / "senders.yaml")


async def test_cloudevents_are_greeted(client: httpx2.AsyncClient) -> None:
    answer = await client.options("/v1/alerts/cloudevents", headers={"WebHook-Request-Origin": "eventemitter.example"})
    assert answer.status_code == 200
    assert answer.headers["webhook-allowed-origin"] == "eventemitter.example"


async def test_a_ping_starts_nothing(client: httpx2.AsyncClient, incidents: IncidentService) -> None:
    ping = {"event": {"event_type": "pagey.ping", "data": {"message": "Hello"}}}
    answer = await client.post("/v1/alerts/pagerduty", json=ping)
    assert (answer.status_code, answer.json()["runs"]) == (202, [])
    assert incidents.runs.newest() == []


async def test_an_acknowledgement_is_news_to_an_open_run_only(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    body = {"title": "x", "dedup_key": "k"}
    nobody = await client.post("/v1/alerts", json={**body, "status": "acknowledged"})
    (run,) = (await client.post("/v1/alerts", json=body)).json()["runs"]
    somebody = await client.post("/v1/alerts", json={**body, "status": "acknowledged"})
    assert nobody.json()["runs"] == []
    assert somebody.json()["runs"] == [{"id": run["id"], "joined": True, "why": "the same alert"}]
    assert not incidents.facts(run["id"]).alert_resolved
    assert "somebody has seen" in incidents.facts(run["id"]).history[-1].what


def test_the_file_of_senders_is_read_harmless(tmp_path: Path) -> None:
    file = tmp_path / "senders.yaml"
    file.write_text(r'{"ho\u200buse": {mapping: {title: "wh\u0061\xadt"}}}')
    assert load(file).adapter("house")[0] == "house"


def test_nothing_that_fastapi_does_not_ask_at_a_senders_route_is_declared_for_it() -> None:
    for scope, routers in ROUTERS.items():
        routes = [route for router in routers for route in router.routes if isinstance(route, SenderRoute)]
        assert not routes or scope is None
        for route in routes:
            assert not (route.dependant.dependencies or route.dependant.query_params or route.body_field)
            assert [param.name for param in route.dependant.path_params] == list(route.param_convertors)
            assert list(inspect.signature(route.endpoint).parameters) == [*route.param_convertors, "request"]
