"""What people tell a run unasked, and the switches for its acting."""

from typing import Any

import httpx2
import pytest

from agents.runtime.briefing import Alert
from graphs.intake.incident_service import IncidentService

BY = {"by": "night shift"}
TELLINGS: dict[str, dict[str, Any]] = {
    "severity": {"severity": "P1", "comment": "half of them still get in"},
    "cause": {"cause": "infrastructure", "component": "accounts-db"},
    "handled": {"comment": "I restarted it"},
    "over": {"comment": "it went away by itself"},
    "not-over": {"comment": "users still call"},
    "cancel": {},
    "notes": {"text": "we see it too"},
    "hold": {"text": "we look ourselves"},
    "resume": {},
    "awareness": {"at": "2026-03-03T02:30:00Z"},
}
CARRIED_OUT_LATER = ("severity", "cause", "handled", "over", "not-over", "cancel")


@pytest.mark.parametrize("what", TELLINGS)
async def test_what_a_person_says_is_an_event_of_the_run(client: httpx2.AsyncClient, incident: Any, what: str) -> None:
    answer = await client.post(f"/v1/runs/{incident.run}/{what}", json={**TELLINGS[what], **BY})
    (written,) = incident.incidents.transcript(incident.run, answer.json()["seq"] - 1)
    told = written.payload.get("instruction", written.payload)
    assert answer.status_code == (202 if what in CARRIED_OUT_LATER else 200)
    assert answer.json()["payload"] == written.payload
    assert told["by"] == "night shift"


@pytest.mark.parametrize("what", TELLINGS)
async def test_a_run_that_is_over_is_told_nothing_more(client: httpx2.AsyncClient, incident: Any, what: str) -> None:
    incident.close()
    answer = await client.post(f"/v1/runs/{incident.run}/{what}", json={**TELLINGS[what], **BY})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert "is over" in answer.json()["detail"]


@pytest.mark.parametrize("what", TELLINGS)
async def test_an_unknown_run_is_told_nothing(client: httpx2.AsyncClient, what: str) -> None:
    answer = await client.post(f"/v1/runs/nothing/{what}", json={**TELLINGS[what], **BY})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("severity", {**BY, "severity": "P9"}),
        ("severity", BY),
        ("cause", {**BY, "cause": "infrastructure"}),
        ("cause", {**BY, "cause": "magic", "component": "x"}),
        ("handled", {}),
        ("cancel", {"by": ""}),
        ("notes", BY),
        ("notes", {**BY, "text": " \n"}),
        ("hold", {**BY, "until": "later"}),
        ("awareness", BY),
        ("awareness", {**BY, "at": "2026-03-03T02:30:00"}),
        ("awareness", {**BY, "at": 0}),
        ("awareness", {**BY, "at": "1772505000"}),
        ("awareness", {**BY, "at": "2126-03-03T02:30:00Z"}),
    ],
)
async def test_what_says_too_little_is_refused(client: httpx2.AsyncClient, incident: Any, what: str, body: Any) -> None:
    answer = await client.post(f"/v1/runs/{incident.run}/{what}", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert incident.incidents.facts(incident.run).seen == 1


async def test_a_run_shows_what_it_was_told(client: httpx2.AsyncClient, incident: Any) -> None:
    for what in ("severity", "hold", "awareness"):
        await client.post(f"/v1/runs/{incident.run}/{what}", json={**TELLINGS[what], **BY})
    run = (await client.get(f"/v1/runs/{incident.run}")).json()
    assert [(told["kind"], told["severity"]) for told in run["instructions"]] == [("severity", "P1")]
    assert run["held"] is True
    assert (run["awareness_at"], run["notify_by"]) == ("2026-03-03T02:30:00Z", "2026-03-06T02:30:00Z")


async def test_a_run_that_is_resumed_is_not_held(client: httpx2.AsyncClient, incident: Any) -> None:
    for what in ("hold", "resume"):
        await client.post(f"/v1/runs/{incident.run}/{what}", json=BY)
    assert (await client.get(f"/v1/runs/{incident.run}")).json()["held"] is False


async def test_one_switch_holds_all_acting(client: httpx2.AsyncClient, incidents: IncidentService) -> None:
    assert (await client.get("/v1/hold")).json() == {"held": False}
    assert (await client.post("/v1/hold", json=BY)).json() == {"held": True}
    assert (await client.get("/v1/hold")).json() == {"held": True}
    assert incidents.held
    assert (await client.post("/v1/resume", json=BY)).json() == {"held": False}
    assert not incidents.held


async def test_every_open_run_says_once_who_turned_the_switch(client: httpx2.AsyncClient, incident: Any) -> None:
    for _ in range(2):
        await client.post("/v1/hold", json=BY)
    notes = [event.payload for event in incident.incidents.transcript(incident.run) if event.kind == "note"]
    assert [(note["by"], note["text"]) for note in notes] == [("night shift", "acting is on hold in every run")]


async def test_the_switch_wants_to_know_who_turns_it(client: httpx2.AsyncClient, incidents: IncidentService) -> None:
    assert (await client.post("/v1/hold", json={})).status_code == 422
    assert not incidents.held


async def test_of_two_who_set_the_severity_the_second_looks_again(client: httpx2.AsyncClient, incident: Any) -> None:
    path = f"/v1/runs/{incident.run}/severity"
    seen = {"If-Match": (await client.get(path)).headers["etag"]}
    answers = [await client.post(path, json={**BY, "severity": level}, headers=seen) for level in ("P1", "P3")]
    assert [answer.status_code for answer in answers] == [202, 412]
    assert [told["severity"] for told in (await client.get(path)).json()["told"]] == ["P1"]
    assert (await client.post(path, json={**BY, "severity": "P0"}, headers={"If-Match": "*"})).status_code == 202


async def test_a_run_is_merged_into_another_and_its_alerts_with_it(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    one, other = (
        incidents.alerts.receive(Alert(title=f"{name} fails", service=name)).run for name in ("checkout", "search")
    )
    answer = await client.post(f"/v1/runs/{other}/merge", json={"into": one, "by": "ada"})
    assert answer.status_code == 202
    alerts = (await client.get(f"/v1/runs/{one}/alerts")).json()
    assert [(alert["title"], alert["times"], alert["firing"]) for alert in alerts] == [
        ("checkout fails", 1, True),
        ("search fails", 1, True),
    ]
    assert incidents.facts(other).instructions[0].by == "ada"


@pytest.mark.parametrize(("into", "status"), [("nowhere", 404), ("itself", 422)])
async def test_a_merge_that_makes_no_sense_is_refused(
    client: httpx2.AsyncClient, incidents: IncidentService, into: str, status: int
) -> None:
    run = incidents.alerts.receive(Alert(title="checkout fails")).run
    answer = await client.post(f"/v1/runs/{run}/merge", json={"into": run if into == "itself" else into, "by": "ada"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_some_of_a_run_s_alerts_are_split_off(client: httpx2.AsyncClient, incidents: IncidentService) -> None:
    run = incidents.alerts.receive(Alert(title="checkout fails", service="checkout")).run
    incidents.alerts.receive(Alert(title="checkout is slow", service="checkout"))
    refs = [alert["ref"] for alert in (await client.get(f"/v1/runs/{run}/alerts")).json()]
    answer = await client.post(f"/v1/runs/{run}/split", json={"alerts": refs[1:], "by": "ada"})
    assert answer.status_code == 202
    (left,) = incidents.alerts_of(answer.json()["id"])
    assert left.alert.title == "checkout is slow"
    again = await client.post(f"/v1/runs/{run}/split", json={"alerts": refs[:1], "by": "ada"})
    assert again.status_code == 422
