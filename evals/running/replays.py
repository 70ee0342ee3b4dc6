"""Two ways to play a record again: the whole run exactly, and each duty alone, with what was recorded for it."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from agents.llm.client import ChatModel
from agents.llm.faults import Fault
from agents.llm.gateway import CallOutcome, ModelGateway
from agents.reports.basis import Report
from agents.roster import DUTIES
from agents.runtime.duty_context import DutyContext
from agents.runtime.performing import perform
from evals.playing.play import play
from evals.recording.recorded_duty import RecordedConnections, RecordedDuty, RecordedLog, briefings, tape
from evals.scenarios.loading import load
from evals.scorers.report_content import differences
from evals.scorers.scores import Score, mark
from graphs.replay.replay import CannotReplay, replay
from graphs.transcript.event import Event


@dataclass(frozen=True)
class Still:
    """A clock that stands at the time of the briefing."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(0)


def record_duties(scenario: str, seed: int) -> tuple[list[Event], list[RecordedDuty]]:
    """Play a run by the book and keep a tape of it."""
    with briefings() as noted:
        events = play(load(scenario, seed), seed).events
    return events, tape(events, noted)


class DutyDone(NamedTuple):
    """A recorded duty that was done once more."""

    report: Report
    by_rules: str
    """Why the rules did it in a model's place; empty where they did not, or there is no model."""
    calls: list[CallOutcome]
    """Of the model, and what came of each."""
    provenance: dict[str, int]
    """Where the tools' answers came from."""

    @property
    def faults(self) -> list[Fault]:
        """Why calls brought no answer."""
        return [call.fault for call in self.calls if call.fault]


class DutiesJudged(NamedTuple):
    """All duties of a run, done once more."""

    marks: dict[str, Score]
    """Of each role's duty."""
    provenance: dict[str, int]
    faults: list[Fault]


def judge_duties(events: Sequence[Event], duties: Sequence[RecordedDuty], model: ChatModel | None) -> DutiesJudged:
    """Do every recorded duty once more, and hold what the reports say against what was recorded."""
    return asyncio.run(_all(events, duties, model))


async def _all(events: Sequence[Event], duties: Sequence[RecordedDuty], model: ChatModel | None) -> DutiesJudged:
    by_ref = {event.ref: event for event in events}
    scores: dict[str, list[Score]] = {}
    counts = Counter({"exact": 0, "equivalent": 0, "missing": 0})
    faults: list[Fault] = []
    for recorded in duties:
        done = await do_once_more(recorded, by_ref, model)
        counts.update(done.provenance)
        faults += done.faults
        scores.setdefault(f"{recorded.role}.{recorded.duty}", []).append(_mark(recorded, done))
    return DutiesJudged({name: _joined(marks) for name, marks in scores.items()}, dict(counts), faults)


async def do_once_more(recorded: RecordedDuty, by_ref: Mapping[str, Event], model: ChatModel | None) -> DutyDone:
    """Do a recorded duty with its briefing and its tools' answers, by a model or by the rules."""
    connections, clock = RecordedConnections(recorded), Still(recorded.briefing.now)
    gateway = ModelGateway(model, clock) if model else None
    log = RecordedLog(recorded, by_ref)
    context = DutyContext(recorded.occurrence, log, clock, connections, gateway)
    report = await perform(DUTIES[recorded.role][recorded.duty], recorded.briefing, context)
    payloads = {key: entry.payload for key, entry in log.entries.items()}
    is_by_rules = model is not None and payloads[f"{recorded.occurrence}/finished"]["by"] == "book"
    reasons = "; ".join(str(payload["why"]) for payload in payloads.values() if "why" in payload)
    calls = [CallOutcome.model_validate(payload) for key, payload in payloads.items() if key.endswith("/answer")]
    return DutyDone(report, reasons if is_by_rules else "", calls, connections.provenance)


def _mark(recorded: RecordedDuty, done: DutyDone) -> Score:
    """What the rules had to do in a model's place is nothing that the model can do."""
    if done.by_rules:
        return Score(verdict="fail", score=0, why=[f"{recorded.occurrence}: {done.by_rules}"])
    wrong, facts = differences(type(done.report).model_validate(recorded.report), done.report)
    unclear = bool(wrong) and done.provenance["missing"] > 0
    verdict = "inconclusive" if unclear else "fail" if wrong else "pass"
    why = [f"{recorded.occurrence} {what}" for what in wrong]
    return Score(verdict=verdict, score=1 - len(wrong) / max(1, facts), why=why)


def _joined(marks: Sequence[Score]) -> Score:
    worst = min(marks, key=lambda mark: ("fail", "inconclusive", "pass").index(mark.verdict))
    mean = sum(mark.score for mark in marks) / len(marks)
    return Score(
        verdict=worst.verdict, score=mean, why=[w for m in marks for w in m.why][:10], values={"done": len(marks)}
    )


RECORDING = "recording.jsonl"


def recorded_events(name_or_path: str, seed: int) -> list[Event]:
    """A recording's events, where there is one; else those of a run that is played now."""
    path = Path(name_or_path)
    file = path if path.is_file() else path / RECORDING
    if file.is_file():
        return [Event.model_validate_json(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return play(load(name_or_path, seed), seed).events


def judge_replay(events: Sequence[Event]) -> Score:
    """Every event of the record is written again, and nothing else."""
    try:
        replayed = replay(events)
    except CannotReplay as why:
        return mark([str(why)])
    differs = replayed.difference
    faults: list[str] = []
    if differs:
        place = f"{differs.occurrence}: {differs.call} {differs.kind} {differs.where}"
        faults = [f"{place}: {differs.recorded} / {differs.replayed}"]
    return mark(faults, events=replayed.events, compared=replayed.compared)
