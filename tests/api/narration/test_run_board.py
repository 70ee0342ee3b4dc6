"""The boards that are kept ready for those who decide, and the half-second cache of what they show."""

import asyncio
from typing import Any

import pytest

from api.narration.run_board import EVENTS_AT_ONCE, FRESH_SECONDS, RunBoard, RunBoards, TtlCache
from graphs.store.faults import StoreError


async def test_a_copy_is_given_again_until_it_is_no_longer_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    cache, written, now = TtlCache(), [0], 1000.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)

    async def write() -> str:
        written[0] += 1
        return f"text {written[0]}"

    assert [await cache.of("a", write) for _ in range(2)] == ["text 1", "text 1"]
    assert await cache.of("b", write) == "text 2"
    now += FRESH_SECONDS * 0.9
    assert await cache.of("a", write) == "text 1"
    now += FRESH_SECONDS * 0.2
    assert await cache.of("a", write) == "text 3"


def take_in_nothing(*_: object) -> None:
    raise AssertionError("it was not ready")


async def turns(number: int = 20) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_a_run_in_which_people_are_asked_is_read_before_one_of_them_opens_it(
    incident: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident.ask()
    for number in range(2 * EVENTS_AT_ONCE):
        incident.write("note", by="Ada", text=f"note {number}")
    boards = RunBoards(incident.incidents)
    task = asyncio.create_task(boards.keep_ready())
    await turns()
    monkeypatch.setattr(RunBoard, "take_in", take_in_nothing)
    assert boards.of(incident.run).seen == incident.incidents.facts(incident.run).seen > 2 * EVENTS_AT_ONCE
    task.cancel()


async def test_a_run_in_which_nobody_is_asked_is_read_when_it_is_opened(
    incident: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    boards = RunBoards(incident.incidents)
    task = asyncio.create_task(boards.keep_ready())
    await turns()
    monkeypatch.setattr(RunBoard, "take_in", take_in_nothing)
    with pytest.raises(AssertionError, match="it was not ready"):
        boards.of(incident.run)
    task.cancel()


async def test_a_store_that_cannot_be_had_for_a_moment_does_not_end_it(
    incident: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(_: int) -> list[str]:
        raise StoreError("here", "it is away")

    monkeypatch.setattr("api.narration.run_board.READY_EVERY_SECONDS", 0)
    boards = RunBoards(incident.incidents)
    with monkeypatch.context() as for_a_moment:
        for_a_moment.setattr(incident.incidents.runs, "asking_ids", away)
        task = asyncio.create_task(boards.keep_ready())
        await turns(3)
    incident.ask()
    await turns()
    monkeypatch.setattr(RunBoard, "take_in", take_in_nothing)
    assert boards.of(incident.run).seen
    assert "could not be prepared" in caplog.text
    task.cancel()
