"""The public status page shows what was sent, and nothing else."""

import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from agents.io.catalogue import Catalogue
from agents.reports.triage import Scope
from agents.runtime.ledger import Damage
from api.pages.status_page import PublicComponent, StatusPage, headline

MINUTE = timedelta(minutes=1)


def send(incident: Any, status: str, done: bool = True, also: str = "") -> None:
    fields = {
        **{"at": "", "service_name": "Checkout", "status": status, "impact": f"Orders fail ({status}).{also}"},
        **{"current_action": "We are at work.", "next_update": "03:15 UTC", "inner": "db-7 of team-x"},
    }
    told = {"port": "publish_status", "arguments": {"text": ""}, "fields": fields, "done": done, "detail": ""}
    incident.write("outbound", "support_responder", "update_status_page", "communication", **told)


def know(incident: Any, *names: str) -> None:
    services = {name: {"public_name": name.capitalize()} for name in names}
    incident.incidents.catalogue.services.update(Catalogue.model_validate({"services": services}).services)


async def states(client: httpx2.AsyncClient) -> dict[str, str]:
    told = (await client.get("/status.json")).json()
    return {component["name"]: component["state"] for component in told["components"]}


async def test_an_incident_is_open_until_its_resolution_was_sent(client: httpx2.AsyncClient, incident: Any) -> None:
    states: list[tuple[str, int, int]] = []
    for status in ("Investigating", "Monitoring", "Resolved"):
        send(incident, status)
        told = (await client.get("/status.json")).json()
        states.append((told["state"], len(told["open_incidents"]), len(told["history"])))
    assert states == [("disturbed", 1, 0), ("being watched", 1, 0), ("operational", 0, 1)]


async def test_what_was_not_sent_is_not_shown(client: httpx2.AsyncClient, incident: Any) -> None:
    send(incident, "Investigating", done=False)
    assert (await client.get("/status.json")).json()["open_incidents"] == []


async def test_nothing_internal_is_shown(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.write("note", by="Ada of team-x", text="db-7 is down")
    send(incident, "Identified")
    for path in ("/status", "/status.json"):
        shown = (await client.get(path)).text
        assert "Orders fail (Identified)." in shown
        assert [word for word in (incident.run, "db-7", "team-x", "checkout answers 500") if word in shown] == []


async def test_the_page_says_the_same_as_the_feed(client: httpx2.AsyncClient, incident: Any) -> None:
    send(incident, "Investigating")
    feed, page = (await client.get("/status.json")).text, (await client.get("/status")).text
    assert f'id="{json.loads(feed)["open_incidents"][0]["id"]}"' in page
    assert "<title>! Checkout is disturbed - Status</title>" in page


async def test_a_component_that_is_measured_to_fail_is_disturbed_whatever_was_sent(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    know(incident, "shop")
    send(incident, "Monitoring")
    assert await states(client) == {"Checkout": "being watched", "Shop": "operational"}
    at = incident.incidents.clock.now()
    stretch = {"service": "shop", "kind": "errors", "since": at.isoformat(), "until": at.isoformat(), "worst": 0.36}
    for is_open, state in ((True, "disturbed"), (False, "operational")):
        damage = [{**stretch, "is_open": is_open}]
        incident.write("tool_result", tool="golden_signals", arguments={}, value={}, damage=damage)
        assert (await states(client))["Shop"] == state


@pytest.mark.parametrize(("caller", "state"), [("down", "operational"), ("slow", "disturbed")])
async def test_what_gets_no_requests_because_its_caller_does_not_run_is_not_disturbed_for_that(
    client: httpx2.AsyncClient, incident: Any, caller: str, state: str
) -> None:
    services = {"shop": {"depends_on": ["catalog"]}, "catalog": {"public_name": "Catalog"}}
    incident.incidents.catalogue.services.update(Catalogue.model_validate({"services": services}).services)
    send(incident, "Identified")
    at = incident.incidents.clock.now().isoformat()
    stretch = {"since": at, "until": at, "is_open": True, "worst": 1.0}
    damage = [{"service": "catalog", "kind": "lost traffic", **stretch}, {"service": "shop", "kind": caller, **stretch}]
    incident.write("tool_result", tool="golden_signals", arguments={}, value={}, damage=damage)
    assert (await states(client))["Catalog"] == state


async def test_what_the_newest_text_names_as_affected_stands_as_the_incident_until_that_is_resolved(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    know(incident, "shop", "web shop", "search")
    other = {"Shop": "operational", "Search": "operational"}
    for status, also, state in (
        ("Identified", " Also affected: Web shop.", "disturbed"),
        ("Monitoring", " Web shop was affected, too.", "being watched"),
        ("Resolved", " Web shop was affected, too.", "operational"),
    ):
        send(incident, status, also=also)
        found = await states(client)
        assert found.pop("Checkout", "operational") == state
        assert found == {**other, "Web shop": state}


def looked(incident: Any, *services: str, down: bool = True) -> None:
    look = {"users_affected": None, "users_share": None, "data_at_risk": "unknown", "services": services}
    scope = Scope.model_validate({"summary": "", **look, "down": services if down else (), "abnormal": bool(services)})
    report = scope.model_dump(mode="json")
    incident.write("duty_finished", "infrastructure_maintainer", "assess_scope", report=report, by="book")


async def test_what_the_newest_look_finds_down_is_disturbed_and_then_watched_until_the_incident_is_resolved(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    know(incident, "shop")
    looked(incident, "shop")
    send(incident, "Identified")
    assert (await states(client))["Shop"] == "disturbed"
    send(incident, "Monitoring")
    assert (await states(client))["Shop"] == "being watched"
    looked(incident)
    assert (await states(client))["Shop"] == "operational"
    at = incident.incidents.clock.now().isoformat()
    stretch = {"service": "shop", "kind": "errors", "since": at, "until": at, "is_open": False, "worst": 0.36}
    incident.write("tool_result", tool="golden_signals", arguments={}, value={}, damage=[stretch])
    assert (await states(client))["Shop"] == "being watched"
    send(incident, "Resolved")
    assert (await states(client))["Shop"] == "operational"


async def test_what_the_newest_look_finds_in_trouble_is_disturbed_only_where_a_text_would_name_it(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    know(incident, "shop")
    looked(incident, "shop", down=False)
    send(incident, "Identified")
    assert (await states(client))["Shop"] == "operational"
    at = incident.incidents.clock.now().isoformat()
    stretch = {"service": "shop", "kind": "slow", "since": at, "until": at, "is_open": True, "worst": 4.8}
    incident.write("tool_result", tool="golden_signals", arguments={}, value={}, damage=[stretch])
    assert (await states(client))["Shop"] == "disturbed"


async def test_what_failed_in_the_watch_is_watched_again_once_all_was_measured_well_after_that(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    know(incident, "shop")
    looked(incident, "shop")
    incident.write("status", status="Monitoring", why="-")
    send(incident, "Monitoring")
    fixed = incident.incidents.facts(incident.run).fixed_at
    stretch: dict[str, Any] = {
        "service": "shop",
        "kind": "refused",
        "since": fixed,
        "until": fixed + MINUTE,
        "worst": 1.0,
    }
    damage = [Damage(**stretch, is_open=True).model_dump(mode="json")]
    incident.write("tool_result", tool="check_endpoints", arguments={}, value={}, damage=damage)
    assert (await states(client))["Shop"] == "disturbed"
    incident.incidents.clock.time += 5 * MINUTE
    report = {"normal": True, "summary": "-"}
    incident.write("duty_finished", "devops_automator", "verify_metrics", report=report, by="book")
    assert (await states(client))["Shop"] == "being watched"


@pytest.mark.parametrize(
    ("state", "named", "said"),
    [
        ("operational", ["Shop"], "✓ No disturbance is known"),
        ("disturbed", ["Shop"], "! Shop is disturbed"),
        ("disturbed", ["Sign-in", "Shop"], "! Sign-in and Shop are disturbed"),
        ("disturbed", ["A", "B", "C", "D"], "! Something is disturbed"),
        ("disturbed", [], "! Something is disturbed"),
        ("being watched", ["Shop"], "… Shop: the disturbance seems to be over; we are watching"),
        ("being watched", [], "… Being watched"),
    ],
)
def test_the_headline_names_what_does_not_work(state: Any, named: list[str], said: str) -> None:
    other = PublicComponent(name="Other", state="disturbed" if state == "being watched" else "being watched")
    components = [other, *(PublicComponent(name=name, state=state) for name in named)]
    assert headline(StatusPage(state=state, components=components, open_incidents=[], history=[])) == said
