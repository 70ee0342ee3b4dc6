"""A storm: one parent, a durable queue, the worst first, a few at once."""

from pathlib import Path
from typing import Any

import pytest

from agents.io.catalogue import Catalogue, Service
from agents.runtime.briefing import Alert
from agents.tools.connections import CatalogueConnections
from graphs.intake import storms
from graphs.intake.alerts import AlreadyOver
from graphs.intake.incident_service import IncidentService
from graphs.intake.storms import Overloaded, StormQueue, shared
from graphs.model.questions import Instruction
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from graphs.transcript.events import LANES_BESIDE, Author, Draft
from graphs.transcript.facts import Facts
from tests.graphs.background.test_workflow import HandClock
from tests.graphs.intake.test_alerts import MINUTE
from tests.graphs.theatre import EVER

WORKFLOWS = 1 + len(LANES_BESIDE)
SERVICES = {"ledger": Service()} | {
    f"shop-{n}": Service(tier=1 if n % 10 == 0 else 3, depends_on=["ledger"]) for n in range(100)
}


class Weather:
    """An incident service under many alerts, on a file that outlives it."""

    def __init__(self, folder: Path, storm_from: int = 5) -> None:
        self.folder, self.clock, self.storm_from = folder, HandClock(), storm_from
        self.begin()

    def begin(self) -> None:
        # Each shop in an environment of its own: otherwise their common ledger would make one incident of them.
        catalogue = Catalogue(services=SERVICES)
        connections = CatalogueConnections(catalogue, self.clock)
        store = Store(self.folder / "w.sqlite")
        self.incidents = IncidentService(
            Dependencies(store, self.clock, connections, catalogue, storm_from=self.storm_from)
        )

    def restart(self) -> None:
        self.incidents.close()
        self.begin()

    def alerts(self, numbers: range, **more: object) -> list[str]:
        return [self.alert(n, **more) for n in numbers]

    def alert(self, n: int, **more: object) -> str:
        told = {"title": f"shop-{n} fails", "service": f"shop-{n}", "environment": f"e{n}", "labels": {"zone": "a"}}
        return self.incidents.alerts.receive(Alert.model_validate({**told, **more})).run

    def runs(self) -> dict[str, Facts]:
        return {facts.id: facts for facts in self.incidents.runs.newest(1000)}

    def unseen(self) -> set[str]:
        """As the pages list them."""
        return {facts.id for facts in self.incidents.runs.search_ended("", "", 1000, only_unseen=True)}

    def queued(self) -> set[str]:
        return {run for run in self.runs() if self.incidents.deps.store.runs.is_queued(run)}

    def conclude(self, run: str) -> None:
        told = {"conclusion": {"verdict": "nothing wrong", "summary": ""}}
        self.incidents.deps.transcripts.write(run, Draft("main/c", "conclusion", told, Author("main")))

    def release(self) -> set[str]:
        before = self.queued()
        StormQueue(self.incidents.deps).release()
        return before - self.queued()

    @property
    def parent(self) -> str:
        (parent,) = {facts.parent for facts in self.runs().values()} - {""}
        return parent

    def wakeups(self, run: str) -> int:
        due = self.incidents.deps.store.wakeups.due(EVER)
        return len([wakeup for wakeup in due if wakeup.run == run])


@pytest.fixture
def weather(tmp_path: Path) -> Weather:
    return Weather(tmp_path)


def test_a_few_incidents_are_no_storm(weather: Weather) -> None:
    weather.alerts(range(1, 6))
    assert not weather.queued()


def test_so_many_in_a_minute_wait_under_one_parent(weather: Weather) -> None:
    runs = weather.alerts(range(1, 21))
    assert weather.queued() == set(runs)
    assert set(weather.runs()) == {*runs, weather.parent}
    assert weather.wakeups(weather.parent) == WORKFLOWS
    assert not any(weather.wakeups(run) for run in runs)
    assert weather.incidents.facts(runs[0]).status == "waiting"


def test_alerts_that_join_a_waiting_run_are_numbered_and_counted_like_those_of_any_other(weather: Weather) -> None:
    run = weather.alerts(range(1, 21))[3]
    service: dict[str, object] = {"service": "shop-4", "environment": "e4"}
    joined = [weather.alert(number, **service, title=f"shop-4 is slow, {number}") for number in range(3)]
    assert joined == [run] * 3
    weather.alert(1, **service, title="shop-4 is slow, 1", status="resolved")
    events = [event for event in weather.incidents.transcript(run) if event.kind == "alert"]
    assert [event.key for event in events] == [f"alert/{number}" for number in range(1, 6)]
    assert [event.payload["firing"] for event in events] == [1, 2, 3, 4, 3]
    assert weather.incidents.facts(run).alerts == 5
    assert not weather.wakeups(run)
    while run in weather.queued():
        for released in weather.release():
            weather.conclude(released)
    weather.alert(9, **service, title="shop-4 is down")
    assert weather.incidents.transcript(run)[-1].key == "alert/6"
    assert weather.wakeups(run)


@pytest.mark.sqlite
def test_the_transcript_of_a_waiting_run_is_not_read_for_each_alert_that_joins_it(weather: Weather) -> None:
    run = weather.alerts(range(1, 21))[3]
    statements: list[str] = []
    weather.incidents.deps.store.database.connection.set_trace_callback(statements.append)
    weather.alert(1, service="shop-4", environment="e4", title="shop-4 is slow")
    assert weather.incidents.deps.store.runs.is_queued(run)
    assert not [one for one in statements if one.startswith("SELECT * FROM events")]


def test_the_same_number_over_a_longer_time_is_none(weather: Weather) -> None:
    for n in range(1, 21):
        weather.clock.time += MINUTE
        weather.alert(n)
    assert not weather.queued()


def test_what_was_looked_at_before_the_storm_goes_on(weather: Weather) -> None:
    begun = weather.alert(1)
    weather.conclude(begun)
    weather.alerts(range(2, 21))
    assert begun not in weather.queued()
    assert weather.wakeups(begun) == WORKFLOWS


def test_the_parent_is_about_what_they_all_depend_on_and_says_what_they_share(weather: Weather) -> None:
    weather.alerts(range(1, 21))
    facts = weather.incidents.facts(weather.parent)
    assert facts.service == "ledger"
    assert facts.incidents == 16
    assert "100% zone a" in facts.history[-1].what


def test_what_they_share_is_told_from_some_of_them(weather: Weather, monkeypatch: pytest.MonkeyPatch) -> None:
    """A storm may have fifty thousand incidents, and is looked at each time it has doubled."""
    looked_at: list[int] = []

    def counted(alerts: list[Alert]) -> list[Any]:
        looked_at.append(len(alerts))
        return []

    monkeypatch.setattr(storms, "COMPARED", 3)
    monkeypatch.setattr(storms, "shared", counted)
    weather.alerts(range(1, 21))
    assert weather.incidents.facts(weather.parent).incidents == 16
    assert looked_at[1:] == [3, 3]  # the first time those that were there when it began


def test_a_few_are_investigated_at_once_the_worst_first(weather: Weather) -> None:
    runs = weather.alerts(range(1, 21))
    hinted = weather.alert(30, hint="P1")
    first = weather.release()
    assert first == {runs[9], runs[19], hinted}  # of tier 1, the others are of tier 3
    assert not weather.release()
    weather.conclude(hinted)
    assert len(weather.release()) == 1
    assert all(weather.wakeups(run) == 4 for run in first)


def test_the_queue_outlives_the_process(weather: Weather) -> None:
    runs = weather.alerts(range(1, 21))
    released = weather.release()
    weather.restart()
    assert weather.queued() == {*runs} - released
    assert not weather.release()
    for _ in range(len(runs)):
        for run in {*runs} - weather.queued():
            weather.conclude(run)
        weather.release()
    assert not weather.queued()


def test_an_incident_whose_alerts_ended_while_it_waited_is_not_investigated(weather: Weather) -> None:
    runs = weather.alerts(range(1, 21))
    weather.alerts(range(1, 21), status="resolved")
    weather.release()
    over = [weather.incidents.facts(run) for run in runs if run not in weather.queued()]
    assert over
    assert {facts.status for facts in over} == {"cancelled"}
    assert not any(weather.wakeups(facts.id) for facts in over)


@pytest.mark.parametrize("sender", ["local", "key cron", "key grafana", "sender pagerduty", "warroom"])
def test_an_incident_that_nobody_looked_at_is_not_closed_by_another_sender(weather: Weather, sender: str) -> None:
    runs = weather.alerts(range(1, 21), sender="sender grafana")
    for n in range(1, 21):
        with pytest.raises(AlreadyOver):
            weather.alert(n, sender=sender, status="resolved")
    for _ in range(len(runs)):
        for run in weather.release():
            assert weather.wakeups(run)
            weather.conclude(run)
    assert {weather.incidents.facts(run).status for run in runs} == {"running"}
    assert not weather.unseen()


def test_what_was_closed_without_anyone_looking_is_listed_as_such(weather: Weather) -> None:
    runs = weather.alerts(range(1, 21))
    weather.incidents.instruct(runs[0], Instruction(kind="cancel", by="night shift"))
    weather.alerts(range(2, 20), status="resolved")
    while weather.queued():
        weather.release()
    closed = {run for run in runs if weather.incidents.facts(run).unseen}
    assert closed == weather.unseen() == set(runs[1:19])
    assert weather.incidents.facts(runs[0]).status == "cancelled"
    assert weather.incidents.facts(runs[19]).status == "running"
    weather.restart()
    assert weather.unseen() == closed


@pytest.mark.parametrize("sender", ["local", "key cron", "sender storm"])
def test_no_sender_s_alert_is_the_storm_itself(weather: Weather, sender: str) -> None:
    weather.alerts(range(1, 21))
    parent, told = weather.parent, {"dedup_key": "storm", "sender": sender, "source": "warroom", "service": ""}
    assert weather.alert(30, **told) != parent
    weather.alert(30, **told, status="resolved")
    facts = weather.incidents.facts(parent)
    assert (facts.alerts, facts.alert_resolved) == (1, False)


def test_another_alert_of_a_queued_incident_wakes_nobody(weather: Weather) -> None:
    runs = weather.alerts(range(1, 21))
    assert weather.alert(3, description="worse") == runs[2]
    assert not weather.wakeups(runs[2])


def test_a_queued_incident_can_be_cancelled_and_that_is_on_disk_at_once(weather: Weather) -> None:
    runs = weather.alerts(range(1, 21))
    weather.incidents.instruct(runs[0], Instruction(kind="cancel", by="night shift"))
    weather.restart()
    assert weather.incidents.facts(runs[0]).status == "cancelled"
    assert runs[0] not in weather.queued()


def test_above_the_high_water_mark_nothing_is_taken_in(weather: Weather, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storms, "QUEUE_AT_MOST", 10)
    runs = weather.alerts(range(1, 11))
    with pytest.raises(Overloaded):
        weather.alert(50)
    assert weather.alert(3, description="joins all the same") == runs[2]


def test_what_alerts_share_is_told_with_its_share() -> None:
    alerts = [Alert(title=f"{n}", labels={"zone": "a", "pod": f"{n}"}, region="eu" if n else "") for n in range(4)]
    assert shared(alerts) == [
        {"label": "zone", "value": "a", "share": 1.0},
        {"label": "region", "value": "eu", "share": 0.75},
    ]
