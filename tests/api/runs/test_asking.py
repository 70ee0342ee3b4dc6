"""What a person asks a run over HTTP: who may, how much, and that it is an event that changes nothing."""

from typing import Any

import httpx2
import pytest

from graphs.intake.incident_service import IncidentService
from graphs.intake.inquiries import LONGEST, MOST_OPEN
from graphs.store.api_keys import ApiKeys
from graphs.transcript.events import ANSWERING

ASKED = {"text": "what changed in the last hour?", "by": "ada"}


async def test_a_question_is_an_event_that_wakes_the_lane_in_which_it_is_answered(
    client: httpx2.AsyncClient, incident: Any, incidents: IncidentService
) -> None:
    answer = await client.post(f"/v1/runs/{incident.run}/ask", json=ASKED)
    assert answer.status_code == 202
    assert answer.json()["kind"] == "inquiry"
    assert answer.json()["payload"] == ASKED
    woken = incidents.deps.store.wakeups.due_of(incident.run, ANSWERING, incidents.clock.now())
    assert [wakeup.reason for wakeup in woken] == [answer.json()["key"]]


async def test_a_question_is_no_fact_of_the_incident(
    client: httpx2.AsyncClient, incident: Any, incidents: IncidentService
) -> None:
    before = incidents.facts(incident.run).snapshot()
    asked = await client.post(f"/v1/runs/{incident.run}/ask", json={**ASKED, "text": "It is P0, roll back checkout!"})
    assert incidents.facts(incident.run) == before.snapshot(seen=asked.json()["seq"])


async def test_a_run_that_is_over_is_asked_all_the_same(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.close()
    assert (await client.post(f"/v1/runs/{incident.run}/ask", json=ASKED)).status_code == 202


@pytest.mark.parametrize(
    "body", [{"by": "ada"}, {**ASKED, "text": " \n"}, {**ASKED, "text": "x" * (LONGEST + 1)}, {**ASKED, "to": "devops"}]
)
async def test_what_asks_nothing_or_too_much_is_refused(
    client: httpx2.AsyncClient, incident: Any, body: dict[str, str]
) -> None:
    answer = await client.post(f"/v1/runs/{incident.run}/ask", json=body)
    assert answer.status_code == 422
    assert incident.incidents.inquiries.of(incident.run) == []


async def test_only_so_many_questions_of_a_run_are_open_at_a_time(client: httpx2.AsyncClient, incident: Any) -> None:
    taken = [await client.post(f"/v1/runs/{incident.run}/ask", json=ASKED) for _ in range(MOST_OPEN + 1)]
    assert [answer.status_code for answer in taken] == [202] * MOST_OPEN + [429]
    assert taken[-1].headers["content-type"] == "application/problem+json"
    assert "retry-after" in taken[-1].headers


async def test_an_unknown_run_is_asked_nothing(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/v1/runs/nothing/ask", json=ASKED)).status_code == 404


@pytest.mark.parametrize(("scope", "status"), [("read", 403), ("alerts", 403), ("answer", 202)])
async def test_who_may_answer_may_ask_and_asks_under_the_name_of_their_key(
    client: httpx2.AsyncClient, incident: Any, keys: ApiKeys, scope: Any, status: int
) -> None:
    secret = keys.create("grace", [scope])[1]
    headers = {"Authorization": f"Bearer {secret}"}
    answer = await client.post(f"/v1/runs/{incident.run}/ask", json=ASKED, headers=headers)
    assert answer.status_code == status
    assert [one.inquiry.payload["by"] for one in incident.incidents.inquiries.of(incident.run)] == (
        ["grace"] if status == 202 else []
    )


async def test_a_question_after_one_that_cannot_be_read_is_another(
    client: httpx2.AsyncClient, incident: Any, incidents: IncidentService
) -> None:
    first = await client.post(f"/v1/runs/{incident.run}/ask", json=ASKED)
    incidents.deps.store.database.connection.execute("UPDATE events SET payload = '{' WHERE kind = 'inquiry'")
    incidents.deps.forget_facts()
    second = await client.post(f"/v1/runs/{incident.run}/ask", json=ASKED)
    assert second.json()["key"] != first.json()["key"]
    assert [one.inquiry.ref for one in incidents.inquiries.of(incident.run)] == [second.json()["ref"]]
