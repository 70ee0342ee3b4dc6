"""Closed-loop runs per second and core, and where their CPU time goes: graph, persistence, world, scoring."""

import cProfile
import pstats
from pathlib import Path
from time import process_time
from typing import Any, cast

from evals.playing.play import Played, play
from evals.playing.run_result import RunResult
from evals.scenarios.loading import load, names
from evals.scorers.registry import score

SHOWN = 12
"""Scenarios that are timed; every so-manieth of the list."""
PARTS = {
    "world": ("/evals/simulation/",),
    "persistence": ("/sqlite3/", "sqlite3", "/graphs/store", "/graphs/transcript", "/checkpoint/"),
    "roles": ("/agents/",),
    "graph": ("/graphs/", "/langgraph/", "/asyncio/"),
}
"""Part -> pieces of the files whose own time is counted for it; the first that fits."""


def throughput(shown: int = SHOWN) -> dict[str, Any]:
    """Play and score some scenarios on one core; then once more under a profiler for the split."""
    chosen = names()[:: max(1, len(names()) // shown)]
    play(load(chosen[0]))
    played, seconds = _timed(chosen)
    begun = process_time()
    for name in chosen:
        score(RunResult(load(name), 0, played[name]))
    scoring = process_time() - begun
    split = _split(chosen)
    return {
        "runs": len(chosen),
        "runs_per_second_and_core": round(len(chosen) / (seconds + scoring), 2),
        "cpu_ms_per_run": {"playing": _per_run(seconds, chosen), "scoring": _per_run(scoring, chosen)},
        "share_of_playing": split,
    }


def _per_run(seconds: float, chosen: list[str]) -> float:
    return round(1000 * seconds / len(chosen), 1)


def _timed(chosen: list[str]) -> tuple[dict[str, Played], float]:
    begun = process_time()
    played = {name: play(load(name)) for name in chosen}
    return played, process_time() - begun


def _split(chosen: list[str]) -> dict[str, float]:
    """Shares by each function's own time; what belongs to no part is left to pydantic, json and the like."""
    profile = cProfile.Profile(builtins=True)
    profile.runcall(_timed, chosen)
    spent = dict.fromkeys([*PARTS, "the rest"], 0.0)
    told = cast(dict[tuple[str, int, str], tuple[int, int, float, float, Any]], vars(pstats.Stats(profile))["stats"])
    for (file, _, function), (_, _, own, _, _) in told.items():
        spent[_part(f"{Path(file).as_posix()} {function}")] += own
    whole = sum(spent.values())
    return {part: round(own / whole, 3) for part, own in spent.items()}


def _part(where: str) -> str:
    return next((part for part, pieces in PARTS.items() if any(piece in where for piece in pieces)), "the rest")
