"""Receipts: a request that is sent again does nothing anew."""

import sqlite3
from pathlib import Path
from typing import Any

import httpx2
import pytest

from graphs.intake.inbox import RECEIPTS_KEPT, DeliveryInbox, RepeatableRequest
from graphs.intake.incident_service import IncidentService
from graphs.store.store import Store

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


def test_a_receipt_outlives_the_process_and_not_a_week(tmp_path: Path, clock: Any) -> None:
    request = RepeatableRequest(caller="", key="k", body="{}")
    answers: list[tuple[str, bool]] = []
    for number, passed in enumerate((0 * RECEIPTS_KEPT, RECEIPTS_KEPT / 2, RECEIPTS_KEPT)):
        clock.time += passed
        store = Store(tmp_path / "warroom.sqlite")
        inbox = DeliveryInbox(store, clock)
        inbox.answer_once(RepeatableRequest(caller="", key=f"other {number}", body=""), lambda: "")
        answers.append(inbox.answer_once(request, lambda text=f"answer {number}": text))
        store.close()
    assert answers == [("answer 0", False), ("answer 0", True), ("answer 2", False)]


def test_a_transaction_inside_another_is_part_of_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "warroom.sqlite")

    def turn_twice() -> None:
        with store.transaction():
            with store.transaction():
                store.switches.turn("acting", "held", "me")
            store.database.connection.execute("INSERT INTO switches (name, state) VALUES ('acting', 'free')")

    with pytest.raises(sqlite3.IntegrityError):
        turn_twice()
    assert store.switches.find("acting") is None
