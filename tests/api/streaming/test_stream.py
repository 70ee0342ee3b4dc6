"""Streams of a run's events and of models' words."""

import asyncio
import json
from contextlib import aclosing
from typing import Any

import httpx2
import pytest

from api.streaming import stream
from api.streaming.stream import (
    END,
    HEARTBEAT,
    Broadcasts,
    _frames,  # pyright: ignore[reportPrivateUsage]
)


def ids(text: str) -> list[int]:
    return [int(line.removeprefix("id: ")) for line in text.splitlines() if line.startswith("id: ")]


async def test_a_closed_run_streams_every_event_and_an_end(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.write("note", by="on-call", text="two\nlines")
    incident.close()
    answer = await client.get(f"/v1/runs/{incident.run}/events")
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith('data: {"seq')]
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert ids(answer.text) == [event["seq"] for event in events] == [1, 2, 3]
    assert events[1]["payload"]["text"] == "two\nlines"
    assert answer.content.endswith(END)


@pytest.mark.parametrize(("headers", "query"), [({"Last-Event-ID": "2"}, ""), ({}, "?after=2")])
async def test_a_watcher_who_comes_back_gets_only_what_is_new(
    client: httpx2.AsyncClient, incident: Any, headers: dict[str, str], query: str
) -> None:
    incident.write("note", by="on-call", text="seen")
    incident.close()
    answer = await client.get(f"/v1/runs/{incident.run}/events{query}", headers=headers)
    assert ids(answer.text) == [3]


async def test_a_watcher_who_has_seen_the_end_is_told_so_at_once(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.close()
    assert (await client.get(f"/v1/runs/{incident.run}/events?after=2")).content == END


async def test_a_watcher_sees_events_as_they_happen(incident: Any) -> None:
    async with aclosing(Broadcasts(incident.incidents).watch(incident.run, 1)) as frames:
        incident.write("note", by="on-call", text="now")
        assert ids((await anext(frames)).decode()) == [2]
        later = asyncio.create_task(anext(frames))  # type: ignore[reportArgumentType]
        await asyncio.sleep(0.01)
        incident.write("note", by="on-call", text="later")
        assert ids((await later).decode()) == [3]


async def test_an_event_is_encoded_once_however_many_watch(incident: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[int] = []
    monkeypatch.setattr(stream, "frame", lambda event: encoded.append(event.seq) or b"id: 1\n\n")  # type: ignore[reportUnknownLambdaType]
    incident.close()
    broadcasts = Broadcasts(incident.incidents)

    async def watch() -> bytes:
        return b"".join([frames async for frames in broadcasts.watch(incident.run, 0)])

    seen = await asyncio.gather(*(watch() for _ in range(20)))
    assert encoded == [1, 2]
    assert {text.count(b"id:") for text in seen} == {2}


async def test_a_quiet_run_sends_heartbeats(incident: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.01)
    async with aclosing(Broadcasts(incident.incidents).watch(incident.run, 1)) as frames:
        assert await anext(frames) == HEARTBEAT


async def test_a_server_that_stops_lets_watchers_go_without_an_end(incident: Any) -> None:
    broadcasts = Broadcasts(incident.incidents)
    watching = asyncio.create_task(collect(broadcasts, incident.run))
    await asyncio.sleep(0.01)
    broadcasts.stop()
    assert ids((await watching).decode()) == [1]


async def collect(broadcasts: Broadcasts, run: str) -> bytes:
    seen = b"".join([frames async for frames in broadcasts.watch(run, 0)])
    assert END not in seen
    return seen


async def test_who_listens_hears_role_duty_and_words(incident: Any) -> None:
    live = incident.incidents.live
    frames = _frames(live, incident.run)
    assert await anext(frames) == b": listening\n\n"
    hearing = asyncio.ensure_future(anext(frames))
    await asyncio.sleep(0)
    live.word_listener(incident.run, "backend_architect", "investigate")('The "pool"\nis full.')
    frame = (await hearing).decode()
    assert frame.startswith("event: words\ndata: {")
    told = json.loads(frame.partition("data: ")[2])
    assert told == {"role": "backend_architect", "duty": "investigate", "text": 'The "pool"\nis full.'}
    await frames.aclose()
    assert live.word_listener(incident.run, "backend_architect", "investigate") is None


async def test_the_stream_ends_when_watchers_are_let_go(client: httpx2.AsyncClient, incident: Any) -> None:
    listening = asyncio.create_task(client.get(f"/v1/runs/{incident.run}/words"))
    for _ in range(100):
        await asyncio.sleep(0)
    assert incident.incidents.live.word_listener(incident.run, "", "") is not None
    incident.incidents.live.stop()
    assert (await listening).text == ": listening\n\nevent: end\ndata: {}\n\n"


async def test_an_unknown_run_says_nothing(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/v1/runs/none/words")).status_code == 404
