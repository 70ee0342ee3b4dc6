"""The pages of what started nothing, and of planned silence."""

import httpx2
import pytest

from graphs.intake.incident_service import IncidentService


async def kept(client: httpx2.AsyncClient, title: str = "Backup <b>ran</b>") -> str:
    """The address of the page of an alert that started nothing."""
    await client.post("/v1/alerts/generic", json={"title": title, "status": "resolved", "password": "s3cret"})
    (one,) = (await client.get("/v1/inbox")).json()
    return f"/inbox/{one['ref']}/{one['number']}"


async def test_the_inbox_lists_what_started_nothing_and_why(client: httpx2.AsyncClient) -> None:
    assert "Nothing: every alert" in (await client.get("/inbox")).text
    path = await kept(client)
    page = (await client.get("/inbox")).text
    assert path in page
    assert "Backup &lt;b&gt;ran&lt;/b&gt;" in page
    assert "nothing that it belongs to is open" in page
    assert 'href="/inbox"' in (await client.get("/")).text


async def test_a_kept_alert_s_page_shows_its_body_without_secrets(client: httpx2.AsyncClient) -> None:
    page = (await client.get(await kept(client))).text
    assert "&lt;b&gt;ran" in page
    assert "s3cret" not in page
    assert (await client.get("/inbox/none/0")).status_code == 404


async def test_a_run_is_started_from_the_page(client: httpx2.AsyncClient, incidents: IncidentService) -> None:
    path = await kept(client)
    assert (await client.post(f"{path}/run", data={"by": ""})).status_code == 422
    answer = await client.post(f"{path}/run", data={"by": "ada"})
    (facts,) = incidents.runs.newest()
    assert (answer.status_code, answer.headers["location"]) == (303, f"/runs/{facts.id}")
    assert facts.id in (await client.get(path)).text


async def test_an_alert_is_muted_from_the_page(client: httpx2.AsyncClient, incidents: IncidentService) -> None:
    path = await kept(client)
    assert (await client.post(f"{path}/mute", data={"by": "ada", "minutes": "60"})).status_code == 422
    answer = await client.post(f"{path}/mute", data={"by": "ada", "minutes": "60", "why": "known"})
    assert answer.status_code == 303
    assert "known" in (await client.get("/silences")).text
    assert incidents.silences.listed()[0].set_by == "ada"


async def test_a_window_is_planned_and_ended_on_the_page(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    form = {"by": "ada", "why": "new disks", "service": "checkout", "starts_at": "", "ends_at": "2026-03-03T05:00"}
    assert (await client.post("/silences", data=form)).status_code == 303
    (planned,) = incidents.silences.listed()
    assert (planned.service, planned.ends_at.isoformat()) == ("checkout", "2026-03-03T05:00:00+00:00")
    assert "service checkout" in (await client.get("/silences")).text
    assert (await client.post(f"/silences/{planned.id}/end", data={"by": "ada"})).status_code == 303
    assert incidents.silences.listed() == []


@pytest.mark.parametrize("form", [{"by": "ada", "why": "x", "ends_at": "2026-03-03T05:00"}, {"service": "a"}, {}])
async def test_a_window_that_does_not_fit_is_refused_with_the_reason(
    client: httpx2.AsyncClient, form: dict[str, str]
) -> None:
    answer = await client.post("/silences", data=form or {"x": "y"})
    assert (answer.status_code, "This was not taken" in answer.text) == (422, True)


async def test_another_site_s_form_plans_nothing(client: httpx2.AsyncClient, incidents: IncidentService) -> None:
    form = {"by": "ada", "why": "x", "service": "checkout", "ends_at": "2026-03-03T05:00"}
    answer = await client.post("/silences", data=form, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert incidents.silences.listed() == []
