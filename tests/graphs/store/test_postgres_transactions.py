"""Transactions on PostgreSQL: how many messages they take, and what stands when a session is lost in between."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest

from agents.io.clock import VirtualClock
from graphs.store.events import NewEvent
from graphs.store.faults import StoreUnreachable
from graphs.store.postgres import PostgresDatabase
from graphs.store.store import Store
from graphs.transcript.events import LANES_BESIDE, Author, Draft, Transcripts
from tests.distance import away
from tests.graphs.theatre import EPOCH, add_run

STATUS = Draft("main/a#1/status", "status", {"status": "Identified", "why": ""}, Author("main"))


@contextmanager
def store_on(url: str) -> Generator[Store]:
    with closing(Store(database=PostgresDatabase(url))) as store:
        yield store


@pytest.fixture
def store(postgres: str) -> Iterator[Store]:
    with store_on(postgres) as store:
        add_run(store)
        yield store


def transcripts_of(store: Store) -> Transcripts:
    return Transcripts(store, VirtualClock(EPOCH))


def lose_answer(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the session end once just after the server has done what it was sent, before it says so."""
    real: Callable[..., Any] = database._send

    def send(batch: Any) -> Any:
        monkeypatch.setattr(database, "_send", real)
        real(batch)
        database.connection.close()
        raise psycopg.OperationalError("the connection is lost")

    monkeypatch.setattr(database, "_send", send)


def test_an_event_takes_one_round_trip_with_all_that_follows_from_it(postgres: str, store: Store) -> None:
    with away(postgres) as (url, distance), store_on(url) as far:
        transcripts = transcripts_of(far)
        transcripts.beside.append(lambda run, draft, at: far.outbox.add("https://x", run, draft.key, at))
        before = distance.round_trips
        written = transcripts.write("one", STATUS)
        assert distance.round_trips - before == 1
    assert [row.key for row in store.events.after("one", 0)] == [written.key]
    assert {row.lane for row in store.wakeups.due(EPOCH)} == set(LANES_BESIDE)
    assert [entry.seq for entry in store.outbox.due(EPOCH, 5)] == [written.seq]


def test_a_transaction_in_which_nothing_is_asked_does_not_reach_the_server(postgres: str) -> None:
    with away(postgres) as (url, distance), store_on(url) as far:
        before = distance.round_trips
        with far.transaction("one"), far.transaction("one", asks_once=True):
            pass
        assert distance.round_trips == before


def test_what_is_left_for_the_end_of_a_transaction_is_undone_with_it(store: Store) -> None:
    def fail() -> None:
        with store.transaction("one"):
            store.wakeups.add("one", "main", "left for the end", EPOCH)
            raise RuntimeError("broken off")

    with pytest.raises(RuntimeError, match="broken off"):
        fail()
    assert store.wakeups.due(EPOCH) == []
    with store.transaction("one"):
        store.wakeups.add("one", "main", "left for the end", EPOCH)
    assert [row.reason for row in store.wakeups.due(EPOCH)] == ["left for the end"]


def test_an_event_within_another_transaction_is_undone_with_that(store: Store) -> None:
    def fail() -> None:
        with store.transaction("one"):
            transcripts_of(store).write("one", STATUS)
            raise RuntimeError("broken off")

    with pytest.raises(RuntimeError, match="broken off"):
        fail()
    assert (store.events.after("one", 0), store.wakeups.due(EPOCH)) == ([], [])


def test_an_event_that_cannot_be_written_leaves_nothing_and_the_session_goes_on(store: Store) -> None:
    nobody: Any = None
    with pytest.raises(psycopg.IntegrityError):
        transcripts_of(store).write("one", STATUS._replace(author=Author(nobody)))
    assert (store.events.after("one", 0), store.wakeups.due(EPOCH)) == ([], [])
    assert transcripts_of(store).write("one", STATUS).seq == 1


def test_a_transaction_that_asks_once_and_fails_is_not_taken_for_written(store: Store) -> None:
    nothing: Any = None

    def go_on_after_an_error() -> None:
        with store.transaction("one", asks_once=True), pytest.raises(psycopg.IntegrityError):
            store.events.add(NewEvent("one", EPOCH, nothing, "main", "", "", [], "{}", "key", ""))

    with pytest.raises(StoreUnreachable, match="nothing was written"):
        go_on_after_an_error()


def test_a_transaction_that_asks_once_asks_no_more_than_that(store: Store) -> None:
    def ask_again() -> None:
        with store.transaction("one", asks_once=True):
            store.check_writable()
            store.check_writable()

    with pytest.raises(RuntimeError, match="has ended with what it asked"):
        ask_again()


def test_an_event_of_which_the_confirmation_was_lost_is_written_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_answer(store.database, monkeypatch)
    written = transcripts_of(store).write("one", STATUS)
    assert [row.seq for row in store.events.after("one", 0)] == [written.seq] == [1]
    assert len(store.wakeups.due(EPOCH)) == len(LANES_BESIDE)


def test_whoever_holds_a_lock_sends_nothing_again_that_may_have_been_done(
    postgres: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = PostgresDatabase(postgres)
    with closing(Store(database=database)) as turn:
        assert database.try_fence("lane", "one", "main")
        lose_answer(database, monkeypatch)
        with pytest.raises(StoreUnreachable):
            transcripts_of(turn).write("one", STATUS)
        with pytest.raises(StoreUnreachable):
            transcripts_of(turn).write("one", STATUS._replace(key="later"))
    assert [row.key for row in store.events.after("one", 0)] == [STATUS.key]


def test_after_a_lost_session_a_transaction_of_which_nobody_asks_anything_opens_another(store: Store) -> None:
    store.database.connection.close()
    with store.transaction("one"):
        store.wakeups.add("one", "main", "left for the end", EPOCH)
    assert [row.reason for row in store.wakeups.due(EPOCH)] == ["left for the end"]
