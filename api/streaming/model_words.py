"""The words that models are saying in a run at this moment, as a stream. Whole answers are events."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from starlette.requests import HTTPConnection

from api.dependencies import KnownRun
from api.streaming.stream import END, streamed
from graphs.intake.incident_service import IncidentService
from graphs.transcript.live_words import LiveWords

router = APIRouter(prefix="/v1/runs", tags=["runs"])


@router.get("/{run}/words", response_class=StreamingResponse)
async def stream_words(run: KnownRun, connection: HTTPConnection) -> StreamingResponse:
    """What models say from now on, piece by piece: role, duty, text. Nothing is streamed while nobody listens."""
    incidents: IncidentService = connection.app.state.incidents
    return streamed(_frames(incidents.live, run.id))


async def _frames(live: LiveWords, run: str) -> AsyncGenerator[bytes]:
    yield b": listening\n\n"
    async with aclosing(live.watch(run)) as heard:
        async for words in heard:
            yield f"event: words\ndata: {json.dumps(words._asdict())}\n\n".encode()
    yield END
