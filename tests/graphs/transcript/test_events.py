"""The transcript: once per key, gapless, in commit order."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.io.clock import VirtualClock
from graphs.store.outbox import OutboxEntry
from graphs.store.store import Store
from graphs.transcript.event import Event
from graphs.transcript.events import LANES_BESIDE, Author, Draft, Transcripts
from tests.graphs.theatre import EVER, add_run


def draft(key: str, kind: str = "remark", **payload: object) -> Draft:
    return Draft(key, kind, payload, Author("main"))


def of_two_runs() -> Transcripts:
    store = Store()
    for run in ("one", "two"):
        add_run(store, run)
    return Transcripts(store, VirtualClock(datetime(2026, 3, 3, 3, 0, tzinfo=UTC)))


def test_a_second_event_under_a_key_gives_the_first() -> None:
    transcripts = of_two_runs()
    first = transcripts.write("one", draft("main/a#1/x", said="first"))
    second = transcripts.write("one", draft("main/a#1/x", said="second"))
    assert second == first
    assert [event.payload for event in transcripts.after("one")] == [{"said": "first"}]


@pytest.mark.sqlite
@given(st.lists(st.tuples(st.sampled_from(["one", "two"]), st.integers(0, 9)), max_size=40))
def test_sequence_numbers_are_gapless_per_run_whatever_the_order(writes: list[tuple[str, int]]) -> None:
    transcripts = of_two_runs()
    for run, number in writes:
        transcripts.write(run, draft(f"main/n#{number}/x"))
    for run in ("one", "two"):
        events = transcripts.after(run)
        assert [event.seq for event in events] == list(range(1, len({n for r, n in writes if r == run}) + 1))


def test_a_reference_depends_on_the_key_alone() -> None:
    transcripts = of_two_runs()
    transcripts.write("two", draft("something/earlier"))
    one, two = transcripts.write("one", draft("main/a#1/x")), transcripts.write("two", draft("main/a#1/x"))
    assert one.ref == two.ref
    assert one.seq != two.seq


def test_news_puts_a_wakeup_for_the_lanes_beside_into_the_same_transaction() -> None:
    store = Store()
    add_run(store)
    transcripts = Transcripts(store, VirtualClock(datetime(2026, 3, 3, 3, 0, tzinfo=UTC)))
    transcripts.write("one", draft("main/a#1/remark"))
    assert store.wakeups.due(EVER) == []
    transcripts.write("one", draft("main/a#1/status", "status", status="Identified", why=""))
    assert [wakeup.lane for wakeup in store.wakeups.due(EVER)] == list(LANES_BESIDE)


def test_what_followed_from_an_event_does_not_follow_again_when_it_is_written_again() -> None:
    store = Store()
    add_run(store)
    transcripts = Transcripts(store, VirtualClock(datetime(2026, 3, 3, 3, 0, tzinfo=UTC)))
    transcripts.beside.append(lambda run, written, at: store.outbox.add("https://x", run, written.key, at))
    transcripts.write("one", draft("main/a#1/remark"))
    status = draft("main/a#1/status", "status", status="Identified", why="")
    event = transcripts.write("one", status)
    assert [entry.seq for entry in store.outbox.due(EVER, 5)] == [1]
    store.outbox.remove(OutboxEntry("https://x", "one", 1))
    assert store.outbox.due(EVER, 5) == [OutboxEntry("https://x", "one", event.seq)]
    store.outbox.remove(OutboxEntry("https://x", "one", event.seq))
    store.wakeups.remove(wakeup.key for wakeup in store.wakeups.due(EVER))
    assert transcripts.write("one", status) == event
    assert (store.outbox.due(EVER, 5), store.wakeups.due(EVER)) == ([], [])


async def test_a_follower_who_joins_late_sees_everything_once_and_then_what_is_new() -> None:
    transcripts = of_two_runs()
    transcripts.write("one", draft("a"))
    seen: list[Event] = []

    async def follow() -> None:
        seen.extend([event async for event in transcripts.follow("one")])

    following = asyncio.create_task(follow())
    await asyncio.sleep(0)
    transcripts.write("one", draft("b"))
    await asyncio.sleep(0)
    transcripts.write("one", draft("closed", "closed"))
    await asyncio.wait_for(following, 5)
    assert [event.key for event in seen] == ["a", "b", "closed"]


async def test_a_follower_can_go_on_where_it_left_off() -> None:
    transcripts = of_two_runs()
    for key in ("a", "b"):
        transcripts.write("one", draft(key))
    transcripts.write("one", draft("closed", "closed"))
    assert [event.key async for event in transcripts.follow("one", 2)] == ["closed"]


def test_events_carry_the_clock_s_time() -> None:
    clock = VirtualClock(datetime(2026, 3, 3, 3, 0, tzinfo=UTC))
    store = Store()
    add_run(store)
    transcripts = Transcripts(store, clock)

    async def write_after_a_while() -> Event:
        await clock.sleep(timedelta(minutes=7))
        return transcripts.write("one", draft("a"))

    assert clock.run(write_after_a_while).at == datetime(2026, 3, 3, 3, 7, tzinfo=UTC)
