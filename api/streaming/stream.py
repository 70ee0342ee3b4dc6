"""Streams: a run's events, and the words of models, as they happen.

Each event is encoded once, however many watch; each watcher has a cursor."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse
from starlette.requests import HTTPConnection

from api.dependencies import KnownRun
from api.streaming.viewers import Viewer, Viewers
from graphs.intake.incident_service import IncidentService
from graphs.transcript.event import Event
from graphs.transcript.live_words import LiveWords

HEARTBEAT_SECONDS = 15.0
FRAMES_AT_ONCE = 1000
WORDS_EVERY = 0.2
"""Seconds: what models say meanwhile goes out as one frame."""
WORDS_AT_MOST = 100
"""Frames of words that are kept for watchers who are behind; whole answers are events."""
END = b"event: end\ndata: {}\n\n"
HEARTBEAT = b"event: beat\ndata: {}\n\n"
"""An event and no comment, so that a page that hears none knows that it has lost the connection."""
Encode = Callable[[Event], bytes]
Telling = Callable[[], Encode]
"""Makes what encodes one run's events, in their order."""
Cursor = Annotated[int, Query(ge=0, le=2**53)]
LastSeen = Annotated[int, Header(ge=0, le=2**53, alias="Last-Event-ID")]

router = APIRouter(prefix="/v1/runs", tags=["runs"])


def frame(event: Event) -> bytes:
    """Encode an event for the stream. JSON holds no bare line break, so one data line is enough."""
    return f"id: {event.seq}\ndata: {event.model_dump_json()}\n\n".encode()


def _whole() -> Encode:
    return frame


class Broadcast:
    """One run's frames for all who watch it; the frame of event n stands at n - 1."""

    def __init__(self, incidents: IncidentService, run: str, encode: Encode, hears: bool = False) -> None:
        self.frames: list[bytes] = []
        self._said: list[bytes] = []
        self._forgotten = 0
        self._saying: dict[tuple[str, str], str] = {}
        self.watchers = 0
        self.viewers = Viewers(self._tell)
        self.ended = False
        """The run is closed or cancelled: nothing will follow."""
        self._stopped = False
        self._news = asyncio.Event()
        self._beats = 0
        self._beating = asyncio.create_task(self._beat())
        self._hearing = asyncio.create_task(self._hear(incidents, run)) if hears else None
        self._filling = asyncio.create_task(self._fill(incidents, run, encode))

    async def _fill(self, incidents: IncidentService, run: str, encode: Encode) -> None:
        try:
            async for event in incidents.follow(run):
                self.frames.append(encode(event))
                self._tell()
            self.ended = True
        finally:
            self._stopped = True
            self._beating.cancel()
            if self._hearing:
                self._hearing.cancel()
            self._tell()

    async def _hear(self, incidents: IncidentService, run: str) -> None:
        """Gather what models are saying, role by role, and let it out a few times a second."""
        async with aclosing(incidents.live.watch(run)) as heard:
            async for role, duty, text in heard:
                if not self._saying:
                    asyncio.get_running_loop().call_later(WORDS_EVERY, self._let_out)
                self._saying[role, duty] = self._saying.get((role, duty), "") + text

    def _let_out(self) -> None:
        for (role, duty), text in self._saying.items():
            told = json.dumps({"role": role, "duty": duty, "text": text})
            self._said.append(f"event: words\ndata: {told}\n\n".encode())
        self._saying = {}
        self._forgotten += len(self._said[:-WORDS_AT_MOST])
        del self._said[:-WORDS_AT_MOST]
        self._tell()

    async def _beat(self) -> None:
        """One heart for all watchers: a timer for each would cost more than the events."""
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            self._beats += 1
            self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def stop(self) -> None:
        """End every watcher's stream without an end of the run: they will come back."""
        self._filling.cancel()

    async def watch(self, after: int, viewer: Viewer | None = None) -> AsyncGenerator[bytes]:
        """Give frames after a sequence number, several at a time, and heartbeats while nothing happens; tell a viewer
        who else is looking."""
        cursor, beats, heard, others = after, self._beats, self._forgotten + len(self._said), ""
        while True:
            news = self._news
            if cursor < len(self.frames):
                fresh = self.frames[cursor : cursor + FRAMES_AT_ONCE]
                cursor += len(fresh)
                yield b"".join(fresh)
            elif viewer and not self._stopped and others != self.viewers.besides(viewer):
                others = self.viewers.besides(viewer)
                yield f"event: viewers\ndata: {json.dumps(others)}\n\n".encode()
            elif self._stopped:
                if self.ended:
                    yield END
                return
            elif heard < self._forgotten + len(self._said):
                yield b"".join(self._said[max(0, heard - self._forgotten) :])
                heard = self._forgotten + len(self._said)
            elif beats != self._beats:
                beats = self._beats
                yield HEARTBEAT
            else:
                await news.wait()


class Broadcasts:
    """The broadcasts of all runs that somebody watches."""

    def __init__(self, incidents: IncidentService) -> None:
        self._incidents = incidents
        self._open: dict[tuple[str, Telling], Broadcast] = {}

    async def watch(
        self, run: str, after: int, telling: Telling = _whole, hears: bool = False, viewer: Viewer | None = None
    ) -> AsyncGenerator[bytes]:
        """Watch a run, and hear what its models say; its broadcast lives as long as it has watchers.

        `viewer`: who looks at the page for which this is; the other viewers are told."""
        key = run, telling
        broadcast = self._open.get(key) or self._open.setdefault(key, Broadcast(self._incidents, run, telling(), hears))
        broadcast.watchers += 1
        if viewer:
            broadcast.viewers.join(viewer)
        try:
            async for frames in broadcast.watch(after, viewer):
                yield frames
        finally:
            broadcast.watchers -= 1
            if viewer:
                broadcast.viewers.leave(viewer)
            if not broadcast.watchers:
                broadcast.stop()
                self._open.pop(key, None)

    @property
    def watchers(self) -> int:
        """How many watch anything."""
        return sum(broadcast.watchers for broadcast in self._open.values())

    def stop(self) -> None:
        """Let every watcher go."""
        self._incidents.live.stop()
        for broadcast in self._open.values():
            broadcast.stop()


@router.get("/{run}/events", response_class=StreamingResponse)
async def stream_events(
    run: KnownRun, connection: HTTPConnection, after: Cursor = 0, last_event_id: LastSeen = 0
) -> StreamingResponse:
    """Every event after `Last-Event-ID` or `after`, then each as it happens; the last frame is an `end`."""
    broadcasts: Broadcasts = connection.app.state.broadcasts
    return streamed(broadcasts.watch(run.id, max(after, last_event_id)))


def streamed(frames: AsyncGenerator[bytes]) -> StreamingResponse:
    """Send frames as they come."""
    quiet = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(frames, media_type="text/event-stream", headers=quiet)


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
