"""Alerts come in."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from api import middleware
from graphs.intake.incident_service import IncidentService


def group(*alerts: dict[str, Any]) -> dict[str, Any]:
    return {"version": "4", "groupKey": "{}", "status": "firing", "receiver": "warroom", "alerts": list(alerts)}


def entry(fingerprint: str = "f1", status: str = "firing", **more: Any) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": "CheckoutErrors", "service": "checkout", "severity": "critical"},
        "annotations": {"summary": "checkout answers 500", "description": "42 % of requests fail"},
        "startsAt": "2026-03-03T02:58:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://127.0.0.1:9090/graph",
        "fingerprint": fingerprint,
        **more,
    }


async def test_an_alert_starts_a_run_and_says_where_it_is(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    answer = await client.post("/v1/alerts", json={"title": "checkout answers 500", "service": "checkout"})
    (run,) = answer.json()["runs"]
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/runs/{run['id']}"
    assert incidents.facts(run["id"]).service == "checkout"


async def test_a_second_alert_of_the_same_thing_joins_the_open_run(client: httpx2.AsyncClient) -> None:
    body = {"title": "checkout answers 500", "dedup_key": "checkout-errors"}
    first, second = [(await client.post("/v1/alerts", json=body)).json()["runs"][0] for _ in range(2)]
    assert (first["joined"], second["joined"]) == (False, True)
    assert first["id"] == second["id"]


@pytest.mark.parametrize("title", ["", "   ", "\n"])
async def test_an_alert_without_a_usable_title_is_refused(client: httpx2.AsyncClient, title: str) -> None:
    answer = await client.post("/v1/alerts", json={"title": title})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "title" in answer.json()["detail"]


async def test_an_alert_that_is_over_and_was_never_open_starts_nothing(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    answer = await client.post("/v1/alerts", json={"title": "checkout answers 500", "status": "resolved"})
    assert (answer.status_code, answer.json()["runs"]) == (202, [])
    assert incidents.runs.newest() == []


async def test_an_alert_that_is_over_is_an_event_of_its_open_run(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    body = {"title": "checkout answers 500", "dedup_key": "k"}
    run = (await client.post("/v1/alerts", json=body)).json()["runs"][0]["id"]
    await client.post("/v1/alerts", json={**body, "status": "resolved"})
    assert incidents.facts(run).alert_resolved


async def test_a_time_without_a_zone_is_taken_as_utc(client: httpx2.AsyncClient, incidents: IncidentService) -> None:
    body = {"title": "checkout answers 500", "starts_at": "2026-03-03T02:58:00"}
    run = (await client.post("/v1/alerts", json=body)).json()["runs"][0]["id"]
    alert = incidents.facts(run).alert
    assert alert
    assert alert.starts_at
    assert alert.starts_at.tzinfo


async def test_alertmanager_s_group_starts_a_run_for_each_service(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    elsewhere = entry("f2", labels={"alertname": "SlowSearch", "service": "search"})
    both = {**group(entry("f1"), elsewhere), "groupKey": ""}
    answer = await client.post("/v1/alerts/alertmanager", json=both)
    runs = answer.json()["runs"]
    alert = incidents.facts(runs[0]["id"]).alert
    assert len({run["id"] for run in runs}) == 2
    assert alert
    assert (alert.title, alert.service, alert.severity, alert.dedup_key, alert.source) == (
        "checkout answers 500",
        "checkout",
        "critical",
        "f1",
        "alertmanager",
    )


async def test_alertmanager_s_fingerprint_finds_the_open_run(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    started = (await client.post("/v1/alerts/alertmanager", json=group(entry()))).json()["runs"]
    over = (await client.post("/v1/alerts/alertmanager", json=group(entry(status="resolved")))).json()["runs"]
    assert over == [{"id": started[0]["id"], "joined": True, "why": "the same alert"}]
    assert incidents.facts(started[0]["id"]).alert_resolved


@pytest.mark.parametrize(
    ("labels", "service"),
    [({"job": "checkout"}, "checkout"), ({"job": "node", "service": "checkout"}, "checkout"), ({}, "")],
)
async def test_the_service_is_a_label(
    client: httpx2.AsyncClient, incidents: IncidentService, labels: dict[str, str], service: str
) -> None:
    told = entry(labels={"alertname": "CheckoutErrors", **labels}, annotations={})
    run = (await client.post("/v1/alerts/alertmanager", json=group(told))).json()["runs"][0]["id"]
    alert = incidents.facts(run).alert
    assert alert
    assert (alert.title, alert.service) == ("CheckoutErrors", service)


async def test_one_unreadable_alert_does_not_keep_the_others_out(client: httpx2.AsyncClient) -> None:
    told = {"alerts": [entry(), 7, entry("f3")]}
    answer = await client.post("/v1/alerts/alertmanager", json=told)
    assert answer.status_code == 202
    assert len(answer.json()["runs"]) == 2
    assert answer.json()["refused"][0]["alert"] == 1


async def test_an_alert_without_a_name_is_taken_in_all_the_same(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    nameless = entry("f2", labels={}, annotations={})
    runs = (await client.post("/v1/alerts/alertmanager", json=group(nameless))).json()["runs"]
    alert = incidents.facts(runs[0]["id"]).alert
    assert alert
    assert (alert.dedup_key, alert.unread) == ("f2", ["title"])


UNREADABLE: list[dict[str, Any]] = [{}, {"alerts": []}, {"alerts": None}, {"alerts": [1]}, {"alerts": [{}]}]


@pytest.mark.parametrize("body", UNREADABLE)
async def test_a_group_without_one_readable_alert_is_refused(client: httpx2.AsyncClient, body: Any) -> None:
    answer = await client.post("/v1/alerts/alertmanager", json=body)
    assert answer.status_code == 422
    assert "alerts" in answer.json()["detail"]


async def test_an_unknown_sender_is_told_who_is_known(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/alerts/smoke-signals", json={"title": "x"})
    assert answer.status_code == 404
    assert "alertmanager" in answer.json()["detail"]


async def test_ten_thousand_alerts_fit_into_a_body_and_eleven_mebibytes_do_not(client: httpx2.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * 1024 * 1024

    headers = {"Content-Type": "application/json"}
    answer = await client.post("/v1/alerts/alertmanager", content=pieces(), headers=headers)
    assert middleware.MOST_BYTES > 2_800_000
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_run_s_alerts_say_who_proved_to_send_them(client: httpx2.AsyncClient) -> None:
    run = (await client.post("/v1/alerts", json={"title": "x", "source": "app"})).json()["runs"][0]["id"]
    (alert,) = (await client.get(f"/v1/runs/{run}/alerts")).json()
    assert (alert["source"], alert["sender"]) == ("app", "local")
