"""`warroom serve --simulate`: the doors on a simulated production, which goes on after a restart."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from agents.io.clock import Clock, RealClock, ScaledClock
from agents.llm.client import ChatModel
from api.serving.listening import address
from api.serving.server import served
from evals.playing.play import PersonOnCall, Stage, set_stage
from evals.scenarios.scenario import Scenario
from graphs.intake.incident_service import IncidentService
from graphs.maintenance.data_file import FILE, last_event_at

LOOKS_FOR_RUNS_EVERY = 0.5
"""Seconds between two looks for runs that the simulated person does not attend yet."""


class Simulation(NamedTuple):
    """What is simulated, and how fast."""

    scenario: Scenario
    seed: int
    speed: float
    model: ChatModel | None
    names: frozenset[str] = frozenset()
    """By which other hosts' names it may be asked for."""


def kind_of(scenario: Scenario, seed: int) -> str:
    """What a data directory says that it holds: another scenario's production would contradict its runs."""
    return f"runs on the simulated production {scenario.name}, seed {seed}"


def serve_simulation(simulation: Simulation, data: Path, listening: socket.socket, say: Callable[[str], None]) -> None:
    """Serve a simulation until somebody stops it; what a directory holds goes on where it was."""
    scenario, seed, speed, model, _ = simulation
    stage = set_stage(scenario, seed, _clock(data, speed), data, model)
    stage.incidents.public_url = address(listening)
    say(f"Production is simulated: {scenario.name}, {speed:g} times as fast as the wall clock.")
    try:
        asyncio.run(_serve(stage, simulation, listening, say))
    finally:
        stage.incidents.close()


def _clock(data: Path, speed: float) -> Clock:
    """The wall clock, made faster; never behind what the directory holds already."""
    wall, written = RealClock(), last_event_at(data / FILE)
    ahead = written is not None and written > wall.now()
    return RealClock() if speed == 1 and not ahead else ScaledClock(speed, written if ahead else None)


async def _serve(stage: Stage, simulation: Simulation, listening: socket.socket, say: Callable[[str], None]) -> None:
    async with served(stage.incidents, listening, simulation.names) as serving:
        known = stage.incidents.runs.newest(1)
        run = known[0].id if known else stage.incidents.receive(simulation.scenario.alert).run
        say(f"{address(listening)}/runs/{run}")
        attending = asyncio.create_task(_attend_all(stage.incidents, stage.on_call))
        await asyncio.wait({serving})
        attending.cancel()


async def _attend_all(incidents: IncidentService, on_call: PersonOnCall) -> None:
    """Let the simulated person attend every run, also those that come later."""
    attended: dict[str, asyncio.Task[None]] = {}
    while True:
        for run in incidents.runs.open_ids():
            if run not in attended:
                attended[run] = asyncio.create_task(on_call.attend(run))
        await asyncio.sleep(LOOKS_FOR_RUNS_EVERY)
