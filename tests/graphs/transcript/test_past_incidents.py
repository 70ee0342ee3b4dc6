"""The past: investigators read earlier post-mortems of the same service, and of no other."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from agents.io.catalogue import Catalogue
from agents.io.clock import VirtualClock
from agents.readings.history import PastAct, PastIncident, PastIncidents
from agents.reports.investigation import Conclusion, Hypothesis
from agents.reports.mitigation import Proposal
from agents.roster import DUTIES
from agents.runtime.briefing import Alert, Attempt
from agents.tools.connections import CatalogueConnections
from agents.tools.ports import add_to_backlog, past_incidents
from graphs.intake.incident_service import IncidentService
from graphs.runtime.dependencies import Dependencies
from graphs.steps.approval import in_words, lead_on
from graphs.store.store import Store
from graphs.transcript.event import Event
from graphs.transcript.events import Author, Draft
from graphs.transcript.facts import Facts
from graphs.transcript.past_incidents import MOST, WithPastIncidents
from graphs.transcript.projections import take_in

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


RESTART = {"port": "restart", "arguments": {"service": "checkout"}}
DRAIN = {"port": "drain_instance", "arguments": {"service": "checkout", "instance": "checkout-2"}}
FOUND = Hypothesis(
    cause="infrastructure", component="orders-db", statement="full", status="supported", signature="no space left"
)
CONCLUDED = Conclusion(
    verdict="cause found", cause="infrastructure", component="orders-db", summary="Full.", hypotheses=[FOUND]
)


def wrote(deps: Dependencies, run: str, kind: str, **payload: Any) -> None:
    number = sum(1 for _ in deps.transcripts.after(run, 0))
    deps.transcripts.write(run, Draft(f"test/{number}", kind, payload, Author("main")))


def done(deps: Dependencies, run: str, act: dict[str, Any], is_done: bool = True) -> None:
    wrote(deps, run, "result", **act, done=is_done, detail="so", reference="", digest="", approval="", fields={})


def attempted(deps: Dependencies, run: str, act: dict[str, Any], outcome: str) -> None:
    parameters = {name: value for name, value in act["arguments"].items() if name != "service"}
    proposal = Proposal(action=act["port"], service="checkout", parameters=parameters, summary="")
    at = datetime(2026, 3, 2, tzinfo=UTC)
    attempt = Attempt(cause="", component="checkout", proposal=proposal, outcome=cast(Any, outcome), at=at)
    wrote(deps, run, "attempt", attempt=attempt.model_dump(mode="json"), by="ada")


async def told(deps: Dependencies) -> PastIncident:
    tell = deps.connections.driver(past_incidents, "checkout")
    assert tell is not None
    (incident,) = PastIncidents.model_validate((await tell(service="checkout")).model_dump()).incidents
    return incident


async def test_what_was_done_and_what_came_of_it_is_read_from_our_own_closed_runs(deps: Dependencies) -> None:
    run = had(deps, "checkout", "checkout answers 500")
    attempted(deps, run, {"port": "failover", "arguments": {"service": "checkout", "standby": "b"}}, "refused")
    done(deps, run, RESTART, is_done=False)
    done(deps, run, RESTART)
    attempted(deps, run, RESTART, "did not help")
    done(deps, run, DRAIN)
    wrote(deps, run, "status", status="Monitoring", why="Recovered.")
    wrote(deps, run, "conclusion", conclusion=CONCLUDED.model_dump(mode="json"))
    incident = await told(deps)
    assert [(act.what, act.outcome) for act in incident.acts] == [
        ("failover of checkout", "refused"),
        ("restart of checkout", "did not help"),
        ("draining of checkout-2 of checkout", "helped"),
    ]
    assert (incident.cause, incident.component, incident.signature) == ("infrastructure", "orders-db", "no space left")


async def test_what_a_person_did_after_an_act_is_not_put_down_to_the_act(deps: Dependencies) -> None:
    run = had(deps, "checkout", "checkout answers 500")
    done(deps, run, RESTART)
    handled = CONCLUDED.model_copy(update={"summary": "ada says that it is handled: “I emptied the queue”."})
    wrote(deps, run, "conclusion", conclusion=handled.model_dump(mode="json"), named_by="ada", handled=True)
    wrote(deps, run, "status", status="Monitoring", why="Recovered.")
    acts = (await told(deps)).acts
    assert [(act.action, act.outcome) for act in acts] == [("restart", "not measured"), ("", "not measured")]
    assert "I emptied the queue" in acts[1].what


async def test_recovery_that_somebody_only_says_is_not_measured(deps: Dependencies) -> None:
    run = had(deps, "checkout", "checkout answers 500")
    done(deps, run, RESTART)
    wrote(deps, run, "status", status="Monitoring", why="ada says so.", is_vouched=True)
    assert [act.outcome for act in (await told(deps)).acts] == ["not measured"]


def test_whoever_decides_is_told_of_it_and_only_in_incidents_of_the_same_service() -> None:
    facts = Facts(id="run-2", service="checkout", alert=Alert(title="checkout answers 500", service="checkout"))
    assert lead_on(facts, {"action": "restart", "service": "checkout"}) == ""
    act = PastAct(action="restart", service="checkout", what="restart of checkout", outcome="helped")
    one = PastIncident(
        run="run-1",
        written_at=datetime(2026, 11, 3, tzinfo=UTC),
        alert="checkout answers 500",
        root_cause="",
        prevention="",
        open_actions=[],
        acts=[act],
    )
    read = PastIncidents(service="checkout", incidents=[one])
    payload: dict[str, Any] = {"tool": "past_incidents", "value": read.model_dump(mode="json")}
    elsewhere: dict[str, Any] = {**payload, "value": {**payload["value"], "service": "search"}}
    written: dict[str, Any] = {
        "seq": 1,
        "at": one.written_at,
        "kind": "tool_result",
        "lane": "main",
        "role": "",
        "duty": "",
        "rows": [],
    }
    for told_, known in ((elsewhere, False), (payload, True)):
        take_in(facts, Event.model_validate({**written, "payload": told_, "ref": "1", "key": "x/1"}))
        assert ("ended with the restart of checkout" in lead_on(facts, {})) == known
    asked = in_words({"action": "restart", "service": "checkout", "summary": "So."}, lead=lead_on(facts, {}))
    assert asked.startswith("Restart of checkout. On 3 November 2026 the same alert ended with the restart of checkout")
    assert asked.endswith("no proof of the cause now. So.")
