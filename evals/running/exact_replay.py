"""Exact: a run once more from its transcript, with nothing live behind it; it must come out the same."""

from collections.abc import Sequence
from pathlib import Path

from evals.playing.play import play
from evals.scenarios.loading import load
from evals.scorers.scores import Score, mark
from graphs.replay.replay import CannotReplay, replay
from graphs.transcript.event import Event

RECORDING = "recording.jsonl"


def recorded(name_or_path: str, seed: int) -> list[Event]:
    """A recording's events, where there is one; else those of a run that is played now."""
    path = Path(name_or_path)
    file = path if path.is_file() else path / RECORDING
    if file.is_file():
        return [Event.model_validate_json(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return play(load(name_or_path, seed), seed).events


def judge(events: Sequence[Event]) -> Score:
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
