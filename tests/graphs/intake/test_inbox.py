"""The inbox: bodies are kept under one name, a large one piece by piece; a request is answered once."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agents.io.clock import VirtualClock
from graphs.intake.inbox import PIECE, RECEIPTS_KEPT, DeliveryInbox, RawDelivery, RepeatableRequest, UnknownDelivery
from graphs.maintenance.retention import forget_old
from graphs.store.opening import open_store
from graphs.store.store import Store
from tests.graphs.background.test_workflow import HandClock

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
LARGE = RawDelivery("generic", random.Random(1).randbytes(3 * PIECE), shown=random.Random(1).randbytes(3 * PIECE))


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def deliveries(store: Store) -> DeliveryInbox:
    return DeliveryInbox(store, VirtualClock(NOON))


def pieces(store: Store) -> list[int]:
    return [len(row[0]) for row in store.database.connection.execute("SELECT body FROM delivery_pieces ORDER BY piece")]


async def test_a_large_body_is_written_in_pieces_and_found_whole(store: Store, deliveries: DeliveryInbox) -> None:
    await deliveries.keep_large(LARGE)
    ref = await deliveries.keep_large(LARGE)  # once more: it is kept once
    assert deliveries.find(ref).body == LARGE.shown
    assert len(pieces(store)) == len(LARGE.pieces) - 1 > 2
    assert max(pieces(store)) <= PIECE <= 1024 * 1024


@pytest.mark.sqlite
async def test_others_have_their_turn_between_the_pieces(deliveries: DeliveryInbox) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    other = asyncio.create_task(others())
    await deliveries.keep_large(LARGE)
    other.cancel()
    assert turns >= len(LARGE.pieces) - 2


async def test_a_small_body_has_no_other_pieces(store: Store, deliveries: DeliveryInbox) -> None:
    ref = await deliveries.keep_large(RawDelivery("generic", b'{"title": "x"}'))
    assert deliveries.find(ref).body == b'{"title": "x"}'
    assert pieces(store) == []


def test_a_body_that_is_taken_in_with_it_waits_for_nobody(deliveries: DeliveryInbox) -> None:
    taken, waiting = RawDelivery("generic", b'{"title": "x"}'), RawDelivery("generic", b'{"title": "y"}')
    deliveries.keep(taken, waits=False)
    deliveries.keep(waiting)
    assert (deliveries.find(taken.ref).waits, deliveries.find(waiting.ref).waits) == (False, True)


async def test_a_forgotten_body_leaves_no_piece(store: Store, deliveries: DeliveryInbox) -> None:
    ref = await deliveries.keep_large(LARGE)
    forget_old(store, NOON + timedelta(days=3), timedelta(days=2))
    with pytest.raises(UnknownDelivery):
        deliveries.find(ref)
    assert pieces(store) == []


async def test_pieces_of_a_body_that_was_not_kept_to_its_end_are_forgotten_at_the_next_start(
    store: Store, deliveries: DeliveryInbox
) -> None:
    kept = await deliveries.keep_large(LARGE)
    store.deliveries.add_piece("cut off", 1, "x")
    deliveries.delete_unfinished_pieces()
    assert deliveries.find(kept).body == LARGE.shown
    assert len(pieces(store)) == len(LARGE.pieces) - 1


async def test_of_a_body_that_a_process_of_several_did_not_keep_to_its_end_nothing_is_left(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(postgres)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    deliveries, add = DeliveryInbox(store, VirtualClock(NOON)), store.deliveries.add
    monkeypatch.setattr(store.deliveries, "add", die)
    with pytest.raises(KeyboardInterrupt):
        await deliveries.keep_large(LARGE)
    assert store.database.many("delivery_pieces", ref=LARGE.ref) == []
    monkeypatch.setattr(store.deliveries, "add", add)
    await deliveries.keep_large(LARGE)
    assert len(store.database.many("delivery_pieces", ref=LARGE.ref)) == len(LARGE.pieces) - 1
    store.close()


def test_a_receipt_outlives_the_process_and_not_a_week(tmp_path: Path) -> None:
    clock = HandClock()
    request = RepeatableRequest(caller="", key="k", body="{}")
    answers: list[tuple[str, bool]] = []
    for number, passed in enumerate((0 * RECEIPTS_KEPT, RECEIPTS_KEPT / 2, RECEIPTS_KEPT)):
        clock.time += passed
        store = Store(tmp_path / "warroom.sqlite")
        inbox = DeliveryInbox(store, clock)
        inbox.answer_once(RepeatableRequest(caller="", key=f"other {number}", body=""), lambda: "")
        answers.append(inbox.answer_once(request, lambda text=f"answer {number}": text))
        store.close()
    assert answers == [("answer 0", False), ("answer 0", True), ("answer 2", False)]
