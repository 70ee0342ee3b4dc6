"""One whole P0 run: its CPU time, beside the same graph without persistence and beside the duties alone."""
# pyright: reportPrivateUsage=false, reportMissingTypeStubs=false
# A benchmark may look inside: it swaps the checkpointer for one that forgets.

import asyncio
import gc
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver

from agents.io.clock import Clock, VirtualClock
from agents.io.redaction import CleanJson
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.runtime.duty_context import DutyContext
from evals.playing.play import EPOCH, PersonOnCall
from graphs.engine.incident_graph import WORKFLOWS, compiled
from graphs.engine.scheduler import Scheduler
from graphs.intake.incident_service import IncidentService
from graphs.runtime import node_context
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from graphs.transcript.event import Event
from graphs.transcript.events import Draft, Transcripts, reference, woken_by
from tests.benchmarks.estate import Estate

SCENARIO = "first_light"
SIZES = (1, 10, 50)
Done = tuple[Duty[Any], Briefing]


class ListTranscripts(Transcripts):
    """Transcripts in plain lists: nothing is written anywhere, wake-ups excepted."""

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock)
        self._lists: dict[str, list[Event]] = {}
        self._by_key: dict[tuple[str, str], Event] = {}

    def find(self, run: str, key: str) -> Event | None:
        return self._by_key.get((run, key))

    def write(self, run: str, draft: Draft) -> Event:
        event = self._by_key.get((run, draft.key)) or self.add(run, draft)
        self.notify_followers(run)
        return event

    def put(self, run: str, draft: Draft) -> None:
        self.add(run, draft)

    def add(self, run: str, draft: Draft) -> Event:
        payload = {name: json.loads(of) if isinstance(of, CleanJson) else of for name, of in draft.payload.items()}
        events, author = self._lists.setdefault(run, []), draft.author
        event = Event(
            seq=len(events) + 1,
            at=self._clock.now(),
            kind=draft.kind,
            lane=author.lane,
            role=author.role,
            duty=author.duty,
            rows=list(draft.rows),
            payload=node_context.plain(payload),
            ref=reference(draft.key),
            key=draft.key,
        )
        events.append(event)
        self._by_key[run, draft.key] = event
        self._wake_beside(run, event)
        return event

    def _wake_beside(self, run: str, event: Event) -> None:
        for lane in woken_by(event.kind, event.duty):
            self.add_wakeup(run, lane, f"{event.kind} {event.key}", event.at)

    def keys_under(self, run: str, occurrence: str) -> set[str]:
        return {key for of, key in self._by_key if of == run and key.startswith(f"{occurrence}/")}

    def after(self, run: str, seq: int = 0, most: int = -1) -> list[Event]:
        events = self._lists.get(run, [])[seq:]
        return events if most < 0 else events[:most]

    def has_news(self, run: str, lane: str, seq: int) -> bool:
        return any(lane in woken_by(event.kind, event.duty) for event in self.after(run, seq))


class BareDependencies(Dependencies):
    """Dependencies whose transcripts are lists."""

    def make_transcripts(self) -> Transcripts:
        return ListTranscripts(self.store, self.clock)


def persistent(estate: Estate, clock: VirtualClock, directory: Path) -> IncidentService:
    """The product: transcript and checkpoints in one SQLite file."""
    return IncidentService(
        Dependencies(Store(directory / "warroom.sqlite"), clock, estate, estate.catalogue, revenue_limit=25_000)
    )


def bare(estate: Estate, clock: VirtualClock, directory: Path) -> IncidentService:
    """The same nodes in the same graph, without persistence."""
    incidents = IncidentService(BareDependencies(Store(), clock, estate, estate.catalogue, revenue_limit=25_000))
    saver = InMemorySaver()
    scheduler = incidents._runner
    assert isinstance(scheduler, Scheduler)
    scheduler._executor._graphs = {lane: compiled(lane).copy(update={"checkpointer": saver}) for lane in WORKFLOWS}
    return incidents


def play(make: Callable[[Estate, VirtualClock, Path], IncidentService], runs: int) -> float:
    """CPU seconds for all runs, at once, from the alerts to the last one's end."""
    clock = VirtualClock(EPOCH)

    async def to_the_end(directory: Path) -> float:
        estate = Estate(SCENARIO, runs, clock)
        incidents = make(estate, clock, directory)
        begun = process_time()
        await incidents.start()
        received = [incidents.alerts.receive(alert).run for alert in estate.alerts]
        await asyncio.gather(*(PersonOnCall(estate.scenario.on_call, incidents).attend(run) for run in received))
        spent = process_time() - begun
        assert all(incidents.facts(run).status == "closed" for run in received)
        await incidents.stop()
        incidents.close()
        return spent

    gc.collect()
    with TemporaryDirectory() as directory:
        return clock.run(lambda: to_the_end(Path(directory)))


@dataclass
class Entry:
    """A row of a log that nobody keeps."""

    ref: str
    at: datetime
    payload: Mapping[str, Any]


class NoLog:
    """Forgets what is written to it."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    async def find(self, key: str) -> Entry | None:
        return None

    async def write(self, key: str, kind: str, payload: Mapping[str, Any], rows: Sequence[str] = ()) -> Entry:
        return Entry("ref", self._now, payload)

    async def cited(self, ref: str) -> Entry | None:
        return None


class SetClock:
    """Shows the time that it is set to; nobody waits for it."""

    def __init__(self) -> None:
        self.time = EPOCH

    def now(self) -> datetime:
        return self.time

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(0)


def duties_of_a_run() -> list[Done]:
    """Every duty of one run, with the briefing that it had."""
    done: list[Done] = []
    real = node_context.perform

    async def note(duty: Duty[Any], briefing: Briefing, context: DutyContext, rows: Sequence[str] | None = None) -> Any:
        done.append((duty, briefing))
        return await real(duty, briefing, context, rows)

    node_context.perform = note
    try:
        play(bare, 1)
    finally:
        node_context.perform = real
    return done


def plain_asyncio(done: list[Done], runs: int) -> float:
    """CPU seconds for the same duties as plain calls, one after the other in each run, all runs at once."""

    async def one_run(clock: SetClock, estate: Estate) -> None:
        for duty, briefing in done:
            clock.time = briefing.now
            await duty.without_model(briefing, DutyContext("plain", NoLog(briefing.now), clock, estate))

    async def all_runs() -> float:
        clocks = [SetClock() for _ in range(runs)]
        prepared = [(clock, Estate(SCENARIO, 1, clock)) for clock in clocks]
        begun = process_time()
        await asyncio.gather(*(one_run(clock, estate) for clock, estate in prepared))
        return process_time() - begun

    gc.collect()
    return asyncio.run(all_runs())


def measure(runs: int, done: list[Done]) -> dict[str, Any]:
    """CPU milliseconds per run of the three, and the ratios between them."""
    spent = {
        "persistent": play(persistent, runs),
        "bare_graph": play(bare, runs),
        "plain_asyncio": plain_asyncio(done, runs),
    }
    per_run = {name: round(1000 * seconds / runs, 1) for name, seconds in spent.items()}
    return {
        "runs": runs,
        "cpu_ms_per_run": per_run,
        "persistent_to_bare_graph": round(spent["persistent"] / spent["bare_graph"], 2),
        "persistent_to_plain_asyncio": round(spent["persistent"] / spent["plain_asyncio"], 2),
        "bare_graph_to_plain_asyncio": round(spent["bare_graph"] / spent["plain_asyncio"], 2),
    }


def overhead(sizes: Sequence[int] = SIZES) -> dict[str, Any]:
    """All sizes, after one run to warm up."""
    play(persistent, 1)
    done = duties_of_a_run()
    return {"scenario": SCENARIO, "duties": len(done), "sizes": [measure(runs, done) for runs in sizes]}
