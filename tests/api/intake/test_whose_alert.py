"""Whose alert it is: at every door a sender joins and ends only what it began itself."""

import asyncio
import json
from datetime import timedelta
from itertools import count
from typing import Any, NamedTuple

import httpx2
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.intake.receiving import AlertReceiver
from api.intake.senders import Senders
from graphs.intake.inbox import DeliveryInbox, RawDelivery
from graphs.intake.incident_service import IncidentService
from graphs.model.identity import Proof, by_key
from graphs.store.api_keys import ApiKeys
from tests.api.conftest import HandClock
from tests.api.proofs import at, bearer, is_over, signed

MANY = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


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
    app: FastAPI, incidents: IncidentService, clock: HandClock, secrets: dict[str, str]
) -> None:
    numbers = count()

    async def send(way: Way, **told: str) -> httpx2.Response:
        named = {"source": way.source} if way.source else {}
        body = json.dumps({"title": "it fails", **named, **told}).encode()
        secret = secrets.get(way.key, "")
        by_header = {} if "KEY" in way.path else {"Authorization": f"Bearer {secret}"}
        headers = {"Content-Type": "application/json", **(by_header if way.key else signed(incidents, body))}
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
        assert (is_over(incidents, started), bool(answer.json()["runs"])) == (is_same, is_same)

    sent = st.tuples(st.sampled_from(WAYS), ALERT_KEYS, PLACES)

    @MANY
    @given(fired=sent, over=sent, same=st.tuples(st.booleans(), st.booleans(), st.booleans()))
    def whoever_sends_it(fired: Any, over: Any, same: tuple[bool, ...]) -> None:
        mixed = [one if is_same else other for one, other, is_same in zip(fired, over, same, strict=True)]
        asyncio.run(ends(fired, (mixed[0], mixed[1], mixed[2])))

    whoever_sends_it()


async def test_an_alerts_key_does_not_end_another_s_alert(
    door: httpx2.AsyncClient, incidents: IncidentService, keys: ApiKeys
) -> None:
    told = {"title": "x", "source": "app", "dedup_key": "k"}
    started = await door.post("/v1/alerts", json=told, headers=bearer(keys, "app"))
    other = await door.post("/v1/alerts", json={**told, "status": "resolved"}, headers=bearer(keys, "cron"))
    assert (other.status_code, other.json()["runs"], is_over(incidents, started)) == (202, [], False)
    await door.post("/v1/alerts", json={**told, "status": "resolved"}, headers=bearer(keys, "app"))
    assert is_over(incidents, started)


async def test_a_key_that_replaces_another_ends_what_that_one_began(
    door: httpx2.AsyncClient, incidents: IncidentService, keys: ApiKeys
) -> None:
    told = {"title": "x", "dedup_key": "k"}
    old, secret = keys.create("grafana 2025", ["alerts"], sender="grafana")
    started = await door.post("/v1/alerts/grafana", json=told, headers={"Authorization": f"Bearer {secret}"})
    keys.revoke(old.id)
    new = bearer(keys, "grafana 2026", "grafana")
    await door.post("/v1/alerts/grafana", json={**told, "status": "resolved"}, headers=new)
    assert is_over(incidents, started)


@pytest.mark.sqlite
@pytest.mark.parametrize("proof", [by_key("cron"), Proof("sender", "billing", "Standard Webhooks v1")])
async def test_what_a_crash_left_is_taken_in_under_the_proof_that_it_came_with(
    incidents: IncidentService, senders: Senders, proof: Proof
) -> None:
    deliveries = DeliveryInbox(incidents.deps.store, incidents.deps.clock)
    for named in ({"source": "pagerduty"}, {"source": "storm"}, {}):
        deliveries.keep(RawDelivery("warroom", json.dumps({"title": "x", **named}).encode(), proof))
    await AlertReceiver(incidents, senders).resume()
    assert [facts.alert.sender for facts in incidents.runs.newest() if facts.alert] == [str(proof)]
    assert deliveries.waiting() == []


async def test_whoever_brings_a_report_it_is_one_incident_and_nobody_ends_it_by_its_name(
    door: httpx2.AsyncClient, incidents: IncidentService, keys: ApiKeys
) -> None:
    report = {"what": "I cannot pay", "service": "checkout"}
    runs = [
        (await door.post("/v1/reports", json=report, headers=headers)).json()["runs"][0]["id"]
        for headers in (bearer(keys, "support"), bearer(keys, "another"))
    ]
    assert len(set(runs)) == 1
    told = {"title": "x", "dedup_key": "checkout", "status": "resolved"}
    assert (await door.post("/v1/alerts", json=told, headers=bearer(keys, "support"))).json()["runs"] == []
    (run,) = incidents.runs.newest()
    alert = run.alert
    assert alert
    assert (alert.source, alert.sender, alert.scheme) == ("user report", "warroom", "the key of support")
