"""Alerts become incidents: which join, which start a run, and why it says so."""

from datetime import timedelta

import pytest

from agents.io.catalogue import Catalogue, Inhibition, Service
from agents.runtime.briefing import Alert
from agents.tools.connections import CatalogueConnections
from evals.playing.play import EPOCH
from graphs.intake.alerts import AlreadyOver
from graphs.intake.incident_service import IncidentService
from graphs.intake.people import CannotMove
from graphs.intake.run_lookup import RunIsOver
from graphs.model.questions import Instruction
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from graphs.transcript.events import Author, Draft
from tests.graphs.background.test_workflow import HandClock

MINUTE = timedelta(minutes=1)
SERVICES = {
    "storefront": Service(depends_on=["checkout"]),
    "checkout": Service(depends_on=["ledger"]),
    "ledger": Service(),
    "search": Service(),
}
CLUSTER_DOWN = Inhibition(source="cluster * is down", target="pod *", equal=["cluster"])


class Doors:
    """An incident service with a clock set by hand; no graph runs."""

    def __init__(self, store: Store | None = None, inhibition: Inhibition = CLUSTER_DOWN) -> None:
        self.clock = HandClock()
        catalogue = Catalogue(services=SERVICES, inhibitions=[inhibition])
        connections = CatalogueConnections(catalogue, self.clock)
        self.incidents = IncidentService(Dependencies(store or Store(), self.clock, connections, catalogue))

    def alert(self, title: str, service: str = "", after: float = 0, **more: object) -> tuple[str, bool, str]:
        self.clock.time += after * MINUTE
        return self.incidents.alerts.receive(Alert.model_validate({"title": title, "service": service, **more}))[:3]

    def write(self, run: str, kind: str, **payload: object) -> None:
        self.incidents.deps.transcripts.write(run, Draft(f"main/{kind}", kind, payload, Author("main")))

    def resolve(self, run: str) -> None:
        self.write(run, "resolved", post_mortem_due=EPOCH.isoformat())


@pytest.fixture
def doors() -> Doors:
    return Doors()


def test_the_same_alert_word_for_word_is_counted_and_adds_no_event(doors: Doors) -> None:
    run, _, _ = doors.alert("checkout fails", "checkout")
    assert doors.alert("checkout fails", "checkout", after=5, delivery_id="2") == (run, True, "the same alert")
    (alert,) = doors.incidents.alerts_of(run)
    assert alert.times == 2
    assert len(doors.incidents.transcript(run)) == 1


def test_the_same_alert_with_other_words_is_told(doors: Doors) -> None:
    run, _, _ = doors.alert("checkout fails", "checkout")
    doors.alert("checkout fails", "checkout", description="42 % now")
    assert [event.kind for event in doors.incidents.transcript(run)] == ["alert", "alert"]


def test_another_alert_of_the_same_service_joins_within_fifteen_minutes_and_says_why(doors: Doors) -> None:
    run, _, _ = doors.alert("checkout fails", "checkout")
    assert doors.alert("checkout is slow", "checkout", after=3) == (run, True, "same service checkout, 3 min apart")
    assert doors.alert("checkout is slower", "checkout")[2] == "same service checkout, less than 1 min apart"
    assert doors.alert("checkout is full", "checkout", after=15)[:2] == (run, True)
    assert not doors.alert("checkout is odd", "checkout", after=16)[1]


def test_the_same_service_elsewhere_is_another_incident(doors: Doors) -> None:
    doors.alert("checkout fails", "checkout", environment="production")
    assert not doors.alert("checkout is slow", "checkout", environment="staging")[1]


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ("ledger", "checkout depends on ledger, 2 min apart"),
        ("storefront", "storefront depends on checkout, 2 min apart"),
    ],
)
def test_a_declared_dependency_joins_from_either_side(doors: Doors, other: str, why: str) -> None:
    run, _, _ = doors.alert("checkout fails", "checkout")
    assert doors.alert(f"{other} fails", other, after=2) == (run, True, why)


def test_services_that_do_not_call_each_other_are_two_incidents(doors: Doors) -> None:
    doors.alert("checkout fails", "checkout")
    assert not doors.alert("search fails", "search")[1]
    assert not doors.alert("something fails")[1]
    assert not doors.alert("something else fails")[1]


def test_what_the_sender_puts_together_stays_together_but_only_of_the_same_sender(doors: Doors) -> None:
    run, _, _ = doors.alert("one", "search", source="alertmanager", group_key="g")
    joined = doors.alert("two", "ledger", after=60, source="alertmanager", group_key="g")
    assert joined == (run, True, "alertmanager puts it into the same group")
    assert not doors.alert("three", "storefront", after=60, source="grafana", group_key="g")[1]


def test_a_group_has_an_end(doors: Doors) -> None:
    run, _, _ = doors.alert("one", "search", source="alertmanager", group_key="g")
    assert doors.alert("two", "ledger", after=59, source="alertmanager", group_key="g")[0] == run
    assert doors.alert("three", "storefront", after=61, source="alertmanager", group_key="g")[0] != run


def test_alerts_that_join_in_one_batch_wake_the_main_workflow_once(doors: Doors) -> None:
    run = doors.alert("checkout fails", "checkout")[0]
    store = doors.incidents.deps.store
    with store.transaction():
        store.wakeups.delete_of_run(run)
    with doors.incidents.outcomes.batch():
        for number in range(5):
            alert = Alert(title=f"checkout fails {number}", service="checkout", status="firing")
            assert doors.incidents.take(alert, number).run == run
    woken = [(wakeup.lane, wakeup.reason) for wakeup in store.wakeups.due(doors.clock.now())]
    assert woken == [("main", "alert/6")]
    last = doors.incidents.transcript(run)[-1]
    assert (last.payload["alert"]["title"], last.payload["firing"]) == ("checkout fails 4", 6)
    assert "same service checkout" in last.payload["why"]


def test_a_batch_that_is_undone_leaves_nothing_behind_in_what_is_known_of_a_run(doors: Doors) -> None:
    run = doors.alert("checkout fails", "checkout")[0]
    with pytest.raises(ZeroDivisionError):
        _take_and_fail(doors)
    assert doors.alert("checkout is slow", "checkout")[0] == run
    assert [event.key for event in doors.incidents.transcript(run) if event.kind == "alert"] == ["alert/1", "alert/2"]
    assert doors.incidents.facts(run).alerts == 2


def _take_and_fail(doors: Doors) -> None:
    with doors.incidents.outcomes.batch():
        doors.incidents.take(Alert(title="checkout is slow", service="checkout"), 0)
        raise ZeroDivisionError


@pytest.mark.parametrize(("sender", "joined"), [("key app", True), ("key cron", False), ("sender app", False)])
def test_nobody_puts_an_alert_into_the_group_of_another_sender(doors: Doors, sender: str, joined: bool) -> None:
    doors.alert("one", "search", source="app", sender="key app", group_key="g")
    assert doors.alert("two", "ledger", source="app", sender=sender, group_key="g")[1] == joined


def test_what_is_over_and_was_never_open_is_refused(doors: Doors) -> None:
    with pytest.raises(AlreadyOver):
        doors.alert("checkout fails", "checkout", status="resolved")


def test_it_is_over_for_the_sender_only_when_all_of_its_alerts_are(doors: Doors) -> None:
    run, _, _ = doors.alert("checkout fails", "checkout")
    doors.alert("checkout is slow", "checkout")
    doors.alert("checkout fails", "checkout", status="resolved")
    assert not doors.incidents.facts(run).alert_resolved
    doors.alert("checkout is slow", "checkout", status="resolved")
    assert doors.incidents.facts(run).alert_resolved


def test_an_alert_that_comes_and_goes_is_held_open(doors: Doors) -> None:
    run, _, _ = doors.alert("checkout fails", "checkout")
    for status in ("resolved", "firing", "resolved"):
        doors.alert("checkout fails", "checkout", after=2, status=status)
    facts = doors.incidents.facts(run)
    assert not facts.alert_resolved
    assert "comes and goes" in facts.history[-1].what


def test_slow_turns_are_no_flapping(doors: Doors) -> None:
    run, _, _ = doors.alert("checkout fails", "checkout")
    for status in ("resolved", "firing", "resolved"):
        doors.alert("checkout fails", "checkout", after=20, status=status)
    assert doors.incidents.facts(run).alert_resolved


def test_the_same_alert_shortly_after_the_incident_was_resolved_is_said_to_come_again(doors: Doors) -> None:
    first, _, _ = doors.alert("checkout fails", "checkout")
    doors.resolve(first)
    again = doors.alert("checkout fails", "checkout", after=4)
    assert again[1:] == (False, f"again, 4 min after {first} was resolved")
    doors.resolve(again[0])
    assert doors.alert("checkout fails", "checkout", after=11)[1:] == (False, "")


def test_merged_runs_are_one_and_the_first_ends(doors: Doors) -> None:
    one, other = doors.alert("checkout fails", "checkout")[0], doors.alert("search fails", "search")[0]
    doors.incidents.merge(other, one, "night shift")
    assert [alert.alert.title for alert in doors.incidents.alerts_of(one)] == ["checkout fails", "search fails"]
    assert doors.alert("search fails", "search", after=1)[:2] == (one, True)
    (told,) = doors.incidents.facts(other).instructions
    assert (told.kind, told.comment) == ("cancel", f"merged into {one}")
    assert "night shift merged" in doors.incidents.facts(one).history[-1].what


def test_a_run_does_not_merge_into_itself_nor_into_one_that_is_over(doors: Doors) -> None:
    one, other = doors.alert("checkout fails", "checkout")[0], doors.alert("search fails", "search")[0]
    with pytest.raises(CannotMove):
        doors.incidents.merge(one, one, "night shift")
    doors.write(other, "cancelled", by="night shift", why="", half_done=[], cites=[])
    with pytest.raises(RunIsOver):
        doors.incidents.merge(one, other, "night shift")
    assert len(doors.incidents.alerts_of(one)) == 1


def test_alerts_that_are_split_off_start_a_run_of_their_own(doors: Doors) -> None:
    run, _, _ = doors.alert("checkout fails", "checkout")
    doors.alert("checkout is slow", "checkout", after=1)
    doors.alert("ledger fails", "ledger", after=1)
    refs = {alert.alert.title: alert.ref for alert in doors.incidents.alerts_of(run)}
    new = doors.incidents.split(run, [refs["checkout is slow"], refs["ledger fails"]], "night shift").run
    assert [alert.alert.title for alert in doors.incidents.alerts_of(run)] == ["checkout fails"]
    assert [alert.alert.title for alert in doors.incidents.alerts_of(new)] == ["checkout is slow", "ledger fails"]
    assert doors.alert("ledger fails", "ledger", after=1, description="worse")[:2] == (new, True)
    assert new in doors.incidents.facts(run).notes[-1]


@pytest.mark.parametrize("refs", [[], ["00000000"]])
def test_only_alerts_of_the_run_are_split_off(doors: Doors, refs: list[str]) -> None:
    run, _, _ = doors.alert("checkout fails", "checkout")
    with pytest.raises(CannotMove):
        doors.incidents.split(run, refs, "night shift")


def test_a_run_keeps_at_least_one_alert(doors: Doors) -> None:
    run, _, _ = doors.alert("checkout fails", "checkout")
    with pytest.raises(CannotMove):
        doors.incidents.split(run, [alert.ref for alert in doors.incidents.alerts_of(run)], "night shift")


def test_a_person_cancels_as_before(doors: Doors) -> None:
    run, _, _ = doors.alert("checkout fails", "checkout")
    doors.incidents.instruct(run, Instruction(kind="cancel", by="night shift"))
    assert doors.incidents.facts(run).instructions[0].kind == "cancel"


def test_an_alert_that_cannot_be_read_keeps_no_other_out(doors: Doors) -> None:
    run, _, _ = doors.alert("the disk is full", "db")
    with doors.incidents.deps.store.database.connection as connection:
        connection.execute("UPDATE alarms SET alert = '{'")
    assert doors.incidents.alerts_of(run)[0].alert.title == "An alert that cannot be read"
    doors.alert("pod 7 is down")
    assert doors.alert("the disk is full", "db")[0] == run
