"""Bodies are kept under one name, a large one piece by piece."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest

from agents.io.clock import VirtualClock
from graphs.intake.inbox import PIECE, DeliveryInbox, Raw, UnknownDelivery
from graphs.maintenance.retention import forget_old
from graphs.store.database import Store

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
LARGE = Raw("generic", random.Random(1).randbytes(3 * PIECE), shown=random.Random(1).randbytes(3 * PIECE))


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def deliveries(store: Store) -> DeliveryInbox:
    return DeliveryInbox(store, VirtualClock(NOON))


def pieces(store: Store) -> list[int]:
    return [len(row[0]) for row in store.connection.execute("SELECT body FROM delivery_pieces ORDER BY piece")]


async def test_a_large_body_is_written_in_pieces_and_found_whole(store: Store, deliveries: DeliveryInbox) -> None:
    await deliveries.keep_large(LARGE)
    ref = await deliveries.keep_large(LARGE)  # once more: it is kept once
    assert deliveries.find(ref).body == LARGE.shown
    assert len(pieces(store)) == len(LARGE.pieces) - 1 > 2
    assert max(pieces(store)) <= PIECE <= 1024 * 1024


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
    ref = await deliveries.keep_large(Raw("generic", b'{"title": "x"}'))
    assert deliveries.find(ref).body == b'{"title": "x"}'
    assert pieces(store) == []


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
    store.write("add_delivery_piece", ref="cut off", piece=1, body="x")
    deliveries.tidy()
    assert deliveries.find(kept).body == LARGE.shown
    assert len(pieces(store)) == len(LARGE.pieces) - 1
