"""Every error is a problem that says what was wrong, and what to do."""

import sqlite3

import httpx2
import pytest

from graphs.intake.incident_service import IncidentService

JSON = {"Content-Type": "application/json"}


def is_problem(answer: httpx2.Response) -> bool:
    body = answer.json()
    kind = answer.headers["content-type"] == "application/problem+json"
    return kind and body["status"] == answer.status_code and bool(body["title"]) and bool(body["detail"])


@pytest.mark.parametrize("path", ["", "/transcript", "/events", "/graph", "/post-mortem"])
async def test_an_unknown_run_is_not_found(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(f"/v1/runs/nothing{path}")
    assert answer.status_code == 404
    assert is_problem(answer)
    assert "nothing" in answer.json()["detail"]


async def test_an_unknown_address_is_not_found(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/nowhere")
    assert answer.status_code == 404
    assert is_problem(answer)


async def test_a_wrong_method_is_told_the_right_one(client: httpx2.AsyncClient) -> None:
    answer = await client.delete("/v1/alerts")
    assert answer.status_code == 405
    assert is_problem(answer)
    assert "POST" in answer.json()["detail"]


async def test_what_is_no_json_is_told_where_it_breaks(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/alerts", content=b'{"title": ', headers=JSON)
    assert answer.status_code == 400
    assert is_problem(answer)


async def test_what_is_not_sent_as_json_is_told_to(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/alerts", content=b'{"title": "x"}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    assert is_problem(answer)


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"null", b"{}", b'{"title": 7}', b'{"title": "x", "labels": []}'])
async def test_what_does_not_fit_is_named_field_by_field(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await client.post("/v1/alerts", content=body, headers=JSON)
    assert answer.status_code == 422
    assert is_problem(answer)
    assert answer.json()["errors"]


@pytest.mark.parametrize("query", ["after=x", "after=-1", "after=99999999999999999999"])
async def test_a_cursor_is_a_sequence_number(client: httpx2.AsyncClient, query: str) -> None:
    run = (await client.post("/v1/alerts", json={"title": "x"})).json()["runs"][0]["id"]
    answer = await client.get(f"/v1/runs/{run}/transcript?{query}")
    assert answer.status_code == 422
    assert is_problem(answer)


@pytest.mark.sqlite
async def test_a_store_that_cannot_be_written_asks_to_send_again(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    incidents.deps.store.database.connection.execute("PRAGMA query_only = ON")
    answer = await client.post("/v1/alerts", json={"title": "x"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert is_problem(answer)


@pytest.mark.sqlite
async def test_a_full_disk_is_told_as_one(client: httpx2.AsyncClient, incidents: IncidentService) -> None:
    pages = incidents.deps.store.database.connection.execute("PRAGMA page_count").fetchone()[0]
    incidents.deps.store.database.connection.execute(f"PRAGMA max_page_count = {pages}")
    answer = await client.post("/v1/alerts", json={"title": "x", "description": "y" * 1_000_000})
    assert answer.status_code == 507
    assert answer.headers["retry-after"]
    assert "disk is full" in answer.json()["detail"]
    assert incidents.runs.newest() == []


@pytest.mark.sqlite
async def test_a_fault_of_ours_is_a_problem_too(client: httpx2.AsyncClient, incidents: IncidentService) -> None:
    incidents.close()
    answer = await client.get("/v1/runs")
    assert answer.status_code == 500
    assert is_problem(answer)
    assert sqlite3.ProgrammingError.__name__ not in answer.text
