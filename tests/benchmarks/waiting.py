"""Two days on the virtual clock: of waiting for nothing, and of a P0 that nobody resolves."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from agents.io.clock import VirtualClock
from evals.playing.play import EPOCH, set_stage
from evals.scenarios.loading import load
from graphs.engine.scheduler import Runner
from graphs.model.questions import HumanAnswer

TWO_DAYS = timedelta(hours=48)
QUIET = "amber_pike"
"""A P2, of which nobody outside hears while its status stays."""
LOUD = "first_light"


async def _until_asked(runner: Runner, run: str) -> str:
    async for event in runner.follow(run):
        if event.kind == "question" and event.payload["question"]["kind"] == "approval":
            return str(event.payload["question"]["id"])
    raise AssertionError("the run has asked for no approval")


def two_days(scenario: str, on_hold: bool) -> dict[str, Any]:
    """Seconds and events of 48 hours in which nobody answers; `on_hold` nothing can happen in them."""
    clock = VirtualClock(EPOCH)

    async def wait(directory: Path) -> dict[str, Any]:
        stage = set_stage(load(scenario), 0, clock, directory)
        runner = stage.runner
        await runner.start()
        run = runner.receive(load(scenario).alert).run
        if on_hold:
            question = await _until_asked(runner, run)
            runner.hold(held=True, by="on-call")
            runner.answer(run, question, HumanAnswer(answer="approve", by="on-call"))
            await clock.sleep(timedelta(hours=1))
        events, begun = len(runner.transcript(run)), perf_counter()
        await clock.sleep(TWO_DAYS)
        spent = perf_counter() - begun
        told = runner.transcript(run)
        facts = runner.facts(run)
        await runner.stop()
        runner.deps.store.close()
        return {
            "scenario": scenario,
            "severity": facts.severity,
            "status": facts.status,
            "seconds": round(spent, 3),
            "events": len(told) - events,
            "status_updates": facts.updates_sent,
        }

    with TemporaryDirectory() as directory:
        return clock.run(lambda: wait(Path(directory)))


def waiting() -> dict[str, Any]:
    """Both."""
    return {"for_nothing": two_days(QUIET, on_hold=True), "unresolved_p0": two_days(LOUD, on_hold=False)}
