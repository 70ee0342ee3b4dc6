"""The login: a key is shown once, and a session does the rest."""

from typing import Any

import httpx2
import pytest

from agents.io.clock import RealClock
from graphs.intake.incident_service import IncidentService
from graphs.store.api_keys import ApiKeys

HTML = {"Accept": "text/html,*/*"}
ORIGIN = {"Origin": "http://127.0.0.1", "Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def keys(incidents: IncidentService) -> ApiKeys:
    return ApiKeys(incidents.deps.store.keys, RealClock())


async def log_in(client: httpx2.AsyncClient, secret: str, back: str = "/") -> httpx2.Response:
    return await client.post("/login", data={"key": secret, "next": back}, headers=ORIGIN)


async def test_a_person_is_led_to_the_login_and_back(client: httpx2.AsyncClient, incident: Any, keys: ApiKeys) -> None:
    _, secret = keys.create("ada", ["answer"])
    led = await client.get(f"/runs/{incident.run}", headers=HTML)
    assert (led.status_code, led.headers["location"]) == (303, f"/login?next=%2Fruns%2F{incident.run}")
    assert f'value="/runs/{incident.run}"' in (await client.get(led.headers["location"])).text
    back = await log_in(client, secret, f"/runs/{incident.run}")
    assert (back.status_code, back.headers["location"]) == (303, f"/runs/{incident.run}")
    assert (await client.get(back.headers["location"], headers=HTML)).status_code == 200


async def test_the_cookie_is_for_our_server_only(client: httpx2.AsyncClient, keys: ApiKeys) -> None:
    key, secret = keys.create("ada", ["answer"])
    cookie = (await log_in(client, secret)).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert key.id not in cookie
    assert secret not in cookie


async def test_over_https_the_cookie_never_leaves_it(client: httpx2.AsyncClient, keys: ApiKeys) -> None:
    _, secret = keys.create("ada", ["answer"])
    client.base_url = httpx2.URL("https://127.0.0.1")
    headers = {**ORIGIN, "Origin": "https://127.0.0.1"}
    answer = await client.post("/login", data={"key": secret}, headers=headers)
    assert "Secure" in answer.headers["set-cookie"].split("; ")


async def test_a_wrong_key_opens_no_session(client: httpx2.AsyncClient, keys: ApiKeys) -> None:
    keys.create("ada", ["answer"])
    answer = await log_in(client, 'warroom_x_"><script>')
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "not known" in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "", "runs", "/\t/evil", "/\r\nX: y"]
)
async def test_the_login_leads_nowhere_else(client: httpx2.AsyncClient, keys: ApiKeys, back: str) -> None:
    _, secret = keys.create("ada", ["answer"])
    assert (await log_in(client, secret, back)).headers["location"] == "/"


async def test_a_form_carries_the_name_of_who_is_logged_in(
    client: httpx2.AsyncClient, incident: Any, keys: ApiKeys
) -> None:
    _, secret = keys.create("ada", ["answer"])
    await log_in(client, secret)
    form = {"answer": "approve", "by": "the boss"}
    taken = await client.post(f"/runs/{incident.run}/answers/{incident.ask()}", data=form, headers=ORIGIN)
    assert taken.status_code == 303
    assert incident.incidents.transcript(incident.run)[-1].payload["answer"]["by"] == "ada"


async def test_a_session_ends_with_the_logout(client: httpx2.AsyncClient, keys: ApiKeys) -> None:
    _, secret = keys.create("ada", ["read"])
    await log_in(client, secret)
    assert "logged in as <strong>ada</strong>" in (await client.get("/login")).text
    token = client.cookies["warroom_session"]
    assert (await client.post("/logout", headers=ORIGIN)).status_code == 303
    client.cookies.set("warroom_session", token)
    assert (await client.get("/v1/runs")).status_code == 401


async def test_who_may_only_look_is_told_so_on_a_page(client: httpx2.AsyncClient, keys: ApiKeys) -> None:
    _, secret = keys.create("ada", ["read"])
    await log_in(client, secret)
    refused = await client.post("/acting", data={"acting": "hold"}, headers={**ORIGIN, **HTML})
    assert refused.status_code == 403
    assert "is for read, and this needs answer" in refused.text
    assert refused.headers["content-type"].startswith("text/html")


async def test_without_keys_nobody_has_to_log_in(client: httpx2.AsyncClient) -> None:
    assert "No key is needed here" in (await client.get("/login")).text
