"""A storm at the doors: what nobody looked at is closed by its own sender only, and stays listed as such."""

from typing import Any

import httpx2
import pytest

from agents.runtime.briefing import Alert
from graphs.intake.incident_service import IncidentService
from graphs.intake.storms import StormQueue
from graphs.store.api_keys import ApiKeys

INCIDENTS = 8


class Storm:
    """Incidents of one sender, of which some wait in the queue."""

    def __init__(self, client: httpx2.AsyncClient, incidents: IncidentService) -> None:
        self.client, self.incidents = client, incidents
        incidents.deps.storm_from = 3
        self.keys = ApiKeys(incidents.deps.store.keys, incidents.deps.clock)

    def made(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys.create(name, ['admin'])[1]}"}

    async def post(self, headers: dict[str, str], **told: Any) -> None:
        for number in range(INCIDENTS):
            alert = {"title": f"alert-{number}", "environment": f"e{number}", "source": "app", **told}
            answer = await self.client.post("/v1/alerts", json=alert, headers=headers)
            assert answer.status_code == 202

    def release(self) -> None:
        StormQueue(self.incidents.deps).release()

    def queued(self) -> list[str]:
        return [facts.id for facts in self.incidents.runs.newest() if facts.queued]


@pytest.fixture
def storm(client: httpx2.AsyncClient, incidents: IncidentService) -> Storm:
    return Storm(client, incidents)


async def test_what_waits_is_not_closed_by_another_sender(storm: Storm) -> None:
    await storm.post(storm.made("app"))
    queued = storm.queued()
    await storm.post(storm.made("cron"), status="resolved")
    storm.release()
    assert queued
    assert {storm.incidents.facts(run).status for run in queued} == {"waiting", "running"}


async def test_what_its_own_sender_ended_is_listed_as_closed_without_anyone_looking(storm: Storm) -> None:
    own, seen = storm.made("app"), storm.incidents.alerts.receive(Alert(title="seen")).run
    storm.incidents.deps.store.runs.close(seen)
    await storm.post(own)
    queued, parent = storm.queued(), storm.incidents.facts(storm.queued()[0]).parent
    before = (await storm.client.get(f"/runs/{parent}/now", headers=own)).text
    await storm.post(own, status="resolved")
    storm.release()
    unseen = [run for run in queued if storm.incidents.facts(run).unseen]
    listed = (await storm.client.get("/v1/runs?unseen=true", headers=own)).json()["runs"]
    assert unseen
    assert {(run["id"], run["unseen"], run["parent"]) for run in listed} == {(run, True, parent) for run in unseen}
    page = (await storm.client.get("/", headers=own)).text
    assert f"{len(unseen)} incidents of a storm were closed without anyone looking" in page
    only = (await storm.client.get("/?unseen=1", headers=own)).text
    assert only.count("<td>closed without anyone looking</td>") == len(unseen)
    assert (seen in page, seen in only, 'id="open"' in only) == (True, False, False)
    assert ">closed without anyone looking</span>" in (await storm.client.get(f"/runs/{unseen[0]}", headers=own)).text
    after = (await storm.client.get(f"/runs/{parent}/now", headers=own)).text
    told = f"{len(unseen)} closed without anyone looking</a>"
    assert (told in before, told in after) == (False, True)


async def test_the_list_of_them_comes_page_by_page(storm: Storm) -> None:
    own = storm.made("app")
    await storm.post(own)
    await storm.post(own, status="resolved")
    storm.release()
    seen, path = list[str](), "/v1/runs?unseen=true&most=1"
    while path:
        answer = await storm.client.get(path, headers=own)
        seen += [run["id"] for run in answer.json()["runs"]]
        path = answer.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert sorted(seen) == sorted(facts.id for facts in storm.incidents.runs.newest() if facts.unseen)


async def test_an_alert_that_calls_itself_the_storm_joins_and_ends_nothing(storm: Storm) -> None:
    own = storm.made("app")
    await storm.post(own)
    parent = storm.incidents.facts(storm.queued()[0]).parent
    told = {"title": "Alert storm", "dedup_key": "storm"}
    for headers in (own, storm.made("storm")):
        for status in ("firing", "resolved"):
            await storm.client.post("/v1/alerts", json={**told, "status": status}, headers=headers)
            await storm.client.post("/v1/alerts/generic", json={**told, "status": status}, headers=headers)
    assert (storm.incidents.facts(parent).alerts, storm.incidents.facts(parent).alert_resolved) == (1, False)
