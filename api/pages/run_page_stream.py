"""Live: a run's events as the lines of its page, while they happen. Each is told and encoded once for all watchers."""

import json
from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from starlette.requests import HTTPConnection

from api.dependencies import KnownRun
from api.narration.run_board import BoardEntry, RunBoard
from api.pages.rendering import MARKS
from api.streaming.stream import Broadcasts, Cursor, LastSeen, streamed
from graphs.transcript.event import Event

router = APIRouter(include_in_schema=False)


class Narrator:
    """Tells one run's events as frames for its page."""

    def __init__(self) -> None:
        self._board = RunBoard()

    def __call__(self, event: Event) -> bytes:
        """Encode the next event."""
        entry = self._board.take_in(event)
        return f"id: {event.seq}\ndata: {json.dumps(as_told(entry), separators=(',', ':'))}\n\n".encode()


def as_told(entry: BoardEntry) -> dict[str, Any]:
    """What the page needs of an event."""
    line, work = entry.line, entry.work
    told: dict[str, Any] = {
        **{"seq": line.seq, "at": line.at.isoformat(), "who": line.who, "what": line.what},
        **{"tone": line.tone, "mark": MARKS[line.tone], "detail": line.detail, "ref": entry.ref},
        "panels": entry.changes_panels,
    }
    if entry.heading:
        told["heading"] = entry.heading
    if work:
        told["work"] = {"ref": work.ref, "calls": work.calls, "answered": work.answered, "asks": work.asks}
    return told


@router.get("/runs/{run}/live", response_class=StreamingResponse)
async def stream_lines(
    run: KnownRun, connection: HTTPConnection, after: Cursor = 0, last_event_id: LastSeen = 0
) -> StreamingResponse:
    """Every line after `Last-Event-ID` or `after`, then each as it happens, and models' words; last an `end`."""
    broadcasts: Broadcasts = connection.app.state.broadcasts
    return streamed(broadcasts.watch(run.id, max(after, last_event_id), Narrator, hears=True))
