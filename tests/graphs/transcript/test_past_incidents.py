"""The past: investigators read earlier post-mortems of the same service, and of no other."""

from datetime import UTC, datetime

import pytest

from agents.io.catalogue import Catalogue
from agents.io.clock import VirtualClock
from agents.roster import DUTIES
from agents.runtime.briefing import Alert
from agents.tools.connections import CatalogueConnections
from agents.tools.ports import add_to_backlog, past_incidents
from graphs.intake.incident_service import IncidentService
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from graphs.transcript.events import Author, Draft
from graphs.transcript.past_incidents import MOST, WithPastIncidents

WRITTEN = {
    "text": "# Post-mortem: checkout",
    "root_cause": {"summary": "8.5.0 leaked connections"},
    "prevention": {"summary": "watch the pool"},
    "action_items": {"items": [{"action": "Alert on the pool", "owner": "payments", "deadline": "2026-03-09"}]},
}


@pytest.fixture
def deps() -> Dependencies:
    clock, catalogue = VirtualClock(datetime(2026, 3, 2, tzinfo=UTC)), Catalogue()
    store = Store()
    connections = WithPastIncidents(CatalogueConnections(catalogue, clock), store.events)
    return Dependencies(store=store, clock=clock, connections=connections, catalogue=catalogue)


def had(deps: Dependencies, service: str, title: str, written: bool = True) -> str:
    run = IncidentService(deps).alerts.receive(Alert(title=title, service=service)).run
    if written:
        deps.transcripts.write(run, Draft("main/s5#1/post_mortem.1", "post_mortem", WRITTEN, Author("main")))
        deps.store.runs.close(run)
    return run


async def test_a_service_s_post_mortems_are_told_in_short(deps: Dependencies) -> None:
    run = had(deps, "checkout", "checkout answers 500")
    had(deps, "search", "search is slow")
    had(deps, "checkout", "still open", written=False)
    tell = deps.connections.driver(past_incidents, "checkout")
    assert tell is not None
    (incident,) = (await tell(service="checkout")).model_dump()["incidents"]
    assert (incident["run"], incident["alert"]) == (run, "checkout answers 500")
    assert (incident["root_cause"], incident["prevention"]) == ("8.5.0 leaked connections", "watch the pool")
    assert incident["open_actions"] == ["Alert on the pool (payments, by 2026-03-09)"]


async def test_only_the_newest_are_told(deps: Dependencies) -> None:
    for number in range(MOST + 2):
        had(deps, "checkout", f"incident {number}")
    tell = deps.connections.driver(past_incidents, "checkout")
    assert tell is not None
    assert len((await tell(service="checkout")).model_dump()["incidents"]) == MOST


async def test_a_service_without_a_past_has_none(deps: Dependencies) -> None:
    tell = deps.connections.driver(past_incidents, "checkout")
    assert tell is not None
    assert (await tell(service="checkout")).model_dump()["incidents"] == []


def test_everything_else_is_asked_as_before(deps: Dependencies) -> None:
    assert deps.connections.driver(add_to_backlog, "") is not None
    assert deps.connections.lookup(add_to_backlog, "") is not None


@pytest.mark.parametrize(
    "role", ["infrastructure_maintainer", "backend_architect", "devops_automator", "frontend_developer"]
)
def test_whoever_investigates_may_read_it(role: str) -> None:
    assert past_incidents in DUTIES[role]["investigate"].tools


async def test_a_post_mortem_that_cannot_be_read_keeps_the_others_from_nobody(deps: Dependencies) -> None:
    lost = had(deps, "checkout", "first")
    run = had(deps, "checkout", "second")
    with deps.store.database.connection:
        deps.store.database.connection.execute("UPDATE events SET payload = '{' WHERE run = ? AND seq > 1", (lost,))
    tell = deps.connections.driver(past_incidents, "checkout")
    assert tell is not None
    assert [incident["run"] for incident in (await tell(service="checkout")).model_dump()["incidents"]] == [run]
