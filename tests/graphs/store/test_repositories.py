"""The repositories: what is kept comes back as it was, in every time zone; and every named query has a use."""

import ast
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import graphs.store.database
from agents.runtime.briefing import Alert
from graphs.store.alerts import AlertWrite
from graphs.store.events import NewEvent
from graphs.store.inbox import NewDelivery, ReceiptRow
from graphs.store.outbox import OutboxEntry
from graphs.store.questions import NewQuestion
from graphs.store.runs import NewRun, StormSize, Tombstone
from graphs.store.store import Store
from graphs.store.wakeups import WorkflowOfRun
from tests.graphs.theatre import EPOCH, EVER, add_run

FOLDER = Path(graphs.store.database.__file__).parent
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=ZONES)  # noqa: DTZ001 - bounds have no zone


def _close(minutes: int, zone: timezone) -> datetime:
    return (EPOCH + timedelta(minutes=minutes)).astimezone(zone)


CLOSE_TIMES = st.builds(_close, st.integers(0, 600), ZONES)
"""Within a few hours, so that their order depends on the zone."""
SECOND = timedelta(seconds=1)
ONE_STORE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store()
    yield store
    store.close()


@ONE_STORE
@given(last_at=TIMES, turns=st.lists(TIMES, max_size=3), status=st.sampled_from(["firing", "resolved"]))
def test_a_stored_alert_comes_back_as_it_was(
    store: Store, last_at: datetime, turns: list[datetime], status: str
) -> None:
    alert = Alert.model_validate({"title": "checkout fails", "service": "checkout", "status": status})
    store.alerts.keep(AlertWrite("one", "key", alert, last_at, tuple(turns)))
    stored = store.alerts.find("one", "key")
    assert stored
    assert (stored.alert, stored.is_firing, stored.last_at, stored.turns) == (
        alert,
        status == "firing",
        last_at,
        tuple(turns),
    )


def test_a_stored_alert_is_found_under_either_of_two_keys_until_it_has_a_third(store: Store) -> None:
    for run, key in (("one", "grafana:k"), ("two", "warroom:k"), ("three", "cron:k")):
        store.alerts.keep(AlertWrite(run, key, Alert(title=run), EPOCH, ()))
    assert {stored.run for stored in store.alerts.under_either("grafana:k", "warroom:k")} == {"one", "two"}
    store.alerts.rename("one", "grafana:k", "new")
    assert {stored.run for stored in store.alerts.under_either("grafana:k", "warroom:k")} == {"two"}
    assert store.alerts.find("one", "new")


def test_an_alert_that_cannot_be_read_says_so(store: Store) -> None:
    store.alerts.keep(AlertWrite("one", "k", Alert(title="checkout fails"), EPOCH, ()))
    store.database.connection.execute("UPDATE alarms SET alert = '{'")
    assert store.alerts.of_run("one")[0].alert.title == "An alert that cannot be read"


def test_answers_of_models_are_found_in_one_run_and_in_all(store: Store) -> None:
    kind_of = [("one", "model_answer"), ("one", "alert"), ("two", "model_answer"), ("one", "model_answer")]
    for number, (run, kind) in enumerate(kind_of):
        at = EPOCH + number * SECOND
        store.events.add(NewEvent(run, at, kind, "main", "", "", [], f'{{"number": {number}}}', f"{number}", ""))
    assert [row.key for row in store.events.of_kind("one", "model_answer")] == ["0", "3"]
    assert [row.key for row in store.events.model_answers_since(EPOCH + SECOND)] == ["2", "3"]
    assert [row.key for row in store.events.latest_model_answers(2)] == ["3", "2"]


def test_runs_that_were_closed_unseen_are_counted_and_found(store: Store) -> None:
    for run in ("storm", "one", "two"):
        add_run(store, run)
    store.runs.enqueue("one", "storm", 1)
    store.runs.note_unseen("one")
    store.runs.close("one")
    assert store.runs.unseen() == 1
    assert store.runs.storm_size("storm") == StormSize(1, 1, 1)
    assert store.runs.older_than("", 5, only_unseen=True) == ["one"]
    assert store.runs.search_ended("", "", 5, only_unseen=True) == ["one"]


@ONE_STORE
@given(times=st.lists(CLOSE_TIMES, min_size=1, max_size=5, unique=True))
def test_wakeups_are_due_in_the_order_of_time_whatever_the_zone(store: Store, times: list[datetime]) -> None:
    store.wakeups.delete_of_run("one")
    for number, moment in enumerate(times):
        store.wakeups.add("one", "main", f"reason {number}", moment)
    now = sorted(times)[len(times) // 2]
    assert [wakeup.not_before for wakeup in store.wakeups.due(now)] == [m for m in sorted(times) if m <= now]
    assert store.wakeups.next_after(now) == next((m for m in sorted(times) if m > now), None)
    assert store.wakeups.earliest() == min(times)


def test_a_wakeup_is_added_once_and_may_be_put_off_and_removed(store: Store) -> None:
    add_run(store)
    for _ in range(2):
        store.wakeups.add("one", "main", "time", EPOCH)
    (wakeup,) = store.wakeups.due(EVER)
    store.wakeups.put_off([wakeup.key], EPOCH + SECOND)
    assert store.wakeups.due(EPOCH) == []
    assert WorkflowOfRun("one", "main") not in store.wakeups.missing()
    store.wakeups.remove([wakeup.key])
    assert WorkflowOfRun("one", "main") in store.wakeups.missing()


@pytest.mark.parametrize(
    ("text", "found"), [("CHECK", ["one"]), ("100%", ["two"]), ("%", ["two"]), ("a_b", ["two"]), ("a\\", ["two"])]
)
def test_what_people_search_for_is_taken_word_for_word(store: Store, text: str, found: list[str]) -> None:
    store.runs.add(NewRun("one", EPOCH, Alert(title="Checkout fails aXb"), "one"))
    store.runs.add(NewRun("two", EPOCH, Alert(title="at 100% a_b a\\\\b"), "two"))
    assert store.runs.search_open(text, 10) == found
    store.runs.close(found[0])
    assert store.runs.search_ended(text, "", 10) == found


def test_runs_come_page_by_page_the_newest_first(store: Store) -> None:
    for number in range(5):
        store.runs.add(NewRun(f"run-{number}", EPOCH + number // 2 * SECOND, Alert(title="x"), f"{number}"))
    assert store.runs.older_than("", 2) == ["run-4", "run-3"]
    assert store.runs.older_than("run-3", 2) == ["run-2", "run-1"]
    assert store.runs.older_than("run-1", 9) == ["run-0"]
    assert store.runs.open_runs() == [f"run-{number}" for number in range(5)]


def test_a_queue_lets_the_lowest_rank_go_first(store: Store) -> None:
    for run in ("storm", "one", "two"):
        add_run(store, run)
    store.runs.enqueue("one", "storm", 20)
    store.runs.enqueue("two", "storm", 10)
    assert store.runs.next_in_queue(5) == ["two", "one"]
    assert store.runs.storm_size("storm") == StormSize(2, 2, 0)
    store.runs.release("two")
    assert (store.runs.is_queued("one"), store.runs.is_queued("two")) == (True, False)
    assert (store.runs.queue_length(), store.runs.investigated_from_queue()) == (1, 1)
    assert {member.run for member in store.runs.of_storm("storm", 5)} == {"one", "two"}
    assert len(store.runs.of_storm("storm", 1)) == 1


def test_a_deleted_run_is_gone_and_its_tombstone_says_when(store: Store) -> None:
    add_run(store)
    store.delete_run("one")
    store.runs.add_tombstone(Tombstone("one", EPOCH, EPOCH + SECOND, "ada"))
    assert not store.runs.exists("one")
    assert store.runs.tombstone("one") == Tombstone("one", EPOCH, EPOCH + SECOND, "ada")
    assert store.runs.tombstone("two") is None


def test_a_question_is_answered_or_withdrawn_once(store: Store) -> None:
    store.questions.add(NewQuestion("one", "q-1", "main", EPOCH, "{}"))
    assert store.questions.answer("one", "q-1", {"answer": "approve"}, EPOCH)
    assert not store.questions.answer("one", "q-1", {"answer": "refuse"}, EPOCH)
    assert not store.questions.withdraw("one", "q-1")
    row = store.questions.find("one", "q-1")
    assert row
    assert (row.answer, row.withdrawn, row.asked_at) == ({"answer": "approve"}, False, EPOCH)


def test_a_question_that_was_withdrawn_before_a_crash_is_not_withdrawn_again(store: Store) -> None:
    """The workflow that withdrew it comes to the same point after the crash; the event is there already."""
    add_run(store)
    store.questions.add(NewQuestion("one", "q-1", "main", EPOCH, "{}"))
    assert [store.questions.withdraw("one", "q-1") for _ in range(2)] == [True, False]


def test_a_delivery_waits_until_it_is_taken_in_or_was_tried_too_often(store: Store) -> None:
    store.deliveries.add(NewDelivery("ref", "generic", "key ops", "a key", 2, "e30=", {"content-type": "x"}), EPOCH)
    store.deliveries.note_taken("ref", 3)
    assert [(waiting.ref, waiting.taken) for waiting in store.deliveries.waiting(1)] == [("ref", 3)]
    assert (store.deliveries.size().waiting, store.deliveries.size().oldest) == (1, EPOCH)
    store.deliveries.count_attempt("ref")
    assert store.deliveries.waiting(1) == []
    store.deliveries.finish("ref")
    delivery = store.deliveries.find("ref")
    assert delivery
    assert (delivery.waits, delivery.headers) == (False, {"content-type": "x"})
    assert (delivery.sender, delivery.proof) == ("key ops", "a key")


def test_a_receipt_belongs_to_its_caller(store: Store) -> None:
    store.receipts.add("ada", "k", ReceiptRow("hash", "answer"), EPOCH)
    assert store.receipts.find("ada", "k") == ReceiptRow("hash", "answer")
    assert store.receipts.find("bob", "k") is None


def test_the_outbox_gives_an_endpoint_the_events_of_a_run_in_order(store: Store) -> None:
    for key in ("first", "second"):
        store.outbox.add("https://x", "one", key, EPOCH)
        store.events.add(NewEvent("one", EPOCH, "note", "main", "", "", [], "{}", key, ""))
    store.outbox.put_off(OutboxEntry("https://x", "one", 1), EPOCH + SECOND)
    assert store.outbox.due(EPOCH, 5) == []
    assert store.outbox.next_after(EPOCH) == EPOCH + SECOND
    assert store.outbox.due(EPOCH + SECOND, 5) == [OutboxEntry("https://x", "one", 1, 1)]
    store.outbox.remove(OutboxEntry("https://x", "one", 1))
    assert store.outbox.due(EPOCH + SECOND, 5) == [OutboxEntry("https://x", "one", 2)]


def test_every_named_query_is_used_by_a_repository() -> None:
    named = set(re.findall(r"^-- name: (\w+)", (FOLDER / "queries.sql").read_text(), re.MULTILINE))
    modules = [ast.parse(file.read_text()) for file in FOLDER.glob("*.py")]
    words = {node.value for module in modules for node in ast.walk(module) if isinstance(node, ast.Constant)}
    assert named - words == set()
