"""Who comes in with a key or a session, what a key may do, and how many requests it may send."""

import base64
import logging
from datetime import UTC, datetime
from typing import Any, get_args

import httpx2
import pytest
from fastapi.routing import iter_route_contexts

from agents.io.catalogue import Catalogue
from agents.io.clock import RealClock
from agents.tools.connections import CatalogueConnections
from api.app import Reach, create_app
from api.auth.access import COOKIE, RateLimits, TooManyRequests
from graphs.intake.incident_service import IncidentService
from graphs.runtime.dependencies import Dependencies
from graphs.store.api_keys import GRANTS, ApiKey, ApiKeys, Scope
from graphs.store.store import Store

ANYBODY = {
    ("GET", "/openapi.json"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/logout"),
    ("GET", "/static"),
    ("GET", "/status"),
    ("GET", "/status.json"),
    ("OPTIONS", "/v1/alerts/{source}"),
    ("POST", "/v1/slack/interactions"),  # Slack signs what it sends
}
"""Where nobody has to say who they are; what is added here has to be thought about."""
FILLED = {"source": "warroom", "question": "q-1", "ref": "00000000", "role": "api_tester", "number": "0", "id": "x"}


def all_routes() -> list[tuple[str, str]]:
    clock, listed = RealClock(), Catalogue()
    incidents = IncidentService(
        Dependencies(store=Store(), clock=clock, connections=CatalogueConnections(listed, clock), catalogue=listed)
    )
    contexts = iter_route_contexts(create_app(incidents).routes)
    return [(method, str(one.path)) for one in contexts for method in sorted((one.methods or {"GET"}) - {"HEAD"})]


PROBLEM = "application/problem+json"
ENDLESS = "/words"
"""A stream that does not end with its run: it is asked for of a run that is not there."""
GUARDED = [route for route in all_routes() if route not in ANYBODY]


def needed(method: str, path: str) -> Scope:
    """What a key must be for, by the address alone."""
    if (method, path) == ("POST", "/v1/changes") or path.startswith(("/v1/alerts", "/v1/reports", "/report", "/v2/")):
        return "alerts"
    return "read" if method == "GET" else "answer"


def bearer(keys: ApiKeys, *scopes: Scope, name: str = "night shift") -> dict[str, str]:
    _, secret = keys.create(name, scopes)
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def keys(incidents: IncidentService) -> ApiKeys:
    return ApiKeys(incidents.deps.store.keys, RealClock())


async def call(client: httpx2.AsyncClient, method: str, path: str, run: str, key: dict[str, str]) -> httpx2.Response:
    secret = key.get("Authorization", "x").split()[-1]
    body = {"title": "x", "event_action": "trigger", "payload": {"summary": "x"}, "routing_key": secret}
    address = path.format(run=run, key=secret, **FILLED)
    return await client.request(method, address, json=body if method != "GET" else None, headers=key)


def test_what_anybody_may_do_is_there() -> None:
    assert set(all_routes()) >= ANYBODY
    assert len(GUARDED) > 30


@pytest.mark.parametrize(("method", "path"), GUARDED)
async def test_a_route_wants_a_key_that_is_for_it(
    client: httpx2.AsyncClient, incident: Any, keys: ApiKeys, method: str, path: str
) -> None:
    incident.close()
    wanted = needed(method, path)
    run = "nothing" if path.endswith(ENDLESS) else incident.run
    keys.create("somebody", ["read"])
    unknown = [await call(client, method, path, run, key) for key in ({}, {"Authorization": "Bearer warroom_x_y"})]
    assert {(answer.status_code, answer.headers["content-type"]) for answer in unknown} == {(401, PROBLEM)}
    for scope in get_args(Scope):
        answer = await call(client, method, path, run, bearer(keys, scope))
        assert (answer.status_code in (401, 403)) == (wanted not in GRANTS[scope]), scope
        assert answer.status_code != 403 or answer.headers["content-type"] == PROBLEM
    others = [scope for scope in get_args(Scope) if wanted not in GRANTS[scope]]
    assert (await call(client, method, path, run, bearer(keys, *others))).status_code == 403


@pytest.mark.parametrize(("method", "path"), [route for route in GUARDED if route[0] == "GET"])
async def test_a_browser_is_led_to_the_login_and_its_session_is_for_what_its_key_is_for(
    client: httpx2.AsyncClient, incident: Any, keys: ApiKeys, method: str, path: str
) -> None:
    incident.close()
    run = "nothing" if path.endswith(ENDLESS) else incident.run
    client.headers["Accept"] = "text/html"
    wanted = needed(method, path)
    sessions = {scope: keys.open_session(keys.create(scope, [scope])[0]) for scope in get_args(Scope)}
    led = await call(client, method, path, run, {})
    assert (led.status_code, led.headers["location"].partition("?")[0]) == (303, "/login")
    for scope, session in sessions.items():
        client.cookies.set(COOKIE, session)
        answer = await call(client, method, path, run, {})
        assert (answer.status_code in (303, 403)) == (wanted not in GRANTS[scope]), scope


@pytest.mark.parametrize(("method", "path"), GUARDED)
async def test_nobody_comes_in_from_elsewhere_without_a_key(incidents: IncidentService, method: str, path: str) -> None:
    transport = httpx2.ASGITransport(create_app(incidents, Reach(local=False)))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert (await call(client, method, path, "nothing", {})).status_code == 401


async def test_one_person_at_this_machine_needs_no_key_until_one_is_made(
    client: httpx2.AsyncClient, keys: ApiKeys
) -> None:
    assert (await client.get("/v1/runs")).status_code == 200
    key, _ = keys.create("night shift", ["read"])
    assert (await client.get("/v1/runs")).status_code == 401
    keys.revoke(key.id)
    assert (await client.get("/v1/runs")).status_code == 401


async def test_a_refusal_says_what_to_do(client: httpx2.AsyncClient, keys: ApiKeys) -> None:
    may_read = bearer(keys, "read")
    unknown = await client.get("/v1/runs")
    too_little = await client.post("/v1/alerts", json={"title": "x"}, headers=may_read)
    assert unknown.headers["www-authenticate"] == "Bearer"
    assert "Authorization: Bearer KEY" in unknown.json()["detail"]
    assert "night shift's key is for read, and this needs alerts" in too_little.json()["detail"]
    assert {answer.headers["content-type"] for answer in (unknown, too_little)} == {"application/problem+json"}


async def test_a_sender_that_knows_only_passwords_sends_the_key_as_one(
    client: httpx2.AsyncClient, keys: ApiKeys
) -> None:
    _, secret = keys.create("pager", ["alerts"])
    basic = base64.b64encode(f"anyone:{secret}".encode()).decode()
    sent = await client.post("/v1/alerts", json={"title": "x"}, headers={"Authorization": f"Basic {basic}"})
    assert sent.status_code == 202


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic !!", "Basic eA==", "Digest x", "x" * 9000, "Basic é"]
)
async def test_a_header_that_holds_no_key_opens_nothing(client: httpx2.AsyncClient, keys: ApiKeys, header: str) -> None:
    keys.create("night shift", ["admin"])
    answer = await client.get("/v1/runs", headers={b"Authorization": header.encode()})
    assert answer.status_code == 401


@pytest.mark.parametrize("what", ["severity", "cause", "handled", "cancel", "notes", "hold", "resume", "awareness"])
async def test_what_is_told_carries_the_key_s_name(
    client: httpx2.AsyncClient, incident: Any, keys: ApiKeys, what: str
) -> None:
    told = {"severity": {"severity": "P1"}, "cause": {"cause": "infrastructure", "component": "db"}}
    told |= {"notes": {"text": "x"}, "awareness": {"at": "2026-03-03T02:30:00Z"}}
    body = {"by": "the boss", **told.get(what, {})}
    answer = await client.post(f"/v1/runs/{incident.run}/{what}", json=body, headers=bearer(keys, "answer"))
    written = answer.json()["payload"]
    assert written.get("instruction", written)["by"] == "night shift"


async def test_an_answer_carries_the_key_s_name(client: httpx2.AsyncClient, incident: Any, keys: ApiKeys) -> None:
    body, key = {"answer": "approve", "by": "the boss"}, bearer(keys, "answer")
    answer = await client.post(f"/v1/runs/{incident.run}/answers/{incident.ask()}", json=body, headers=key)
    assert answer.json()["answer"]["by"] == "night shift"
    assert incident.incidents.transcript(incident.run)[-1].payload["answer"]["by"] == "night shift"


async def test_the_switch_for_all_carries_the_key_s_name(
    client: httpx2.AsyncClient, incident: Any, keys: ApiKeys
) -> None:
    await client.post("/v1/hold", json={"by": "the boss"}, headers=bearer(keys, "answer"))
    assert incident.incidents.transcript(incident.run)[-1].payload["by"] == "night shift"


async def test_a_key_that_sends_too_much_has_to_wait(client: httpx2.AsyncClient, keys: ApiKeys) -> None:
    _, secret = keys.create("busy", ["admin"], per_minute=2)
    headers = {"Authorization": f"Bearer {secret}"}
    assert [(await client.get("/v1/runs", headers=headers)).status_code for _ in range(3)] == [200, 200, 429]
    waits = await client.post("/v1/alerts", json={"title": "x"}, headers=headers)
    assert (waits.status_code, waits.headers["content-type"]) == (503, "application/problem+json")
    assert 1 <= int(waits.headers["retry-after"]) <= 30


async def test_no_key_is_ever_logged(
    client: httpx2.AsyncClient, keys: ApiKeys, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    _, secret = keys.create("pager", ["read"])
    for header in (f"Bearer {secret}", f"Basic {base64.b64encode(f':{secret}'.encode()).decode()}"):
        await client.get("/v1/runs", headers={"Authorization": header})
    await client.post("/login", content=f"key={secret}")
    await client.post(f"/v1/alerts/warroom/{secret}", json={"title": "x"})
    await client.get(f"/v1/runs?token={secret}")
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("http")]
    assert ours
    assert secret.split("_", 2)[2] not in "".join(ours)


KEY = ApiKey(id="k", name="pager", scopes=["alerts"], per_minute=60, made_at=datetime(2026, 3, 3, tzinfo=UTC))


def test_a_key_gets_back_what_it_may_send_as_time_passes() -> None:
    now = 0.0
    limits = RateLimits(lambda: now)
    for _ in range(60):
        limits.count(KEY)
    with pytest.raises(TooManyRequests) as stopped:
        limits.count(KEY)
    assert stopped.value.wait == pytest.approx(1)
    now = 2.5
    limits.count(KEY)
    limits.count(KEY)
    with pytest.raises(TooManyRequests) as stopped:
        limits.count(KEY)
    assert stopped.value.wait == pytest.approx(0.5)


def test_a_key_saves_up_no_more_than_a_minute_s_worth() -> None:
    now = 0.0
    limits = RateLimits(lambda: now)
    limits.count(KEY)
    now = 3600.0
    for _ in range(60):
        limits.count(KEY)
    with pytest.raises(TooManyRequests):
        limits.count(KEY)


def test_keys_have_limits_of_their_own() -> None:
    limits, one = RateLimits(lambda: 0.0), KEY.model_copy(update={"id": "one", "per_minute": 1})
    limits.count(one)
    limits.count(KEY)
    with pytest.raises(TooManyRequests):
        limits.count(one)


@pytest.mark.parametrize(("patient", "status"), [(True, 503), (False, 429)])
def test_alert_senders_are_told_to_try_again(patient: bool, status: int) -> None:
    limits, one = RateLimits(lambda: 0.0), KEY.model_copy(update={"per_minute": 1})
    limits.count(one)
    with pytest.raises(TooManyRequests) as stopped:
        limits.count(one, patient)
    assert stopped.value.status == status
