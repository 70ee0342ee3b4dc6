"""Users report by a form or by a program; several reports of one service are one incident."""

import httpx2
import pytest

from graphs.intake.incident_service import IncidentService


async def test_a_report_starts_a_run_in_the_reporter_s_words(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    told = {"what": "I cannot pay\nThe button does nothing.", "service": "checkout", "by": "Support"}
    answer = await client.post("/v1/reports", json={**told, "link": "https://shop.example.com/pay"})
    alert = incidents.facts(answer.json()["runs"][0]["id"]).alert
    assert answer.status_code == 202
    assert alert
    assert (alert.title, alert.service, alert.source) == ("I cannot pay", "checkout", "user report")
    assert alert.description == "The button does nothing.\n\nReported by Support."
    assert alert.links == ["https://shop.example.com/pay"]


async def test_reports_of_one_service_are_one_incident(client: httpx2.AsyncClient) -> None:
    told = [{"what": what, "service": "checkout"} for what in ("I cannot pay", "paying fails")]
    runs = [(await client.post("/v1/reports", json=one)).json()["runs"][0] for one in told]
    assert runs[0]["id"] == runs[1]["id"]
    assert runs[1]["joined"]


async def test_the_form_says_which_run_it_became(client: httpx2.AsyncClient, incidents: IncidentService) -> None:
    form = await client.get("/report?service=checkout")
    sent = await client.post("/report", data={"what": "I cannot <b>pay</b>", "service": "checkout"})
    (run,) = incidents.runs.newest()
    assert 'value="checkout"' in form.text
    assert f"/runs/{run.id}" in sent.text
    assert run.alert
    assert run.alert.title == "I cannot <b>pay</b>"


@pytest.mark.parametrize("what", ["", "  ", "\n", "x" * 5001])
async def test_an_empty_form_is_shown_again_with_what_was_typed(
    client: httpx2.AsyncClient, incidents: IncidentService, what: str
) -> None:
    answer = await client.post("/report", data={"what": what, "by": "<Ann>"})
    assert answer.status_code == 422
    assert "&lt;Ann&gt;" in answer.text
    assert incidents.runs.newest() == []


async def test_once_there_are_keys_a_report_needs_one(client: httpx2.AsyncClient, incidents: IncidentService) -> None:
    _, secret = incidents.api_keys(incidents.clock).create("support desk", ["alerts"])
    refused = await client.post("/v1/reports", json={"what": "x"})
    taken = await client.post("/v1/reports", json={"what": "x"}, headers={"Authorization": f"Bearer {secret}"})
    assert (refused.status_code, taken.status_code) == (401, 202)
