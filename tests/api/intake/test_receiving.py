"""What comes in is kept before it is read; what a stop left half taken in is taken in after the next start, once."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.io.catalogue import Catalogue
from agents.runtime.briefing import Alert
from agents.tools.connections import CatalogueConnections
from api.app import create_app
from api.intake import receiving
from api.intake.accepted import Accepted
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Inbox
from api.intake.receiving import AT_ONCE, LARGE, AlertReceiver
from api.intake.senders import Senders
from graphs.intake.inbox import MOST_ATTEMPTS, UNDER_WAY, RawDelivery, UnknownDelivery
from graphs.intake.incident_service import IncidentService
from graphs.intake.storms import Overloaded
from graphs.model.identity import LOCAL, Proof, by_key
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from tests.api.conftest import HandClock
from tests.api.intake.test_alert_endpoints import entry, group

Again = Callable[[], IncidentService]
DOORS = {
    "/v1/alerts": {"title": "x"},
    "/v1/alerts/generic": {"title": "x"},
    "/v1/reports": {"what": "x"},
    "/v2/enqueue": {"event_action": "trigger", "payload": {"summary": "x"}, "client": "x"},
}
VALUES: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
WHOLE: st.SearchStrategy[Any] = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
QUICK = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Crash(BaseException):
    """The process ends here."""


class Mortal(IncidentService):
    """A service that ends with its process, after so many alerts."""

    lives = 10**6

    def take(self, alert: Alert, number: int) -> Any:
        if not self.lives:
            raise Crash
        self.lives -= 1
        return super().take(alert, number)


@pytest.fixture
def again(tmp_path: Path) -> Again:
    """Start anew on the same file."""

    def start() -> IncidentService:
        clock, catalogue = HandClock(), Catalogue()
        store = Store(tmp_path / "warroom.sqlite")
        return Mortal(Dependencies(store, clock, CatalogueConnections(catalogue, clock), catalogue))

    return start


class Full(IncidentService):
    """A service whose queue has no room left."""

    def take(self, alert: Alert, number: int) -> Any:
        raise Overloaded("too much at once")


def alerts_of(incidents: IncidentService) -> list[str]:
    """The keys of all alerts that stand in transcripts."""
    events = [event for facts in incidents.runs.newest() for event in incidents.transcript(facts.id)]
    return sorted(event.payload["alert"]["dedup_key"] for event in events if event.kind == "alert")


def body() -> bytes:
    labels = [{"alertname": f"Errors{number}", "service": f"service-{number}"} for number in range(AT_ONCE + 2)]
    entries = [entry(f"f{number}", labels=told) for number, told in enumerate(labels)]
    return json.dumps({**group(*entries), "padding": LARGE * "x"}).encode()


@pytest.mark.sqlite
@pytest.mark.parametrize("survived", [0, 1, 3])
async def test_a_group_that_a_crash_cut_off_is_taken_in_once_and_whole(
    again: Again, survived: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "IN_A_TRANSACTION", 1)
    dying = again()
    assert isinstance(dying, Mortal)
    dying.lives = survived
    adapter = Senders().adapter("alertmanager")[1]
    with pytest.raises(Crash):
        await AlertReceiver(dying, Senders()).take("alertmanager", Delivery(body()), by_key("monitoring"), adapter)
    assert len(alerts_of(dying)) == survived
    dying.close()
    living = again()
    await AlertReceiver(living, Senders()).resume()
    assert alerts_of(living) == [f"f{number}" for number in range(AT_ONCE + 2)]
    assert living.inbox.waiting() == []
    assert {row["times"] for row in living.deps.store.database.connection.execute("SELECT times FROM alarms")} == {1}
    assert {facts.alert.scheme for facts in living.runs.newest() if facts.alert} == {"the key of monitoring"}
    living.close()


@pytest.mark.sqlite
async def test_of_a_hundred_that_a_crash_cut_off_none_is_lost_and_none_counted_twice(again: Again) -> None:
    dying = again()
    assert isinstance(dying, Mortal)
    dying.lives = 3
    adapter = Senders().adapter("alertmanager")[1]
    with pytest.raises(Crash):
        await AlertReceiver(dying, Senders()).take("alertmanager", Delivery(body()), by_key("monitoring"), adapter)
    assert alerts_of(dying) == []
    dying.close()
    living = again()
    await AlertReceiver(living, Senders()).resume()
    assert alerts_of(living) == [f"f{number}" for number in range(AT_ONCE + 2)]
    assert {row["times"] for row in living.deps.store.database.connection.execute("SELECT times FROM alarms")} == {1}
    living.close()


async def test_what_is_left_of_a_large_body_is_taken_in_after_the_answer(
    incidents: IncidentService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "ANSWER_WITHIN", 0)
    monkeypatch.setattr(receiving, "IN_A_TRANSACTION", 2)
    receiver, adapter = AlertReceiver(incidents, Senders()), Senders().adapter("alertmanager")[1]
    answer = await receiver.take("alertmanager", Delivery(body()), by_key("monitoring"), adapter)
    assert (len(answer.alerts), answer.waiting) == (2, AT_ONCE)
    for _ in range(1_000):
        await asyncio.sleep(0)
    assert alerts_of(incidents) == [f"f{number}" for number in range(AT_ONCE + 2)]


@pytest.mark.sqlite
async def test_what_is_left_when_the_server_stops_is_taken_in_after_the_next_start(
    again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "ANSWER_WITHIN", 0)
    monkeypatch.setattr(receiving, "IN_A_TRANSACTION", 2)
    stopping = again()
    receiver, adapter = AlertReceiver(stopping, Senders()), Senders().adapter("alertmanager")[1]
    await receiver.take("alertmanager", Delivery(body()), by_key("monitoring"), adapter)
    await receiver.stop()
    assert len(alerts_of(stopping)) < AT_ONCE + 2
    stopping.close()
    living = again()
    await AlertReceiver(living, Senders()).resume()
    assert alerts_of(living) == [f"f{number}" for number in range(AT_ONCE + 2)]
    living.close()


@pytest.mark.sqlite
async def test_what_was_left_is_taken_in_when_the_server_starts(again: Again) -> None:
    incidents = again()
    headers = {"ce-type": "x", "ce-id": "1", "ce-source": "/here", "content-type": "application/json"}
    ref = incidents.inbox.keep(RawDelivery("cloudevents", b'{"title": "it is down"}', LOCAL, headers))
    app = create_app(incidents)
    async with app.router.lifespan_context(app):
        assert [facts.alert.raw_ref for facts in incidents.runs.newest() if facts.alert] == [ref]
    assert not incidents.inbox.find(ref).waits
    incidents.close()


@pytest.mark.sqlite
async def test_what_stops_every_start_is_left_to_people_after_some(again: Again) -> None:
    for start in range(MOST_ATTEMPTS + 1):
        incidents = again()
        assert isinstance(incidents, Mortal)
        incidents.lives = 0
        if not start:
            incidents.inbox.keep(RawDelivery("generic", b'{"title": "x"}'))
        if start < MOST_ATTEMPTS:
            with pytest.raises(Crash):
                await AlertReceiver(incidents, Senders()).resume()
        else:
            await AlertReceiver(incidents, Senders()).resume()
            assert incidents.runs.workload().deliveries == 1
        incidents.close()


async def test_what_waits_for_room_in_the_queue_is_tried_until_there_is_some(again: Again) -> None:
    incidents = again()
    ref = incidents.inbox.keep(RawDelivery("generic", b'{"title": "x"}'))
    assert isinstance(incidents.clock, HandClock)
    incidents.clock.time += 2 * UNDER_WAY
    incidents.__class__ = Full
    for _ in range(MOST_ATTEMPTS + 1):
        await AlertReceiver(incidents, Senders()).resume()
    assert [delivery.ref for delivery in incidents.inbox.waiting()] == [ref]
    incidents.__class__ = Mortal
    await AlertReceiver(incidents, Senders()).resume()
    assert (len(alerts_of(incidents)), list(incidents.inbox.waiting())) == (1, [])
    incidents.close()


async def test_what_two_take_in_at_once_is_taken_in_once(again: Again, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a process takes so long over a body that another takes it for one that was left."""
    monkeypatch.setattr(receiving, "ANSWER_WITHIN", 0)
    monkeypatch.setattr(receiving, "IN_A_TRANSACTION", 2)
    incidents, adapter = again(), Senders().adapter("alertmanager")[1]
    slow, other = AlertReceiver(incidents, Senders()), AlertReceiver(incidents, Senders())
    await slow.take("alertmanager", Delivery(body()), by_key("monitoring"), adapter)
    assert isinstance(incidents.clock, HandClock)
    incidents.clock.time += 2 * UNDER_WAY
    await other.resume()
    for _ in range(1_000):
        await asyncio.sleep(0)
    assert alerts_of(incidents) == [f"f{number}" for number in range(AT_ONCE + 2)]
    assert {row["times"] for row in incidents.deps.store.database.connection.execute("SELECT times FROM alarms")} == {1}
    assert list(incidents.inbox.waiting()) == []
    await slow.stop()
    incidents.close()


@pytest.mark.sqlite
async def test_what_nobody_can_read_waits_for_nothing(client: httpx2.AsyncClient, incidents: IncidentService) -> None:
    assert (await client.post("/v1/alerts/datadog", content=b"{}")).status_code == 422
    gone = incidents.inbox.keep(RawDelivery("nobody", b"{}"))
    await AlertReceiver(incidents, Senders()).resume()
    assert (await client.post("/v1/alerts/datadog", content=b"{")).status_code == 400
    assert [delivery.ref for delivery in incidents.inbox.waiting()] == [gone]
    assert incidents.inbox.find(RawDelivery("datadog", b"{}").ref).waits is False


async def test_a_body_and_its_one_alert_are_on_disk_together_or_not_at_all(again: Again) -> None:
    incidents = again()
    assert isinstance(incidents, Mortal)
    incidents.lives = 0
    with pytest.raises(Crash):
        AlertReceiver(incidents, Senders()).at_once(
            RawDelivery("warroom", b'{"title": "x"}'), Inbox([Alert(title="x", source="")], [])
        )
    assert incidents.deps.store.database.connection.execute("SELECT COUNT(*) FROM deliveries").fetchone()[0] == 0
    incidents.close()


@pytest.mark.parametrize("path", DOORS)
async def test_every_door_keeps_what_came_without_its_secrets(
    client: httpx2.AsyncClient, incidents: IncidentService, path: str
) -> None:
    sent = {name: f"{said}, api_key=hunter22" if said == "x" else said for name, said in DOORS[path].items()}
    answer = await client.post(path, json={**sent, "links": []} if path == "/v1/alerts" else sent)
    assert answer.status_code == 202, answer.text
    (facts,) = incidents.runs.newest()
    assert facts.alert
    kept = incidents.inbox.find(facts.alert.raw_ref)
    assert sent.keys() <= json.loads(kept.body).keys()
    assert b"hunter22" not in kept.body
    assert not kept.waits


@pytest.mark.parametrize("path", DOORS)
def test_whatever_is_acknowledged_is_found_in_the_inbox(path: str, incidents: IncidentService) -> None:
    transport = httpx2.ASGITransport(create_app(incidents), raise_app_exceptions=False)

    async def post(told: Any) -> None:
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            answer = await client.post(path, content=json.dumps(told), headers={"Content-Type": "application/json"})
        assert answer.status_code in (202, 400, 422), answer.text
        if answer.status_code == 202:
            started = [each if isinstance(each, str) else each["id"] for each in answer.json()["runs"]]
            for run in started:
                refs = [
                    event.payload["alert"]["raw_ref"] for event in incidents.transcript(run) if event.kind == "alert"
                ]
                assert refs
                assert all(not incidents.inbox.find(ref).waits for ref in refs)

    def filled(more: dict[str, Any]) -> dict[str, Any]:
        return {**more, **DOORS[path]}

    @QUICK
    @given(told=WHOLE | st.dictionaries(st.text(max_size=8), WHOLE).map(filled))
    def whatever_comes(told: Any) -> None:
        asyncio.run(post(told))

    whatever_comes()


def test_a_body_that_is_no_text_is_kept_byte_for_byte(incidents: IncidentService) -> None:
    body = b"\xff\xfe\x00 password=hunter22"
    kept = incidents.inbox.find(incidents.inbox.keep(RawDelivery("generic", body)))
    assert kept.body == b"\xff\xfe\x00 password=[redacted]"


async def test_what_was_refused_for_want_of_room_is_not_taken_in_at_a_later_start(again: Again) -> None:
    incidents = again()
    incidents.__class__ = Full
    large = json.dumps(group(*(entry(f"a-{n}" + "x" * 200) for n in range(400)))).encode()
    assert len(json.loads(large)["alerts"]) > AT_ONCE
    _, adapter = Senders().adapter("alertmanager")
    with pytest.raises(Overloaded):
        await AlertReceiver(incidents, Senders()).take("alertmanager", Delivery(large), LOCAL, adapter)
    assert list(incidents.inbox.waiting()) == []


async def test_the_same_body_from_another_sender_is_another_delivery(incidents: IncidentService) -> None:
    """Otherwise what one sender posts after another would be taken in, after a crash, with that other's proof."""
    deliveries = incidents.inbox
    proofs = (LOCAL, by_key("cron"), by_key("x", "pagerduty"), Proof("sender", "pagerduty", "PagerDuty v1"))
    refs = [deliveries.keep(RawDelivery("pagerduty", b"{}", proof)) for proof in proofs]
    assert len(set(refs)) == 3
    assert [str(deliveries.find(ref).proof) for ref in refs] == [str(proof) for proof in proofs]


async def test_pieces_of_a_body_that_a_crash_cut_off_are_forgotten(incidents: IncidentService) -> None:
    """Its sender had no answer, and sends it again."""
    incidents.deps.store.deliveries.add_piece("cut off", 1, "x")
    await AlertReceiver(incidents, Senders()).resume()
    assert incidents.deps.store.database.many("delivery_pieces", ref="cut off") == []


@pytest.mark.sqlite
async def test_bodies_that_come_at_once_share_transactions_and_each_is_answered_for_itself(again: Again) -> None:
    incidents = again()
    statements: list[str] = []
    incidents.deps.store.database.connection.set_trace_callback(statements.append)
    receiver, adapter = AlertReceiver(incidents, Senders()), Senders().adapter("generic")[1]
    bodies = [json.dumps({"title": f"{number} fails", "service": f"service-{number}"}).encode() for number in range(20)]
    taken = await asyncio.gather(*(receiver.take("generic", Delivery(one), LOCAL, adapter) for one in bodies))
    assert [one.alerts[0].title for one in taken] == [f"{number} fails" for number in range(20)]
    assert len({one.runs[0].id for one in taken}) == 20
    assert 1 <= statements.count("COMMIT") < 20
    assert incidents.inbox.waiting() == []
    incidents.close()


class Choosy(IncidentService):
    """A service that has no room for one alert."""

    def take(self, alert: Alert, number: int) -> Any:
        if alert.title == "one too many":
            raise Overloaded("too much at once")
        return super().take(alert, number)


async def test_a_body_for_which_there_is_no_room_is_refused_and_those_beside_it_are_taken_in() -> None:
    clock, catalogue = HandClock(), Catalogue()
    incidents = Choosy(Dependencies(Store(), clock, CatalogueConnections(catalogue, clock), catalogue))
    receiver, adapter = AlertReceiver(incidents, Senders()), Senders().adapter("generic")[1]
    bodies = [json.dumps({"title": title}).encode() for title in ("one fails", "one too many", "two fails")]
    works = (receiver.take("generic", Delivery(one), LOCAL, adapter) for one in bodies)
    one, refused, two = await asyncio.gather(*works, return_exceptions=True)
    assert isinstance(refused, Overloaded)
    assert sorted(facts.alert.title for facts in incidents.runs.newest() if facts.alert) == ["one fails", "two fails"]
    assert isinstance(one, Accepted)
    assert isinstance(two, Accepted)
    with pytest.raises(UnknownDelivery):
        incidents.inbox.find(RawDelivery("generic", bodies[1]).ref)
