"""Claims: a sender is who it proved to be, at every door; it bears no other's name and ends no other's alert."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.intake.receiving import LARGE, AlertReceiver
from api.intake.senders import Senders, SendersUnreadable, load
from graphs.engine.scheduler import Runner
from graphs.intake.inbox import DeliveryInbox, Raw
from graphs.model.identity import Proof, by_key
from graphs.store.api_keys import ApiKeys
from tests.api.conftest import HandClock

SECRET = "the secret of PagerDuty"
OURS = ("warroom", "Warroom", "patrol", "user report", "user-report", "report", "storm", "simulation", "pa\u200btrol")
MANY = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def senders(tmp_path: Path) -> Senders:
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "senders.yaml").write_text(
        f"pagerduty: {{secrets: ['file:{tmp_path}/secret']}}\nbilling: {{secrets: ['file:{tmp_path}/secret']}}\n"
    )
    return load(tmp_path / "senders.yaml")


@pytest.fixture
def app(runner: Runner, senders: Senders) -> FastAPI:
    return create_app(runner, senders=senders)


def at(app: FastAPI) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1")


@pytest.fixture
async def door(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with at(app) as client:
        yield client


@pytest.fixture
def keys(runner: Runner) -> ApiKeys:
    return ApiKeys(runner.deps.store, runner.deps.clock)


def bearer(keys: ApiKeys, name: str, sender: str = "") -> dict[str, str]:
    return {"Authorization": f"Bearer {keys.create(name, ['alerts'], sender=sender)[1]}"}


def source_of(runner: Runner, answer: httpx2.Response) -> tuple[str, str]:
    alert = runner.facts(answer.json()["runs"][0]["id"]).alert
    assert alert
    return alert.source, alert.sender


def is_over(runner: Runner, started: httpx2.Response) -> bool:
    return runner.facts(started.json()["runs"][0]["id"]).alert_resolved


# A name that a sender proves otherwise.


@pytest.mark.parametrize("name", ["pagerduty", "PagerDuty", "pager-duty", " Pager Duty", "pagerduty\u200b"])
@pytest.mark.parametrize("path", ["/v1/alerts", "/v1/alerts/warroom"])
@pytest.mark.parametrize("with_key", [False, True])
async def test_who_has_a_secret_is_not_believed_unsigned_at_any_door(
    door: httpx2.AsyncClient, runner: Runner, keys: ApiKeys, name: str, path: str, with_key: bool
) -> None:
    headers = bearer(keys, "cron") if with_key else {}
    answer = await door.post(path, json={"title": "x", "source": name}, headers=headers)
    assert (answer.status_code, "is not signed" in answer.json()["detail"]) == (401, True)
    assert runner.runs() == []


@pytest.mark.parametrize("sender", ["", "pagerduty"])
async def test_no_key_stands_for_a_signature(
    door: httpx2.AsyncClient, runner: Runner, keys: ApiKeys, sender: str
) -> None:
    told = {"event": {"event_type": "incident.triggered", "data": {"id": "P1", "title": "x"}}}
    headers = bearer(keys, "pagerduty", sender)
    secret = headers["Authorization"].split()[1]
    answers = [
        await door.post("/v1/alerts/pagerduty", json=told, headers=headers),
        await door.post(f"/v1/alerts/pagerduty/{secret}", json=told),
        await door.post(f"/v1/alerts/pagerduty?token={secret}", json=told),
    ]
    large = await door.post("/v1/alerts/pagerduty", json={**told, "x": LARGE * "x"}, headers=headers)
    assert [answer.status_code for answer in (*answers, large)] == [401] * 4
    assert runner.runs() == []
    assert runner.deps.store.connection.execute("SELECT COUNT(*) FROM deliveries").fetchone()[0] == 0


async def test_an_alerts_key_names_no_sender_that_has_a_key_of_its_own(
    door: httpx2.AsyncClient, runner: Runner, keys: ApiKeys
) -> None:
    headers = bearer(keys, "cron")
    secret = headers["Authorization"].split()[1]
    key, _ = keys.create("grafana", ["alerts"], sender="grafana")
    for is_revoked in (False, True):
        if is_revoked:
            keys.revoke(key.id)
        answers = [
            await door.post("/v1/alerts", json={"title": "x", "source": "Grafana"}, headers=headers),
            await door.post("/v1/alerts/grafana", json={"title": "x"}, headers=headers),
            await door.post(f"/v1/alerts/grafana/{secret}", json={"title": "x"}),
        ]
        assert [answer.status_code for answer in answers] == [403] * 3
    assert runner.runs() == []
    assert (await door.post("/v1/alerts", json={"title": "x"}, headers=headers)).status_code == 202


@pytest.mark.parametrize("name", OURS)
async def test_nobody_bears_a_name_that_warroom_uses_itself(
    door: httpx2.AsyncClient, runner: Runner, keys: ApiKeys, name: str
) -> None:
    for key in ("", "cron", name):
        for path in ("/v1/alerts", "/v1/alerts/warroom"):
            headers = bearer(keys, key) if key else {}
            answer = await door.post(path, json={"title": "x", "source": name}, headers=headers)
            assert (answer.status_code, "uses the name" in answer.json()["detail"]) == (422, True)
    assert runner.runs() == []


@pytest.mark.parametrize("name", ["warroom", "patrol", "user-report", "Storm"])
def test_no_sender_of_the_file_bears_one_either(tmp_path: Path, name: str) -> None:
    (tmp_path / "senders.yaml").write_text(f"{name}: {{}}\n")
    with pytest.raises(SendersUnreadable, match="Warroom uses the name"):
        load(tmp_path / "senders.yaml")


# What an alert's source is.


async def test_who_names_no_source_bears_the_name_that_is_proved(
    door: httpx2.AsyncClient, runner: Runner, keys: ApiKeys
) -> None:
    here = await door.post("/v1/alerts", json={"title": "one", "sender": "sender pagerduty"})
    by_name = await door.post("/v1/alerts", json={"title": "two"}, headers=bearer(keys, "cron"))
    for_one = bearer(keys, "x", "billing_cron")
    by_sender = await door.post("/v1/alerts/warroom", json={"title": "three"}, headers=for_one)
    assert [source_of(runner, answer) for answer in (here, by_name, by_sender)] == [
        ("local", "local"),
        ("cron", "key cron"),
        ("billing_cron", "sender billing_cron"),
    ]


@pytest.mark.parametrize("path", ["/v1/alerts/jsm", "/v1/alerts/cloudevents", "/v1/alerts/honeycomb"])
async def test_an_alert_bears_the_name_of_the_address_whatever_its_body_says(
    client: httpx2.AsyncClient, runner: Runner, path: str
) -> None:
    body = {"source": "pagerduty", "title": "x", "name": "x", "alert": {"message": "x", "source": "pagerduty"}}
    answer = await client.post(path, json={**body, "action": "Create", "status": "TRIGGERED"})
    assert source_of(runner, answer)[0] == path.rpartition("/")[2]


async def test_a_sender_of_the_file_that_has_no_shape_of_its_own_posts_ours_signed(
    door: httpx2.AsyncClient, runner: Runner
) -> None:
    body = json.dumps({"title": "x", "source": "pagerduty"}).encode()
    assert (await door.post("/v1/alerts/billing", content=body)).status_code == 401
    answer = await door.post("/v1/alerts/billing", content=body, headers=signed(runner, body))
    assert source_of(runner, answer) == ("billing", "sender billing")


def signed(runner: Runner, body: bytes) -> dict[str, str]:
    """As Standard Webhooks does."""
    at = f"{runner.deps.clock.now().timestamp():.0f}"
    mac = hmac.new(SECRET.encode(), f"1.{at}.".encode() + body, hashlib.sha256).digest()
    fits = f"v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": "1", "webhook-timestamp": at, "webhook-signature": fits}


# A key that is for one sender.


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/alerts", {"title": "x"}, 202),
        ("/v1/alerts", {"title": "x", "source": "Grafana"}, 202),
        ("/v1/alerts", {"title": "x", "source": "alertmanager"}, 403),
        ("/v1/alerts", {"title": "x", "source": "anything"}, 403),
        ("/v1/alerts/warroom", {"title": "x"}, 202),
        ("/v1/alerts/warroom", {"title": "x", "source": "alertmanager"}, 403),
        ("/v1/alerts/grafana", {"title": "x"}, 202),
        ("/v1/alerts/generic", {"title": "x"}, 403),
        ("/v1/alerts/alertmanager", {"title": "x"}, 403),
        ("/v1/alerts/grafana/KEY", {"title": "x"}, 202),
        ("/v1/alerts/alertmanager/KEY", {"title": "x"}, 403),
        ("/v1/alerts/warroom/KEY", {"title": "x", "source": "alertmanager"}, 403),
        ("/v1/alerts/grafana?token=KEY", {"title": "x"}, 202),
        ("/v1/alerts/alertmanager?auth_token=KEY", {"title": "x"}, 403),
        ("/v2/enqueue", {"event_action": "trigger", "payload": {"summary": "x"}}, 403),
        ("/v1/reports", {"what": "x"}, 403),
        ("/report", {"what": "x"}, 403),
    ],
)
async def test_a_key_for_one_sender_opens_every_door_to_that_one_and_to_no_other(
    door: httpx2.AsyncClient, runner: Runner, keys: ApiKeys, path: str, body: dict[str, Any], status: int
) -> None:
    _, secret = keys.create("the one of Grafana", ["alerts"], sender="grafana")
    headers = {} if "KEY" in path else {"Authorization": f"Bearer {secret}"}
    if path == "/report":
        answer = await door.post(path, data=body, headers=headers)
    else:
        answer = await door.post(path.replace("KEY", secret), json=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert [facts.alert.source for facts in runner.runs() if facts.alert] == ["grafana"] * (status == 202)


async def test_a_routing_key_that_is_for_one_sender_counts_at_the_events_api(
    door: httpx2.AsyncClient, runner: Runner, keys: ApiKeys
) -> None:
    made = {sender: keys.create("checkout", ["alerts"], sender=sender)[1] for sender in ("grafana", "pagerduty_events")}
    event = {"event_action": "trigger", "payload": {"summary": "x"}}
    answers = [await door.post("/v2/enqueue", json={**event, "routing_key": secret}) for secret in made.values()]
    assert [answer.status_code for answer in answers] == [403, 202]
    (run,) = runner.runs()
    assert run.alert
    assert (run.alert.sender, run.alert.scheme) == ("sender pagerduty_events", "the key of checkout, in the address")


async def test_a_large_body_that_names_another_sender_is_refused_and_waits_for_nothing(
    door: httpx2.AsyncClient, runner: Runner, keys: ApiKeys
) -> None:
    body = {"title": "x", "source": "pagerduty", "description": "x" * LARGE}
    answer = await door.post("/v1/alerts/warroom", json=body, headers=bearer(keys, "cron"))
    assert answer.status_code == 401
    assert runner.runs() == []
    assert DeliveryInbox(runner.deps.store, runner.deps.clock).waiting() == []


# Whose alert it is.


class Way(NamedTuple):
    """A way to send an alert, and whose it is then."""

    who: tuple[str, str]
    """Who is proved, and the source."""
    path: str
    key: str = ""
    """In the header; in the address where it says KEY, as the routing key at /v2/enqueue."""
    source: str = ""


WAYS = (
    Way(("key cron", "cron"), "/v1/alerts", "cron"),
    Way(("key cron", "cron"), "/v1/alerts/warroom/KEY", "cron"),
    Way(("key cron", "cron"), "/v1/alerts", "cron again"),
    Way(("key cron", "app"), "/v1/alerts", "cron", "app"),
    Way(("key cron", "generic"), "/v1/alerts/generic", "cron"),
    Way(("key ops", "ops"), "/v1/alerts", "ops"),
    Way(("key ops", "cron"), "/v1/alerts", "ops", "cron"),
    Way(("key ops", "app"), "/v1/alerts/warroom", "ops", "app"),
    Way(("sender grafana", "grafana"), "/v1/alerts", "for grafana"),
    Way(("sender grafana", "grafana"), "/v1/alerts/grafana/KEY", "another for grafana"),
    Way(("sender billing", "billing"), "/v1/alerts/billing"),
)
KEYS = {
    "cron": ("cron", ""),
    "cron again": ("cron", ""),
    "ops": ("ops", ""),
    "for grafana": ("old", "grafana"),
    "another for grafana": ("new", "grafana"),
}
"""Key -> its name, and the sender that it is for."""
PLACES = st.sampled_from(["", "production", "staging"])
ALERT_KEYS = st.sampled_from(["k", "storm", "k/production"])


@pytest.fixture
def secrets(keys: ApiKeys) -> dict[str, str]:
    return {one: keys.create(name, ["alerts"], sender=sender)[1] for one, (name, sender) in KEYS.items()}


def test_a_resolve_ends_an_alert_if_and_only_if_sender_key_and_environment_are_the_same(
    app: FastAPI, runner: Runner, clock: HandClock, secrets: dict[str, str]
) -> None:
    numbers = count()

    async def send(way: Way, **told: str) -> httpx2.Response:
        named = {"source": way.source} if way.source else {}
        body = json.dumps({"title": "it fails", **named, **told}).encode()
        secret = secrets.get(way.key, "")
        by_header = {} if "KEY" in way.path else {"Authorization": f"Bearer {secret}"}
        headers = {"Content-Type": "application/json", **(by_header if way.key else signed(runner, body))}
        async with at(app) as client:
            answer = await client.post(way.path.replace("KEY", secret), content=body, headers=headers)
        assert answer.status_code == 202, answer.text
        return answer

    async def ends(fired: tuple[Way, str, str], over: tuple[Way, str, str]) -> None:
        clock.time += timedelta(hours=1)
        number = f"{next(numbers)} "  # each pair has keys of its own
        started = await send(fired[0], dedup_key=number + fired[1], environment=fired[2])
        answer = await send(over[0], dedup_key=number + over[1], environment=over[2], status="resolved")
        is_same = (fired[0].who, *fired[1:]) == (over[0].who, *over[1:])
        assert (is_over(runner, started), bool(answer.json()["runs"])) == (is_same, is_same)

    sent = st.tuples(st.sampled_from(WAYS), ALERT_KEYS, PLACES)

    @MANY
    @given(fired=sent, over=sent, same=st.tuples(st.booleans(), st.booleans(), st.booleans()))
    def whoever_sends_it(fired: Any, over: Any, same: tuple[bool, ...]) -> None:
        mixed = [one if is_same else other for one, other, is_same in zip(fired, over, same, strict=True)]
        asyncio.run(ends(fired, (mixed[0], mixed[1], mixed[2])))

    whoever_sends_it()


async def test_an_alerts_key_does_not_end_another_s_alert(
    door: httpx2.AsyncClient, runner: Runner, keys: ApiKeys
) -> None:
    told = {"title": "x", "source": "app", "dedup_key": "k"}
    started = await door.post("/v1/alerts", json=told, headers=bearer(keys, "app"))
    other = await door.post("/v1/alerts", json={**told, "status": "resolved"}, headers=bearer(keys, "cron"))
    assert (other.status_code, other.json()["runs"], is_over(runner, started)) == (202, [], False)
    await door.post("/v1/alerts", json={**told, "status": "resolved"}, headers=bearer(keys, "app"))
    assert is_over(runner, started)


async def test_a_key_that_replaces_another_ends_what_that_one_began(
    door: httpx2.AsyncClient, runner: Runner, keys: ApiKeys
) -> None:
    told = {"title": "x", "dedup_key": "k"}
    old, secret = keys.create("grafana 2025", ["alerts"], sender="grafana")
    started = await door.post("/v1/alerts/grafana", json=told, headers={"Authorization": f"Bearer {secret}"})
    keys.revoke(old.id)
    new = bearer(keys, "grafana 2026", "grafana")
    await door.post("/v1/alerts/grafana", json={**told, "status": "resolved"}, headers=new)
    assert is_over(runner, started)


@pytest.mark.parametrize("proof", [by_key("cron"), Proof("sender", "billing", "Standard Webhooks v1")])
async def test_what_a_crash_left_is_taken_in_under_the_proof_that_it_came_with(
    runner: Runner, senders: Senders, proof: Proof
) -> None:
    deliveries = DeliveryInbox(runner.deps.store, runner.deps.clock)
    for named in ({"source": "pagerduty"}, {"source": "storm"}, {}):
        deliveries.keep(Raw("warroom", json.dumps({"title": "x", **named}).encode(), proof))
    await AlertReceiver(runner, senders).resume()
    assert [facts.alert.sender for facts in runner.runs() if facts.alert] == [str(proof)]
    assert deliveries.waiting() == []


# Reports and the patrol.


async def test_whoever_brings_a_report_it_is_one_incident_and_nobody_ends_it_by_its_name(
    door: httpx2.AsyncClient, runner: Runner, keys: ApiKeys
) -> None:
    report = {"what": "I cannot pay", "service": "checkout"}
    runs = [
        (await door.post("/v1/reports", json=report, headers=headers)).json()["runs"][0]["id"]
        for headers in (bearer(keys, "support"), bearer(keys, "another"))
    ]
    assert len(set(runs)) == 1
    told = {"title": "x", "dedup_key": "checkout", "status": "resolved"}
    assert (await door.post("/v1/alerts", json=told, headers=bearer(keys, "support"))).json()["runs"] == []
    (run,) = runner.runs()
    alert = run.alert
    assert alert
    assert (alert.source, alert.sender, alert.scheme) == ("user report", "warroom", "the key of support")
