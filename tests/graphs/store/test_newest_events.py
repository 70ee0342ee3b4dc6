"""The newest events in memory: whoever asks is given the same as by the database, whatever happened before."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.store.events import EventRepository, EventRow, NewEvent
from graphs.store.newest_events import NewestEvents
from graphs.store.store import Store
from tests.graphs.theatre import EPOCH, add_run

pytestmark = pytest.mark.sqlite
RUNS = ("one", "two")
WRITTEN = st.tuples(st.just("write"), st.sampled_from(RUNS), st.integers(0, 9))
DELETED = st.tuples(st.just("delete"), st.sampled_from(RUNS), st.just(0))
UNDONE = st.tuples(st.just("undo"), st.sampled_from(RUNS), st.integers(0, 9))


class Undone(Exception):
    """Whoever wrote thinks better of it."""


def new_event(run: str, key: str) -> NewEvent:
    at = EPOCH + timedelta(seconds=1)
    return NewEvent(run, at, "remark", "main", "", "", ["R-1"], '{"said": "it"}', key, f"ref-{key}")


def of_two_runs() -> Store:
    store = Store()
    for run in RUNS:
        add_run(store, run)
    return store


def do(store: Store, step: tuple[str, str, int]) -> None:
    what, run, number = step
    match what:
        case "write":
            with store.transaction():
                store.events.add(new_event(run, f"main/a#{number}/x"))
        case "delete":
            with store.transaction():
                store.events.delete_of_run(run)
        case _:
            with suppress(Undone), store.transaction():
                store.events.add(new_event(run, f"main/a#{number}/x"))
                raise Undone


def all_that_is_asked(events: EventRepository, most: Callable[[int], int] = lambda _: -1) -> list[Any]:
    after = [events.after(run, seq, most(seq)) for run in RUNS for seq in range(12)]
    kinds = [events.kinds_after(run, seq) for run in RUNS for seq in range(12)]
    keys = [events.under_key(run, f"main/a#{number}/x") for run in RUNS for number in range(10)]
    return [after, kinds, keys]


@given(st.lists(WRITTEN | WRITTEN | WRITTEN | DELETED | UNDONE, max_size=30), st.sampled_from([1, 3, 10_000]))
def test_what_is_read_is_what_the_database_holds(steps: list[tuple[str, str, int]], kept: int) -> None:
    store = of_two_runs()
    store.events._newest = NewestEvents(kept)  # pyright: ignore[reportPrivateUsage]
    for step in steps:
        do(store, step)
    by_a_second_reader = EventRepository(store.database)  # it has written nothing, so it asks the database
    assert all_that_is_asked(store.events) == all_that_is_asked(by_a_second_reader)
    assert all_that_is_asked(store.events, lambda seq: seq % 4) == all_that_is_asked(
        by_a_second_reader, lambda seq: seq % 4
    )
    store.close()


def test_those_who_follow_a_run_ask_the_database_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    store = of_two_runs()
    do(store, ("write", "one", 1))
    do(store, ("write", "one", 2))
    expected = all_that_is_asked(EventRepository(store.database))[0][0]

    def fail(*_: Any, **__: Any) -> Any:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(store.database, "many", fail)
    monkeypatch.setattr(store.database, "one", fail)
    assert store.events.after("one", 0) == expected
    assert store.events.under_key("one", "main/a#3/x") is None
    store.close()


def test_no_more_are_kept_than_asked_for_and_those_of_the_run_that_rests_go_first() -> None:
    newest: NewestEvents[EventRow] = NewestEvents(3)
    for run, seq in [("one", 1), ("two", 1), ("two", 2), ("two", 3)]:
        newest.add(run, EventRow(seq, EPOCH, "remark", "main", "", "", "[]", "{}", "ref", f"key {seq}"))
    assert newest.after("one", 0) is None
    assert [row.seq for row in newest.after("two", 0) or []] == [1, 2, 3]


def test_after_a_gap_only_what_follows_it_is_kept() -> None:
    newest: NewestEvents[EventRow] = NewestEvents(10)
    for seq in (1, 2, 7, 8):
        newest.add("one", EventRow(seq, EPOCH, "remark", "main", "", "", "[]", "{}", "ref", f"key {seq}"))
    assert newest.after("one", 0) is None
    assert [row.seq for row in newest.after("one", 6) or []] == [7, 8]
    assert not newest.is_whole("one")
