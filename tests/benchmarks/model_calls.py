"""Many runs at once whose every model call takes a second: how much longer they take than the calls themselves."""

import asyncio
import gc
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from agents.io.clock import ScaledClock
from agents.io.settings import Settings
from agents.llm.chat import WordListener
from agents.llm.client import ModelAnswer, ModelRequest, ToolRequest
from agents.llm.gateway import HAND_IN
from evals.playing.play import EPOCH, PersonOnCall
from graphs.intake.incident_service import IncidentService
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from tests.benchmarks.estate import Estate

SCENARIO = "north_wind"
"""A P3: its duties follow one another, so that its model calls are its critical path."""
SIZES = (1, 100, 500)
CALL_SECONDS = 1.0
SPEED = 10_000
"""What the simulated production takes minutes for is over in milliseconds; the model's seconds are real."""
SCOPE: dict[str, Any] = {
    "users_affected": None,
    "users_share": None,
    "services": [],
    "data_at_risk": "no",
    "abnormal": False,
}
REPORTS: dict[str, dict[str, Any]] = {  # in the alert's own words: what a model adds to them is not taken
    "acknowledge": {"understood": "Footer logo two pixels too low.", "symptom": "cosmetic"},
    "assess_scope": SCOPE,
    "classify": {"severity": "P3", "reasons": []},
    "open_channel": {"text": "Footer logo two pixels too low."},
    "add_to_backlog": {
        "entries": [
            {"title": "Footer logo two pixels too low", "owner": "Web team", "deadline": "next sprint", "why": "-"}
        ]
    },
}


class OneSecond:
    """A model in this process: takes a second for each answer, looks once where it assesses the scope."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.asked = Counter[str]()

    async def answer(self, question: ModelRequest, hear: WordListener | None = None) -> ModelAnswer:
        briefing = str(question.messages[1]["content"])
        run, duty = (_found(pattern, briefing) for pattern in (r"- Run (\S+)\. The alert", r"# Briefing: (\w+)"))
        self.asked[run] += 1
        await asyncio.sleep(CALL_SECONDS)
        if duty == "assess_scope" and len(question.messages) == 2:
            asked = {"service": _found(r"Alerted service: (\S+)\.", briefing)}
            return ModelAnswer(requests=[ToolRequest(id="c", name="golden_signals", arguments=asked)])
        report = {"summary": "As it seems.", **REPORTS[duty]}
        return ModelAnswer(requests=[ToolRequest(id="c", name=HAND_IN, arguments=report)])


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, pattern
    return found[1]


def play(runs: int) -> tuple[float, int]:
    """Seconds from the alerts to the last run's end, and how many calls each run made one after another."""
    clock, model = ScaledClock(SPEED, EPOCH), OneSecond()

    async def to_the_end(directory: Path) -> float:
        estate = Estate(SCENARIO, runs, clock)
        incidents = IncidentService(
            Dependencies(Store(directory / "warroom.sqlite"), clock, estate, estate.catalogue, model=model)
        )
        begun = perf_counter()
        await incidents.start()
        received = [incidents.alerts.receive(alert).run for alert in estate.alerts]
        await asyncio.gather(*(PersonOnCall(estate.scenario.on_call, incidents).attend(run) for run in received))
        spent = perf_counter() - begun
        assert all(incidents.facts(run).duties_by == {"model": len(REPORTS)} for run in received)
        await incidents.stop()
        incidents.close()
        return spent

    gc.collect()
    with TemporaryDirectory() as directory:
        spent = asyncio.run(to_the_end(Path(directory)))
    calls = set(model.asked.values())
    assert len(calls) == 1, calls
    return spent, calls.pop()


def plain(runs: int, calls: int) -> float:
    """Seconds for the same calls, one after another in each run, all runs at once, and nothing else."""

    async def one() -> None:
        for _ in range(calls):
            await asyncio.sleep(CALL_SECONDS)

    async def everyone() -> float:
        begun = perf_counter()
        await asyncio.gather(*(one() for _ in range(runs)))
        return perf_counter() - begun

    return asyncio.run(everyone())


def measure(runs: int) -> dict[str, Any]:
    """One size: both times, and their ratio."""
    spent, calls = play(runs)
    bare = plain(runs, calls)
    return {
        "runs": runs,
        "calls_in_a_row": calls,
        "seconds": round(spent, 2),
        "plain_asyncio_seconds": round(bare, 2),
        "to_plain_asyncio": round(spent / bare, 3),
        "overhead_ms_per_run": round(1000 * (spent - bare) / runs, 1),
    }


def model_calls(sizes: Sequence[int] = SIZES) -> dict[str, Any]:
    """All sizes, after one run to warm up."""
    play(1)
    return {"scenario": SCENARIO, "call_seconds": CALL_SECONDS, "sizes": [measure(runs) for runs in sizes]}
