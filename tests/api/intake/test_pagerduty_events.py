"""PagerDuty's Events API v2, spoken by us."""

from typing import Any

import httpx2
import pytest

from graphs.intake.incident_service import IncidentService


def event(action: str = "trigger", key: str = "srv01/HTTP", **more: Any) -> dict[str, Any]:
    payload = {"summary": "Checkout answers 500", "source": "prometheus", "severity": "critical"}
    return {"routing_key": "any", "event_action": action, "dedup_key": key, "payload": payload, **more}


async def test_a_trigger_starts_a_run_and_is_answered_as_pagerduty_does(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    answer = await client.post("/v2/enqueue", json=event())
    told = answer.json()
    assert (answer.status_code, told["status"], told["dedup_key"]) == (202, "success", "srv01/HTTP")
    alert = incidents.facts(told["runs"][0]).alert
    assert alert
    assert (alert.title, alert.hint) == ("Checkout answers 500", "P1")


async def test_trigger_acknowledge_and_resolve_are_one_run(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    answers = [await client.post("/v2/enqueue", json=event(action)) for action in ("trigger", "acknowledge", "resolve")]
    runs = {run for answer in answers for run in answer.json()["runs"]}
    assert len(runs) == 1
    assert incidents.facts(runs.pop()).alert_resolved


async def test_triggers_without_a_key_are_incidents_of_their_own(client: httpx2.AsyncClient) -> None:
    one, other = event(dedup_key=None), event(dedup_key=None, client="another")
    keys = [(await client.post("/v2/enqueue", json=told)).json()["dedup_key"] for told in (one, other)]
    assert len(set(keys)) == 2
    assert all(len(key) == 32 for key in keys)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (event("snooze"), "event_action"),
        ({}, "event_action"),
        ([], "event_action"),
        (event(key="x" * 256), "dedup_key"),
        (event("resolve", dedup_key=""), "dedup_key"),
        (event(payload=None), "payload.summary"),
        (event(payload={"summary": {}}), "payload.summary"),
    ],
)
async def test_an_event_that_cannot_be_taken_is_refused_as_pagerduty_does(
    client: httpx2.AsyncClient, told: Any, said: str
) -> None:
    answer = await client.post("/v2/enqueue", json=told)
    assert (answer.status_code, answer.json()["status"]) == (400, "invalid event")
    assert said in " ".join(answer.json()["errors"])


async def test_the_routing_key_is_a_key_of_ours(client: httpx2.AsyncClient, incidents: IncidentService) -> None:
    _, secret = incidents.api_keys(incidents.clock).create("prometheus", ["alerts"])
    refused = await client.post("/v2/enqueue", json=event())
    taken = await client.post("/v2/enqueue", json=event(routing_key=secret))
    assert (refused.status_code, taken.status_code) == (401, 202)
    alert = incidents.facts(taken.json()["runs"][0]).alert
    assert alert
    assert (alert.verified, alert.scheme) == (True, "the key of prometheus, in the address")


async def test_what_is_no_json_is_told(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/v2/enqueue", content=b"{")).status_code == 400


async def test_the_events_api_ends_an_alert_without_saying_its_environment_again(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    payload = {"summary": "x", "custom_details": {"environment": "production"}}
    started = (
        await client.post("/v2/enqueue", json={"event_action": "trigger", "dedup_key": "k", "payload": payload})
    ).json()["runs"][0]
    await client.post("/v2/enqueue", json={"event_action": "resolve", "dedup_key": "k"})
    assert incidents.facts(started).alert_resolved
