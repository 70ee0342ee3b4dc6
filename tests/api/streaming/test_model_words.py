"""The words of models, as they are said."""

import asyncio
import json
from typing import Any

import httpx2

from api.streaming.model_words import _frames  # pyright: ignore[reportPrivateUsage]


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
