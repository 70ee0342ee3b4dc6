"""Who else has a run's page open, by name or as a number."""

import asyncio
import json
from contextlib import aclosing
from typing import Any

import pytest

from api.streaming import viewers
from api.streaming.stream import Broadcasts
from api.streaming.viewers import Viewer, Viewers

ADA, BOB, NAMELESS = Viewer("Ada", "b1"), Viewer("Bob", "b2"), Viewer("", "b3")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewers, "ANNOUNCED_EVERY", 0)


async def seen_by(viewer: Viewer, *open_pages: Viewer) -> str:
    present = Viewers(lambda: None)
    for page in open_pages:
        present.join(page)
    await asyncio.sleep(0.01)
    return present.besides(viewer)


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ([], ""),
        ([BOB], "Bob is looking too"),
        ([NAMELESS], "1 other person is looking too"),
        ([BOB, NAMELESS, Viewer("", "b4")], "Bob and 2 other people are looking too"),
        ([BOB, Viewer("Bob", "phone")], "Bob is looking too"),
        ([NAMELESS, NAMELESS], "1 other person is looking too"),
        ([Viewer("Ada", "phone")], ""),
    ],
)
async def test_the_others_are_named_and_one_person_counts_once(others: list[Viewer], said: str) -> None:
    assert await seen_by(ADA, ADA, *others) == said


async def test_of_many_viewers_a_few_are_named() -> None:
    crowd = [Viewer(f"Person {number}", "") for number in range(10)]
    assert await seen_by(ADA, ADA, *crowd) == "Person 0, Person 1, Person 2 and 7 other people are looking too"
    assert await seen_by(crowd[1], ADA, *crowd) == "Ada, Person 0, Person 2 and 7 other people are looking too"


async def test_who_closes_one_of_two_pages_is_still_looking() -> None:
    present = Viewers(lambda: None)
    for page in (ADA, BOB, BOB):
        present.join(page)
    present.leave(BOB)
    await asyncio.sleep(0.01)
    assert present.besides(ADA) == "Bob is looking too"
    present.leave(BOB)
    await asyncio.sleep(0.01)
    assert present.besides(ADA) == ""


async def test_many_who_come_at_once_are_announced_once() -> None:
    announced: list[str] = []
    present = Viewers(lambda: announced.append(present.besides(ADA)))
    for number in range(100):
        present.join(Viewer("", f"b{number}"))
    await asyncio.sleep(0.01)
    assert announced == ["100 other people are looking too"]


async def test_each_viewer_of_a_run_is_told_of_the_other_until_it_leaves(incident: Any) -> None:
    broadcasts = Broadcasts(incident.incidents)
    async with aclosing(broadcasts.watch(incident.run, 1, viewer=ADA)) as first:
        told = asyncio.ensure_future(anext(first))
        async with aclosing(broadcasts.watch(incident.run, 1, viewer=NAMELESS)) as second:
            assert said(await anext(second)) == "Ada is looking too"
            assert said(await told) == "1 other person is looking too"
            told = asyncio.ensure_future(anext(first))
        assert said(await told) == ""


async def test_who_watches_events_without_a_page_is_no_viewer(incident: Any) -> None:
    broadcasts = Broadcasts(incident.incidents)
    async with aclosing(broadcasts.watch(incident.run, 1, viewer=ADA)) as first:
        told = asyncio.ensure_future(anext(first))
        async with aclosing(broadcasts.watch(incident.run, 0)) as second:
            assert b"id: 1" in await anext(second)
            await asyncio.sleep(0.02)
            assert not told.done()
        told.cancel()
        await asyncio.gather(told, return_exceptions=True)


def said(frame: bytes) -> str:
    kind, data = frame.decode().strip().split("\n")
    assert kind == "event: viewers"
    return json.loads(data.removeprefix("data: "))
