"""`warroom serve --simulate`: the server with a simulated production, which goes on after a restart."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from agents.io.clock import Clock, RealClock, ScaledClock
from evals.playing.play import PersonOnCall, Stage
from evals.scenarios.scenario import Scenario
from graphs.intake.incident_service import IncidentService
from graphs.maintenance.data_file import FILE, last_event_at

LOOKS_FOR_RUNS_EVERY = 0.5
"""Seconds between two looks for runs that the simulated person does not attend yet."""


def kind_of(scenario: Scenario, seed: int) -> str:
    """What a data directory says that it holds: another scenario's production would contradict its runs."""
    return f"runs on the simulated production {scenario.name}, seed {seed}"


def clock_for(data: Path, speed: float) -> Clock:
    """The wall clock, made faster; never behind what the directory holds already."""
    wall, written = RealClock(), last_event_at(data / FILE)
    ahead = written is not None and written > wall.now()
    return RealClock() if speed == 1 and not ahead else ScaledClock(speed, written if ahead else None)


@asynccontextmanager
async def played(stage: Stage, scenario: Scenario, address: str, say: Callable[[str], None]) -> AsyncGenerator[None]:
    """Let a scenario's alert come in, unless it has before, and its person answer, while the block runs."""
    known = stage.incidents.runs.newest(1)
    run = known[0].id if known else stage.incidents.receive(scenario.alert).run
    say(f"{address}/runs/{run}")
    attending = asyncio.create_task(_attend_all(stage.incidents, stage.on_call))
    try:
        yield
    finally:
        attending.cancel()
        await asyncio.gather(attending, return_exceptions=True)


async def _attend_all(incidents: IncidentService, on_call: PersonOnCall) -> None:
    """Let the simulated person attend every run, also those that come later."""
    attended: dict[str, asyncio.Task[None]] = {}
    while True:
        for run in incidents.runs.open_ids():
            if run not in attended:
                attended[run] = asyncio.create_task(on_call.attend(run))
        await asyncio.sleep(LOOKS_FOR_RUNS_EVERY)
