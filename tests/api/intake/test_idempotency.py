"""Idempotency-Key: a request that is sent again does nothing anew."""

import httpx2
import pytest

from graphs.intake.incident_service import IncidentService

ALERT = {"title": "checkout answers 500"}
KEY = {"Idempotency-Key": "2026-03-03/17"}


async def test_an_alert_that_is_sent_again_is_not_counted_again(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    first, second = [await client.post("/v1/alerts", json=ALERT, headers=KEY) for _ in range(2)]
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert first.headers["location"] == second.headers["location"]
    assert [answer.headers["idempotent-replayed"] for answer in (first, second)] == ["false", "true"]
    assert [facts.alerts for facts in incidents.runs.newest()] == [1]


async def test_another_alert_under_the_same_key_is_refused(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    await client.post("/v1/alerts", json=ALERT, headers=KEY)
    answer = await client.post("/v1/alerts", json={"title": "search is slow"}, headers=KEY)
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json()["detail"]
    assert len(incidents.runs.newest()) == 1


async def test_a_key_belongs_to_its_caller(client: httpx2.AsyncClient, incidents: IncidentService) -> None:
    made = [incidents.api_keys(incidents.clock).create(name, ["alerts"]) for name in ("one", "two")]
    for _, secret in made:
        headers = {**KEY, "Authorization": f"Bearer {secret}"}
        answer = await client.post("/v1/alerts", json=ALERT, headers=headers)
        assert answer.headers["idempotent-replayed"] == "false"


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_is_a_short_name(client: httpx2.AsyncClient, key: str) -> None:
    assert (await client.post("/v1/alerts", json=ALERT, headers={"Idempotency-Key": key})).status_code == 422


@pytest.mark.sqlite
async def test_the_alert_and_its_receipt_are_stored_together_or_not_at_all(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    store = incidents.deps.store
    store.database.connection.execute(
        "CREATE TRIGGER full BEFORE INSERT ON receipts BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    assert (await client.post("/v1/alerts", json=ALERT, headers=KEY)).status_code == 500
    assert incidents.runs.newest() == []
    store.database.connection.execute("DROP TRIGGER full")
    answer = await client.post("/v1/alerts", json=ALERT, headers=KEY)
    assert (answer.status_code, answer.headers["idempotent-replayed"]) == (202, "false")
