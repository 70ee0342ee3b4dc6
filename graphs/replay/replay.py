"""Exact replay: a finished run once more, from its transcript, with nothing live behind it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from agents.io.catalogue import Catalogue
from agents.io.clock import Clock, VirtualClock
from agents.io.settings import settings
from agents.llm.chat import WordListener
from agents.llm.client import ModelAnswer, ModelRequest
from agents.llm.faults import Fault
from agents.llm.gateway import CallOutcome, ModelGateway
from agents.readings.production import ActionResult
from agents.runtime.duty_context import DutyContext, DutyLog, LoggedEvent
from agents.runtime.performing import BY_BOOK
from agents.tools.change import CHANGES
from agents.tools.connections import may_act
from agents.tools.port import AnyPort, Driver
from graphs.engine.incident_graph import WORKFLOWS
from graphs.engine.lane_executor import LaneExecutor
from graphs.model.questions import Pause
from graphs.replay.comparison import JITTER, Difference, Diverged, missing
from graphs.replay.recording import RecordedLane
from graphs.runtime.dependencies import Dependencies
from graphs.runtime.node_context import OutcomeUnknown
from graphs.store.store import Store
from graphs.transcript.event import Event
from graphs.transcript.events import ANSWERING


class CannotReplay(ValueError):
    """The run cannot be played again: it is not over, or its transcript does not say what it depended on."""


class Replayed(BaseModel):
    """What became of a replay."""

    run: str
    events: int
    """Of the record."""
    compared: int
    """Written again, and found the same."""
    model_calls: int
    tool_calls: int
    crashes: int
    """Calls of the record that a crash had cut off and that were made again."""
    difference: Difference | None = None

    @property
    def identical(self) -> bool:
        return self.difference is None


@dataclass
class RecordedDutyContext(DutyContext):
    """A duty's context whose tools and model answer from the record, each answer at its recorded time."""

    lane: RecordedLane | None = None

    async def _ask_driver(self, call: LoggedEvent, port: AnyPort, arguments: dict[str, Any]) -> dict[str, Any]:
        return await self._answered(call, "result")

    async def _ask_model(self, call: LoggedEvent, question: ModelRequest) -> CallOutcome:
        return CallOutcome.model_validate(await self._answered(call, "answer"))

    def _refusal(self, key: str) -> Fault | None:
        assert self.lane
        answered = self.lane.recorded(f"{key}/answer")
        was_asked = answered is None or self.lane.recorded(f"{key}/call")
        return None if was_asked or answered is None else CallOutcome.model_validate(answered.payload).fault

    async def _answered(self, call: LoggedEvent, what: str) -> dict[str, Any]:
        assert self.lane
        asked = self.lane.named(call.ref)
        assert asked
        answered = self.lane.recorded(f"{asked.key.removesuffix('/call')}/{what}")
        if answered is None:
            raise missing(asked)
        if not (self.lane.is_next(answered) and answered.at - self.clock.now() < JITTER):
            await until(self.clock, answered)
        return answered.payload


class NobodyAsked:
    """Stands where the run had a model; whatever is asked of it is read from the record before."""

    def __init__(self) -> None:
        self.settings = settings()

    async def answer(self, question: ModelRequest, hear: WordListener | None = None) -> ModelAnswer:
        raise AssertionError("a replay asks no model")


class RecordedEffects:
    """Drivers that change nothing: they give what the record says became of an act."""

    def __init__(self, lane: RecordedLane, clock: Clock, catalogue: Catalogue) -> None:
        self._lane = lane
        self._clock = clock
        self._catalogue = catalogue

    def driver(self, port: AnyPort, service: str) -> Driver | None:
        if port.name in CHANGES and not may_act(self._catalogue, port, service):
            return None

        async def told(idempotency_key: str, **_: Any) -> ActionResult:
            key = idempotency_key.partition("/")[2]
            unknown = self._lane.recorded(f"{key}/unknown")
            done = self._lane.recorded(f"{key}/result") or self._lane.recorded(f"{key}/outbound")
            if unknown and not done:
                await until(self._clock, unknown)
                raise OutcomeUnknown(unknown.payload["why"])
            if done is None:
                raise AssertionError(f"the record does not say what became of {key}")
            await until(self._clock, done)
            return ActionResult.model_validate({name: done.payload[name] for name in ActionResult.model_fields})

        return told

    def lookup(self, port: AnyPort, service: str) -> None:
        return None


@dataclass
class RecordedDependencies(Dependencies):
    """Dependencies of which nothing is live."""

    lane: RecordedLane | None = None

    def make_transcripts(self) -> RecordedLane:
        assert self.lane
        return self.lane

    def duty_context(self, occurrence: str, log: DutyLog) -> DutyContext:
        assert self.lane
        thought = self.lane.occurred(f"{occurrence}/", ("model_call", "model_answer"))
        by_book = self.lane.recorded(f"{occurrence}/{BY_BOOK}")
        model = ModelGateway(NobodyAsked(), self.clock) if thought and not by_book else None
        return RecordedDutyContext(occurrence, log, self.clock, self.connections, model, lane=self.lane)


class RecordedExecutor(LaneExecutor):
    """Turns whose waits end when they ended, by the same rules."""

    def __init__(self, deps: Dependencies, lane: RecordedLane) -> None:
        super().__init__(deps)
        self._lane = lane

    def _how(self, run: str, pause: Pause, taken: int, now: datetime) -> dict[str, Any] | None:
        following = self._lane.following
        instructed = not pause.ends_on_news and len(self._deps.facts(run).instructions) > taken
        if following is None or (following.at > now and not instructed):
            return None
        return super()._how(run, pause, taken, now)

    def _answer(self, run: str, pause: Pause) -> dict[str, Any] | None:
        given = self._lane.find(run, f"answer/{pause.question.id}") if pause.question else None
        return given.payload["answer"] if given else None


async def until(clock: Clock, event: Event) -> None:
    """Wait for the time of an event of the record; of two at one time the earlier comes a microsecond earlier."""
    await clock.sleep(event.at + event.seq * timedelta(microseconds=1) - clock.now())


def replay(events: Sequence[Event]) -> Replayed:
    """Play a run once more and compare it with its record. Raises CannotReplay."""
    if unreadable := [event.seq for event in events if not event.is_readable]:
        raise CannotReplay(f"event {unreadable[0]} of the transcript cannot be read")
    if not any(event.kind == "closed" for event in events):
        raise CannotReplay("the run is not over; only a finished run can be played again")
    surroundings = events[0].payload.get("surroundings")
    if surroundings is None:
        raise CannotReplay("the transcript does not say on what the run depended; it is of an older Warroom")
    clock = VirtualClock(events[0].at)
    store = Store()
    lanes = {name: RecordedLane(name, events, store, clock) for name in (*WORKFLOWS, ANSWERING)}
    difference: Difference | None = None
    try:
        clock.run(lambda: _all(lanes, store, clock, events[0]))
    except Diverged as diverged:
        difference = diverged.difference
    finally:
        store.close()
    return _outcome(events, lanes, difference)


async def _all(lanes: dict[str, RecordedLane], store: Store, clock: VirtualClock, alert: Event) -> None:
    playing = [asyncio.create_task(_play(name, lane, store, clock, alert)) for name, lane in lanes.items()]
    try:
        await asyncio.gather(*playing)
    finally:
        for task in playing:
            task.cancel()
        await asyncio.gather(*playing, return_exceptions=True)


async def _play(name: str, lane: RecordedLane, store: Store, clock: VirtualClock, alert: Event) -> None:
    """Take a lane's turns at the times at which it went on."""
    turns = RecordedExecutor(_dependencies(lane, store, clock, alert), lane)
    run, told = alert.payload["run"], lane.following
    while told:
        await until(clock, told)
        await turns.take(run, name)
        if lane.following is told:
            raise missing(told)
        told = lane.following


def _dependencies(lane: RecordedLane, store: Store, clock: VirtualClock, alert: Event) -> RecordedDependencies:
    surroundings = alert.payload["surroundings"]
    catalogue = Catalogue.model_validate(surroundings["catalogue"])
    return RecordedDependencies(
        store=store,
        clock=clock,
        connections=RecordedEffects(lane, clock, catalogue),
        catalogue=catalogue,
        revenue_limit=alert.payload["revenue_limit"],
        public_url=surroundings["public_url"],
        minute=timedelta(seconds=alert.payload["minute_seconds"]),
        lane=lane,
    )


def _outcome(events: Sequence[Event], lanes: dict[str, RecordedLane], difference: Difference | None) -> Replayed:
    def count(kind: str) -> int:
        return sum(event.kind == kind for event in events)

    return Replayed(
        run=events[0].payload["run"],
        events=len(events),
        compared=sum(lane.compared for lane in lanes.values()),
        model_calls=count("model_call"),
        tool_calls=count("tool_call"),
        crashes=sum(event.key.endswith("/again") for event in events),
        difference=difference,
    )
