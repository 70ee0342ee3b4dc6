"""Two ways to play a record again: the whole run exactly, and each duty alone, with what was recorded for it."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from agents.llm.client import ChatModel
from agents.llm.gateway import ModelGateway
from agents.roster import DUTIES
from agents.runtime.duty_context import DutyContext
from agents.runtime.performing import perform
from evals.playing.play import play
from evals.recording.recorded_duty import RecordedConnections, RecordedDuty, RecordedLog, briefings, tape
from evals.scenarios.loading import load
from evals.scorers.scores import Score, mark
from graphs.replay.replay import CannotReplay, replay
from graphs.transcript.event import Event

IDENTITIES = frozenset({"component", "service", "dependency", "version", "action", "severity", "status", "verdict"})
"""Text that names a thing; other text is prose, and is not compared word by word."""
NEAR = 0.05
"""Figures may differ by so much of themselves."""


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


def judge_duties(
    events: Sequence[Event], duties: Sequence[RecordedDuty], model: ChatModel | None
) -> tuple[dict[str, Score], dict[str, int]]:
    """Do every recorded duty once more; a mark for each role's duty, and where the answers came from."""
    return asyncio.run(_all(events, duties, model))


async def _all(
    events: Sequence[Event], duties: Sequence[RecordedDuty], model: ChatModel | None
) -> tuple[dict[str, Score], dict[str, int]]:
    by_ref = {event.ref: event for event in events}
    scores: dict[str, list[Score]] = {}
    counts = {"exact": 0, "equivalent": 0, "missing": 0}
    for recorded in duties:
        report, connections = await _once_more(recorded, by_ref, model)
        for how, count in connections.provenance.items():
            counts[how] += count
        scores.setdefault(f"{recorded.role}.{recorded.duty}", []).append(_mark(recorded, report, connections))
    return {name: _joined(marks) for name, marks in scores.items()}, counts


async def _once_more(
    recorded: RecordedDuty, by_ref: Mapping[str, Event], model: ChatModel | None
) -> tuple[dict[str, Any], RecordedConnections]:
    connections, clock = RecordedConnections(recorded), Still(recorded.briefing.now)
    gateway = ModelGateway(model, clock) if model else None
    context = DutyContext(recorded.occurrence, RecordedLog(recorded, by_ref), clock, connections, gateway)
    report = await perform(DUTIES[recorded.role][recorded.duty], recorded.briefing, context)
    return report.model_dump(mode="json"), connections


def _mark(recorded: RecordedDuty, report: dict[str, Any], connections: RecordedConnections) -> Score:
    wanted, got = dict(_typed(recorded.report)), dict(_typed(report))
    wrong = [name for name in wanted if not _agree(wanted[name], got.get(name))] + sorted(set(got) - set(wanted))
    score = 1 - len(wrong) / max(1, len(wanted | got))
    why = [f"{recorded.occurrence} {name}: {wanted.get(name)!r} became {got.get(name)!r}" for name in wrong]
    unclear = bool(wrong) and connections.provenance["missing"] > 0
    return Score(verdict="inconclusive" if unclear else "fail" if wrong else "pass", score=score, why=why)


def _joined(marks: Sequence[Score]) -> Score:
    worst = min(marks, key=lambda mark: ("fail", "inconclusive", "pass").index(mark.verdict))
    mean = sum(mark.score for mark in marks) / len(marks)
    return Score(
        verdict=worst.verdict, score=mean, why=[w for m in marks for w in m.why][:10], values={"done": len(marks)}
    )


def _typed(report: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """The fields that can be compared: figures, yes and no, names, citations. Not prose."""
    if isinstance(report, dict):
        for name, value in cast(dict[str, Any], report).items():
            place = f"{where}.{name}" if where else name
            if isinstance(value, str) and name not in IDENTITIES and not _is_time(value):
                continue
            yield from _typed(value, place)
    elif isinstance(report, list):
        items = cast(list[Any], report)
        if all(isinstance(item, str) for item in items):
            if where.rpartition(".")[2] in ("cites", "services", "regimes"):
                yield where, sorted(items)
            return
        for number, item in enumerate(items):
            yield from _typed(item, f"{where}[{number}]")
    else:
        yield where, report


def _is_time(value: str) -> bool:
    return value[:4].isdigit() and value[4:5] == "-" and "T" in value


def _agree(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, int | float) and isinstance(got, int | float) and not isinstance(wanted, bool):
        return abs(wanted - got) <= NEAR * max(abs(wanted), abs(got))
    return bool(wanted == got)


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
