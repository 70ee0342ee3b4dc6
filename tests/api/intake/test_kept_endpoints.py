"""The inbox of what started nothing, and planned silence, by the API."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from api.app import create_app
from api.intake.rounds import Rounds
from api.intake.senders import Sender, Senders
from graphs.intake.incident_service import IncidentService
from tests.api.conftest import HandClock
from tests.api.intake.adapters.cases import delivery
from tests.api.proofs import at

FIRES = {"title": "checkout answers 500", "service": "checkout", "dedup_key": "k", "labels": {"team": "payments"}}
WATCHDOG = {"alerts": [{"status": "firing", "labels": {"alertname": "Watchdog"}, "fingerprint": "w"}]}


async def taken(client: httpx2.AsyncClient, door: str, body: Any) -> list[dict[str, Any]]:
    answer = await client.post(door, json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()["alerts"]


async def inbox(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    return (await client.get("/v1/inbox")).json()


def window(clock: HandClock, **scope: str) -> dict[str, Any]:
    return {**scope, "ends_at": (clock.now() + timedelta(hours=1)).isoformat(), "by": "ada", "why": "new disks"}


async def test_the_answer_says_of_each_alert_what_became_of_it(client: httpx2.AsyncClient) -> None:
    over = {**FIRES, "status": "resolved"}
    bodies = [{**over, "dedup_key": "other"}, FIRES, FIRES, {**FIRES, "title": "worse"}, over]
    became = [(await taken(client, "/v1/alerts", body))[0]["became"] for body in bodies]
    assert became == ["counted", "started", "counted", "joined", "resolved"]


async def test_one_broken_alert_of_many_is_named_and_the_others_are_taken(client: httpx2.AsyncClient) -> None:
    told = await taken(client, "/v1/alerts/generic", [{"title": "a"}, "x", {"title": "b"}])
    assert [(one["alert"], one["became"]) for one in told] == [(0, "started"), (1, "kept: unreadable"), (2, "started")]
    assert [(one["number"], one["became"]) for one in await inbox(client)] == [(1, "kept: unreadable")]


async def test_of_very_many_broken_alerts_some_are_listed_and_the_others_counted(client: httpx2.AsyncClient) -> None:
    await taken(client, "/v1/alerts/generic", [{"title": "a"}, *("x" for _ in range(150))])
    listed = (await client.get("/v1/inbox?most=1000")).json()
    assert len(listed) == 101
    assert "50 more alerts" in " ".join(one["title"] for one in listed)


async def test_after_a_silence_of_many_alerts_every_one_of_them_starts_its_run(
    client: httpx2.AsyncClient, incidents: IncidentService, clock: HandClock
) -> None:
    incidents.deps.storm_from = 1_000
    await client.post("/v1/silences", json=window(clock, environment="prod"))
    many = [{"title": f"a{number}", "service": f"s{number}", "environment": "prod"} for number in range(130)]
    await taken(client, "/v1/alerts/generic", many)
    clock.time += timedelta(hours=2)
    await Rounds(incidents, Senders()).make()
    assert len(incidents.runs.open_ids()) == 130


@pytest.mark.parametrize(
    ("door", "body", "became"),
    [
        ("alertmanager", WATCHDOG, "held: control message"),
        ("generic", {"title": "x", "status": "resolved"}, "counted"),
        ("github", {"workflow_run": {"name": "Deploy", "conclusion": "failure"}}, "kept: a change"),
    ],
)
async def test_what_starts_nothing_is_in_the_inbox(
    client: httpx2.AsyncClient, incidents: IncidentService, door: str, body: Any, became: str
) -> None:
    (told,) = await taken(client, f"/v1/alerts/{door}", body)
    assert (told["became"], bool(told["why"]), told["run"]) == (became, True, "")
    (kept,) = await inbox(client)
    assert (kept["became"], kept["source"], kept["title"]) == (became, door, told["title"])
    assert incidents.runs.newest() == []


async def test_what_comes_again_word_for_word_is_in_the_inbox_once(client: httpx2.AsyncClient) -> None:
    for _ in range(3):
        await taken(client, "/v1/alerts/alertmanager", WATCHDOG)
    assert [one["times"] for one in await inbox(client)] == [3]


async def test_what_nobody_can_read_is_in_the_inbox_with_the_reason(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/v1/alerts/datadog", content=b"{")).status_code == 400
    assert (await client.post("/v1/alerts/datadog", content=b"{}")).status_code == 422
    assert {one["became"] for one in await inbox(client)} == {"kept: unreadable"}
    assert all(one["why"] for one in await inbox(client))


async def test_a_person_starts_a_run_from_what_started_nothing(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    await taken(client, "/v1/alerts/generic", {"title": "x", "status": "resolved"})
    (kept,) = await inbox(client)
    path = f"/v1/inbox/{kept['ref']}/{kept['number']}/run"
    first, again = [await client.post(path, json={"by": "ada"}) for _ in range(2)]
    facts = incidents.facts(first.json()["id"])
    assert facts.alert
    assert (facts.alert.title, facts.alert.status) == ("x", "firing")
    assert again.json()["id"] == facts.id
    assert (await inbox(client))[0]["run"] == facts.id
    assert (await client.post("/v1/inbox/nothing/0/run", json={"by": "ada"})).status_code == 404


async def test_a_pipeline_is_an_alert_where_its_sender_says_so(incidents: IncidentService) -> None:
    senders = Senders({"github": Sender(changes_are_alerts=True), "gitlab": Sender()})
    body = {"workflow_run": {"name": "Deploy", "conclusion": "failure"}}
    assert [_is_change(senders, name, body) for name in ("github", "gitlab")] == [False, True]


def _is_change(senders: Senders, name: str, body: Any) -> bool:
    (alert,) = senders.adapter(name)[1](delivery(body)).alerts
    return alert.is_change


@pytest.mark.parametrize(
    "scope", [{"service": "check*"}, {"label": "team=payments"}, {"service": "checkout", "label": "team=pay*"}]
)
async def test_in_a_maintenance_window_an_alert_is_kept_and_starts_its_run_at_the_end(
    client: httpx2.AsyncClient, incidents: IncidentService, clock: HandClock, scope: dict[str, str]
) -> None:
    rounds = Rounds(incidents, Senders())
    assert (await client.post("/v1/silences", json=window(clock, **scope))).status_code == 201
    (told,) = await taken(client, "/v1/alerts", FIRES)
    assert (told["became"], "new disks" in told["why"]) == ("kept: planned silence", True)
    await rounds.make()
    assert incidents.runs.newest() == []
    clock.time += timedelta(hours=1, minutes=1)
    await rounds.make()
    (facts,) = incidents.runs.newest()
    assert facts.alert
    assert facts.alert.title == FIRES["title"]
    await rounds.make()
    assert len(incidents.runs.newest()) == 1


async def test_what_is_over_before_the_window_ends_starts_nothing(
    client: httpx2.AsyncClient, incidents: IncidentService, clock: HandClock
) -> None:
    await client.post("/v1/silences", json=window(clock, service="checkout"))
    await taken(client, "/v1/alerts", FIRES)
    (told,) = await taken(client, "/v1/alerts", {**FIRES, "status": "resolved"})
    assert told["became"] == "counted"
    clock.time += timedelta(hours=2)
    await Rounds(incidents, Senders()).make()
    assert incidents.runs.newest() == []


@pytest.mark.parametrize("other", [{"service": "search"}, {"environment": "staging"}, {"label": "team=search"}])
async def test_a_window_silences_nothing_else(
    client: httpx2.AsyncClient, clock: HandClock, other: dict[str, str]
) -> None:
    await client.post("/v1/silences", json=window(clock, **other))
    assert (await taken(client, "/v1/alerts", FIRES))[0]["became"] == "started"


async def test_what_belongs_to_an_open_run_goes_on_in_a_window(client: httpx2.AsyncClient, clock: HandClock) -> None:
    await taken(client, "/v1/alerts", FIRES)
    await client.post("/v1/silences", json=window(clock, service="checkout"))
    assert (await taken(client, "/v1/alerts", {**FIRES, "title": "worse"}))[0]["became"] == "joined"


async def test_a_window_that_is_ended_early_lets_what_fires_start_its_run(
    client: httpx2.AsyncClient, incidents: IncidentService, clock: HandClock
) -> None:
    planned = (await client.post("/v1/silences", json=window(clock, service="checkout"))).json()
    await taken(client, "/v1/alerts", FIRES)
    assert (await client.delete(f"/v1/silences/{planned['id']}")).status_code == 204
    await Rounds(incidents, Senders()).make()
    assert len(incidents.runs.newest()) == 1
    assert (await client.get("/v1/silences")).json() == []
    assert (await client.delete("/v1/silences/none")).status_code == 404


async def test_a_muted_alert_starts_nothing_until_its_time_is_over_and_others_do(
    client: httpx2.AsyncClient, incidents: IncidentService, clock: HandClock
) -> None:
    await taken(client, "/v1/alerts", {**FIRES, "status": "resolved"})
    (kept,) = await inbox(client)
    path = f"/v1/inbox/{kept['ref']}/{kept['number']}/mute"
    muted = await client.post(path, json={"by": "ada", "why": "known", "minutes": 60})
    assert (muted.json()["by"], muted.json()["alert"]) == ("ada", FIRES["title"])
    assert (await taken(client, "/v1/alerts", FIRES))[0]["became"] == "kept: planned silence"
    assert (await taken(client, "/v1/alerts", {**FIRES, "dedup_key": "other"}))[0]["became"] == "started"


@pytest.mark.parametrize(
    "wrong", [{}, {"service": "x", "ends_at": "2027-03-03T00:00:00"}, {"label": "team"}, {"service": "x", "why": ""}]
)
async def test_a_window_that_names_nothing_or_no_zone_is_refused(
    client: httpx2.AsyncClient, clock: HandClock, wrong: dict[str, str]
) -> None:
    assert (await client.post("/v1/silences", json={**window(clock), **wrong})).status_code == 422


CALENDAR = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
SUMMARY:Database
  upgrade
DTSTART;TZID=Europe/Berlin:20260303T040000
DTEND;TZID=Europe/Berlin:20260303T060000
DESCRIPTION:service: checkout\\nenvironment: prod
END:VEVENT
BEGIN:VEVENT
UID:2
SUMMARY:Every Monday
DTSTART:20260302T010000Z
DURATION:PT1H
RRULE:FREQ=WEEKLY;COUNT=3
DESCRIPTION:label: team=payments
END:VEVENT
BEGIN:VEVENT
UID:3
SUMMARY:Lunch
DTSTART:20260304T110000Z
DTEND:20260304T120000Z
END:VEVENT
END:VCALENDAR
"""


async def test_a_calendar_s_events_become_windows_and_come_again_as_the_same(client: httpx2.AsyncClient) -> None:
    body = CALENDAR.replace("\n", "\r\n")
    answer = [await client.post("/v1/silences/calendar?feed=ops", content=body) for _ in range(2)][-1]
    assert answer.status_code == 202, answer.text
    assert answer.json()["left_out"][0].startswith("Lunch: ")
    listed = (await client.get("/v1/silences")).json()
    assert [(one["starts_at"], one["service"] or one["label"], one["why"]) for one in listed] == [
        ("2026-03-03T03:00:00Z", "checkout", "Database upgrade"),
        ("2026-03-09T01:00:00Z", "team=payments", "Every Monday"),
        ("2026-03-16T01:00:00Z", "team=payments", "Every Monday"),
    ]
    assert (await client.post("/v1/silences/calendar", content="x")).status_code == 422


async def test_a_sender_that_should_report_in_and_does_not_is_an_alert(
    client: httpx2.AsyncClient, incidents: IncidentService, clock: HandClock
) -> None:
    senders = Senders({"alertmanager": Sender(heartbeat_minutes=5)})
    rounds = Rounds(incidents, senders)
    clock.time += timedelta(minutes=6)
    await rounds.make()
    await rounds.make()
    (facts,) = incidents.runs.newest()
    assert facts.alert
    assert facts.alert.title == "alertmanager has not reported in for 5 minutes"
    async with at(create_app(incidents, senders=senders)) as door:
        assert (await door.post("/v1/alerts/alertmanager", json=WATCHDOG)).status_code == 202
    await rounds.make()
    assert incidents.facts(facts.id).alert_resolved


async def test_an_unknown_sender_is_told_of_generic_and_of_mappings(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/alerts/nobody-knows", json={"title": "x"})
    assert answer.status_code == 404
    assert "generic" in answer.json()["detail"]
    assert "mapping" in answer.json()["detail"]
