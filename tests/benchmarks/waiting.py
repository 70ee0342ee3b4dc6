"""Two days on the virtual clock: of waiting for nothing, and of a P0 that nobody resolves."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from agents.io.clock import VirtualClock
from evals.playing.play import EPOCH, set_stage
from evals.scenarios.loading import load
from graphs.intake.incident_service import IncidentService
from graphs.model.questions import HumanAnswer

TWO_DAYS = timedelta(hours=48)
QUIET = "amber_pike"
"""A P2, of which nobody outside hears while its status stays."""
LOUD = "first_light"


async def _until_asked(incidents: IncidentService, run: str) -> str:
    async for event in incidents.follow(run):
        if event.kind == "question" and event.payload["question"]["kind"] == "approval":
            return str(event.payload["question"]["id"])
    raise AssertionError("the run has asked for no approval")


def two_days(scenario: str, on_hold: bool) -> dict[str, Any]:
    """Seconds and events of 48 hours in which nobody answers; `on_hold` nothing can happen in them."""
    clock = VirtualClock(EPOCH)

    async def wait(directory: Path) -> dict[str, Any]:
        stage = set_stage(load(scenario), 0, clock, directory)
        incidents = stage.incidents
        await incidents.start()
        run = incidents.alerts.receive(load(scenario).alert).run
        if on_hold:
            question = await _until_asked(incidents, run)
            incidents.hold(held=True, by="on-call")
            incidents.answer(run, question, HumanAnswer(answer="approve", by="on-call"))
            await clock.sleep(timedelta(hours=1))
        events, begun = len(incidents.transcript(run)), perf_counter()
        await clock.sleep(TWO_DAYS)
        spent = perf_counter() - begun
        told = incidents.transcript(run)
        facts = incidents.facts(run)
        await incidents.stop()
        incidents.close()
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
