"""A tape: each duty of a run with the briefing it had, what its tools answered, and what it handed in."""

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from agents.readings.production import Refusal
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.runtime.duty_context import DutyContext
from agents.tools.port import AnyPort, Driver, Lookup, Unanswered
from graphs.runtime import node_context
from graphs.transcript.event import Event


class RecordedDuty(BaseModel):
    """One duty as it was done."""

    occurrence: str
    role: str
    duty: str
    briefing: Briefing
    answers: list[dict[str, Any]] = []
    """Tool, arguments, value or refusal, ref: in the order in which they were asked."""
    report: dict[str, Any] = {}


@contextmanager
def briefings() -> Generator[dict[str, tuple[Duty[Any], Briefing]]]:
    """Note the briefing of every duty that is done meanwhile, by its occurrence."""
    noted: dict[str, tuple[Duty[Any], Briefing]] = {}
    real = node_context.perform

    async def perform(
        duty: Duty[Any], briefing: Briefing, context: DutyContext, rows: Sequence[str] | None = None
    ) -> Any:
        noted.setdefault(context.occurrence, (duty, briefing))
        return await real(duty, briefing, context, rows)

    node_context.perform = perform
    try:
        yield noted
    finally:
        node_context.perform = real


def tape(events: Sequence[Event], noted: Mapping[str, tuple[Duty[Any], Briefing]]) -> list[RecordedDuty]:
    """Put briefings, answers and reports together, duty by duty."""
    kept = {
        occurrence: RecordedDuty(occurrence=occurrence, role=duty.role, duty=duty.name, briefing=briefing)
        for occurrence, (duty, briefing) in noted.items()
    }
    for event in events:
        occurrence = "/".join(event.key.split("/")[:2])
        if event.kind == "tool_result" and occurrence in kept:
            kept[occurrence].answers.append({**event.payload, "ref": event.ref})
        elif event.kind == "duty_finished" and occurrence in kept:
            kept[occurrence].report = event.payload["report"]
        elif event.kind == "duty_started" and occurrence in kept:
            done = kept[occurrence]
            kept[occurrence] = done.model_copy(update={"case": done.briefing.model_copy(update={"now": event.at})})
    return [one for one in kept.values() if one.report]


@dataclass
class RecordedConnections:
    """Drivers that know what one duty was told, and nothing else; a miss never falls through to something live."""

    recorded: RecordedDuty
    provenance: dict[str, int] = field(default_factory=lambda: {"exact": 0, "equivalent": 0, "missing": 0})
    _asked: Counter[str] = field(default_factory=Counter[str])

    def driver(self, port: AnyPort, service: str) -> Driver | None:
        async def answer(**arguments: Any) -> BaseModel:
            known, how = self._known(port.name, arguments)
            self.provenance[how] += 1
            if known is None:
                raise Unanswered(Refusal(error="no data", said=f"{port.name} with {arguments}: not recorded"))
            if "refusal" in known:
                raise Unanswered(Refusal.model_validate(known["refusal"]))
            return port.answer.model_validate(known["value"])

        return answer

    def lookup(self, port: AnyPort, service: str) -> Lookup | None:
        return None

    def _known(self, tool: str, arguments: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
        """What was answered when this was asked for as often as now."""
        answers, how = matching(self.recorded, tool, arguments)
        self._asked[request := f"{tool} {arguments}"] += 1
        return (answers[min(self._asked[request], len(answers)) - 1] if answers else None), how


WINDOWS = ("minutes", "hours")


def matching(recorded: RecordedDuty, tool: str, arguments: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str]:
    """The answers to the same question; else to the same over a longer window."""
    of_tool = [one for one in recorded.answers if one["tool"] == tool]
    same = [one for one in of_tool if one["arguments"] == arguments]
    if same:
        return same, "exact"
    wider = [one for one in of_tool if _covers(one["arguments"], arguments)]
    return wider, "equivalent" if wider else "missing"


def _covers(recorded: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    rest = {name: value for name, value in recorded.items() if name not in WINDOWS}
    windows = [name for name in WINDOWS if name in recorded and name in asked]
    if rest != {name: value for name, value in asked.items() if name not in WINDOWS} or not windows:
        return False
    return all(recorded[name] >= asked[name] for name in windows)


@dataclass(frozen=True)
class RecordedEntry:
    """A row that a duty writes while it is examined."""

    ref: str
    at: datetime
    payload: Mapping[str, Any]


class RecordedLog:
    """A log in memory: a tool's answer keeps the ref that it had, so that citations can be compared."""

    def __init__(self, recorded: RecordedDuty, events: Mapping[str, Event]) -> None:
        self._recorded = recorded
        self._events = events
        self.entries: dict[str, RecordedEntry] = {}

    async def find(self, key: str) -> RecordedEntry | None:
        return self.entries.get(key)

    async def write(self, key: str, kind: str, payload: Mapping[str, Any], rows: Sequence[str] = ()) -> RecordedEntry:
        ref = self._ref(key, payload) if kind == "tool_result" else key[-8:]
        entry = RecordedEntry(ref, self._recorded.briefing.now, dict(payload))
        return self.entries.setdefault(key, entry)

    def _ref(self, key: str, payload: Mapping[str, Any]) -> str:
        """The ref of the n-th answer to this question, as the key counts them."""
        refs = [one["ref"] for one in matching(self._recorded, payload["tool"], payload["arguments"])[0]]
        nth = int(key.removesuffix("/result").rpartition(".")[2])
        return refs[min(nth, len(refs)) - 1] if refs else key[-8:]

    async def cited(self, ref: str) -> RecordedEntry | None:
        event = self._events.get(ref)
        return RecordedEntry(ref, event.at, event.payload) if event else None
