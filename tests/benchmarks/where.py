"""Where the CPU time of one P0 goes: the process is looked at while it plays, and each look counted for one part."""

import gc
import signal
from collections import Counter
from collections.abc import Iterable
from types import FrameType
from typing import Any

from tests.benchmarks.overhead import persistent, play

PLAYS = 8
EVERY_SECONDS = 0.001
PARTS = {
    "simulated world": ("/evals/simulation/",),
    "rules": ("/agents/rules/", "/agents/roles/"),
    "redaction and JSON": ("/agents/io/redaction", "/agents/io/outside_text", "/agents/io/secret_shapes", "/json/"),
    "SQLite: events, wake-ups": ("/graphs/store/",),
    "LangGraph's checkpoints": ("/langgraph/checkpoint/", "/graphs/engine/loop_checkpointer"),
    "LangGraph": ("/langgraph/", "/langchain_core/", "/langsmith/"),
    "facts from events": ("/graphs/transcript/", "/agents/runtime/ledger"),
    "duties and their tools": ("/agents/runtime/", "/agents/readings/", "/agents/tools/"),
    "nodes and turns": ("/graphs/",),
    "the event loop": ("/asyncio/", "/agents/io/clock"),
}
"""Part -> pieces of the paths of its files. The innermost call that belongs to a part counts, so pydantic and regular
expressions are counted for those who call them."""


Call = tuple[str, str]
"""A call that is under way: its file and its function."""


def where(plays: int = PLAYS) -> dict[str, Any]:
    """Each part's share of the time from the alert to the end of the run, in percent."""
    looks: Counter[str] = Counter()
    for stack, times in stacks(plays).items():
        looks[part_of(file for file, _ in stack)] += times
    whole = sum(looks.values())
    return {"looks": whole, "share_percent": {part: round(100 * n / whole, 1) for part, n in looks.most_common()}}


def stacks(plays: int, runs: int = 1) -> Counter[tuple[Call, ...]]:
    """The calls that were under way, innermost first, and how often; each play is of so many runs at once."""
    gc.set_threshold(50_000, 20, 50)  # as the command sets it
    play(persistent, 1)
    looks: Counter[tuple[Call, ...]] = Counter()

    def look(_: int, frame: FrameType | None) -> None:
        stack = tuple(_calls(frame))
        if any(file.endswith("/asyncio/base_events.py") for file, _ in stack):  # before that nothing is played yet
            looks[stack] += 1

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)
    try:
        for _ in range(plays):
            play(persistent, runs)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return looks


def _calls(frame: FrameType | None) -> Iterable[Call]:
    """The calls under way, innermost first."""
    while frame:
        yield frame.f_code.co_filename, frame.f_code.co_qualname
        frame = frame.f_back


def part_of(files: Iterable[str]) -> str:
    """The part that the innermost call belongs to, which belongs to any."""
    for file in files:
        found = next((part for part, pieces in PARTS.items() if any(piece in file for piece in pieces)), "")
        if found:
            return found
    return "the rest"
