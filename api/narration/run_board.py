"""The board: all that a run's page shows, taken in event by event, and a half-second cache for many watchers."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from api.narration.event_lines import EventLine, EventNarrator
from api.narration.graph_svg import placed
from api.narration.role_activity import DutyActivity, RoleActivity
from graphs.charts.measurements import Measurements
from graphs.intake.incident_service import IncidentService
from graphs.intake.run_lookup import UnknownRun
from graphs.store.faults import StoreError
from graphs.transcript import event_shapes
from graphs.transcript.event import Event

log = logging.getLogger("warroom")
FRESH_SECONDS = 0.5
"""Ages and countdowns in a copy are late by no more than this."""


class TtlCache:
    """Texts that were written out just now."""

    def __init__(self) -> None:
        self._made: dict[Hashable, tuple[float, str]] = {}

    async def of(self, key: Hashable, write: Callable[[], Awaitable[str]]) -> str:
        """Give a fresh text, or have it written out; the key names all that it depends on but the time."""
        now = asyncio.get_running_loop().time()
        self._made = {key: made for key, made in self._made.items() if now - made[0] < FRESH_SECONDS}
        if key not in self._made:
            self._made[key] = now, await write()
        return self._made[key][1]


KEPT = 64
"""So many boards are kept at hand; another is made anew from its transcript."""
READY_AT_MOST, READY_EVERY_SECONDS, EVENTS_AT_ONCE = 16, 1.0, 200
"""Runs in which people are asked: so many of their boards are kept up to date, looked at so often, and so many events
are taken in before others have their turn."""
OUTSIDE = {"publish_status": "Status page", "send_brief": "Executive briefs"}
BEFORE_TRIAGE = "The alert"
"""The heading of what happens before the first step begins."""
UNTOLD_BY_PANELS = frozenset({"tool_call", "tool_result", "model_call", "model_answer", "timer", "mark", "intent"})
"""Kinds of events that change nothing on a page but their own line and their duty's counts."""


class BoardEntry(NamedTuple):
    """An event on the page."""

    line: EventLine
    ref: str
    heading: str
    """Of the step that begins with it."""
    work: DutyActivity | None
    """The duty that it belongs to."""
    group: tuple[int, str] = (0, "")
    """The stretch of the main workflow's step in which it falls: the event that began it, and its heading."""

    @property
    def changes_panels(self) -> bool:
        return self.line.kind not in UNTOLD_BY_PANELS


class Sent(NamedTuple):
    """Words that left the building, as they were sent."""

    ref: str
    at: Any
    text: str
    done: bool
    detail: str


@dataclass
class RunBoard:
    """One run's board."""

    seen: int = 0
    entries: list[BoardEntry] = field(default_factory=list[BoardEntry])
    lanes: RoleActivity = field(default_factory=RoleActivity)
    measured: Measurements = field(default_factory=Measurements)
    measures: bool = True
    """False: only lines are wanted, and the readings are not looked at."""
    sent: dict[str, list[Sent]] = field(default_factory=lambda: {port: [] for port in OUTSIDE})
    hypotheses: dict[str, Event] = field(default_factory=dict[str, Event])
    """Statement -> what was last said of it."""
    last: dict[str, Event] = field(default_factory=dict[str, Event])
    """Kind -> its last event."""
    degraded: list[BoardEntry] = field(default_factory=list[BoardEntry])
    """What could not be done as planned, and errors."""
    visited: dict[str, int] = field(default_factory=dict[str, int])
    """Node of the drawing -> how many visits it had."""
    _group: tuple[int, str] = (0, BEFORE_TRIAGE)
    _teller: EventNarrator = field(default_factory=EventNarrator)
    _visits: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def take_in(self, event: Event) -> BoardEntry:
        """Take in the next event."""
        self.seen = event.seq
        *heading, line = self._teller.tell(event)
        if heading:
            self._group = event.seq, heading[0].what
        work = self.lanes.take_in(event)
        entry = BoardEntry(line, event.ref, heading[0].what if heading else "", work, self._group)
        self.entries.append(entry)
        if self.measures:
            self.measured.take_in(event)
        self._sort(event, entry)
        return entry

    def _sort(self, event: Event, entry: BoardEntry) -> None:
        self._visit(event)
        match event.kind:
            case "outbound" if event.payload["port"] in OUTSIDE:
                payload = event.payload
                self.sent[payload["port"]].append(
                    Sent(event.ref, event.at, payload["arguments"]["text"], payload["done"], payload["detail"])
                )
            case "hypothesis":
                self.hypotheses[event.payload["statement"]] = event
            case "degraded" | "error" | event_shapes.UNREADABLE:
                self.degraded.append(entry)
            case "classification" | "conclusion" | "post_mortem" | "post_mortem_edited" | "hold":
                self.last[event.kind] = event
            case _:
                return

    def _visit(self, event: Event) -> None:
        lane, _, node = "/".join(event.key.split("/")[:2]).partition("/")
        visit = node.partition("#")
        name = placed(lane, visit[0])
        if visit[1] and (lane, node) not in self._visits and event.kind != "timer":
            self._visits.add((lane, node))
            self.visited[name] = self.visited.get(name, 0) + 1


class RunBoards:
    """The boards of the runs that were looked at last."""

    def __init__(self, incidents: IncidentService) -> None:
        self.incidents = incidents
        self.copies = TtlCache()
        self._kept: OrderedDict[str, RunBoard] = OrderedDict()

    def of(self, run: str) -> RunBoard:
        """A run's board as it stands now. Raises UnknownRun."""
        return self._taken_in(run, -1)

    async def keep_ready(self) -> None:
        """Read the runs in which people are asked, for ever: who opens one to decide does not wait for a long one."""
        while True:
            try:
                for run in self.incidents.runs.asking_ids(READY_AT_MOST):
                    await self._catch_up(run)
            except (UnknownRun, StoreError):
                log.warning("a page could not be prepared; it is when somebody opens it", exc_info=True)
            await asyncio.sleep(READY_EVERY_SECONDS)

    async def _catch_up(self, run: str) -> None:
        seen = -1
        while (board := self._taken_in(run, EVENTS_AT_ONCE)).seen > seen:
            seen = board.seen
            await asyncio.sleep(0)

    def _taken_in(self, run: str, most: int) -> RunBoard:
        board = self._kept.get(run) or RunBoard()
        for event in self.incidents.runs.transcript(run, board.seen, most):
            board.take_in(event)
        self._kept[run] = board
        self._kept.move_to_end(run)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return board
