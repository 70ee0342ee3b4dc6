"""The demo: a scenario on simulated production, served and told as it happens."""

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agents.io.clock import ScaledClock
from agents.io.settings import Settings
from agents.llm.client import ChatModel
from agents.llm.health import who_does_the_duties
from api.cli.asking import PausableClock, Terminal
from api.narration.event_lines import EventNarrator
from api.runs.run_view import RunView, shown, view_of
from api.serving.listening import address
from evals.playing.play import Played, Stage, play, set_stage
from evals.scenarios.scenario import Scenario
from graphs.transcript.event import Event

if TYPE_CHECKING:
    from api.client.printing import Printer


@dataclass(frozen=True)
class DemoOptions:
    """How the demo is given."""

    seed: int = 0
    speed: float | None = None
    """None: as fast as it goes, on a virtual clock."""
    keep: bool = False
    ask: bool = False
    model: ChatModel | None = None
    settings: Settings = field(default_factory=Settings)


def as_json(view: RunView, events: list[Event]) -> dict[str, Any]:
    """A run and its transcript, as one JSON object."""
    return {"run": view.model_dump(mode="json"), "transcript": [shown(event) for event in events]}


def play_through(scenario: Scenario, options: DemoOptions) -> tuple[RunView, list[Event]]:
    """Play a scenario on a virtual clock, without a server."""
    played: Played = play(scenario, options.seed, options.model, settings=options.settings)
    closed_at = played.facts.closed_at or played.events[-1].at
    return view_of(played.facts, played.production.catalogue, closed_at), played.events


def say_who_does_the_duties(options: DemoOptions, printer: "Printer") -> None:
    """Say it in one line, and how a model is used where none is though one could be."""
    how = "--model has the model of OPENAI_* do them" if options.settings.has_model else ""
    printer.say(who_does_the_duties(options.model.settings if options.model else None, how))


def tell_all(view: RunView, events: list[Event], printer: "Printer") -> None:
    """Tell a run that has been played."""
    from api.client.printing import farewell

    teller = EventNarrator()
    for event in events:
        for line in teller.tell(event):
            printer.line(line)
    printer.say(f"\n{farewell(view)}")


async def play_live(
    scenario: Scenario, options: DemoOptions, printer: "Printer", listening: socket.socket | None
) -> tuple[RunView, list[Event]]:
    """Play a scenario on a scaled clock and tell it as it happens; with a socket, serve it meanwhile."""
    assert options.speed is not None
    clock = PausableClock(options.speed) if options.ask else ScaledClock(options.speed)
    stage = set_stage(scenario, options.seed, clock, model=options.model)
    stage.incidents.apply_settings(options.settings)
    if listening is None:
        await stage.incidents.start()
        await _tell_run(stage, scenario, options, printer)
        await stage.incidents.stop()
        return _outcome(stage)
    return await _serve_run(stage, scenario, options, printer, listening)


async def _serve_run(
    stage: Stage, scenario: Scenario, options: DemoOptions, printer: "Printer", listening: socket.socket
) -> tuple[RunView, list[Event]]:
    from api.serving.server import served

    stage.incidents.public_url = address(listening)
    async with served(stage.incidents, listening, options.settings.hosts.split(",")) as serving:
        telling = asyncio.create_task(_tell_run(stage, scenario, options, printer, address(listening)))
        await asyncio.wait({telling, serving}, return_when=asyncio.FIRST_COMPLETED)
        if telling.done() and options.keep:
            printer.say("Stays up until you stop it with Ctrl-C.")
            await asyncio.wait({serving})
        await _ended(telling)
    return _outcome(stage)


async def _ended(telling: "asyncio.Task[None]") -> None:
    if not telling.done():
        telling.cancel()
    with suppress(asyncio.CancelledError):
        await telling


async def _tell_run(stage: Stage, scenario: Scenario, options: DemoOptions, printer: "Printer", base: str = "") -> None:
    from api.client.printing import farewell

    run = stage.incidents.alerts.receive(scenario.alert).run
    printer.say(_opening(scenario, options.speed or 1))
    say_who_does_the_duties(options, printer)
    if base:
        printer.say(f"{base}/runs/{run}", "heading")
    terminal = _terminal(stage, options, printer, run)
    attending = asyncio.create_task(stage.on_call.attend(run)) if terminal is None else None
    teller = EventNarrator()
    async for event in stage.incidents.follow(run):
        for line in teller.tell(event):
            printer.line(line)
        if terminal:
            terminal.hear(event)
    if attending:
        await attending
    view, _ = _outcome(stage)
    printer.say(f"\n{farewell(view)}")


def _opening(scenario: Scenario, speed: float) -> str:
    return f"{scenario.name}, on simulated production, {speed:g} times as fast as life. Times are UTC."


def _terminal(stage: Stage, options: DemoOptions, printer: "Printer", run: str) -> Terminal | None:
    clock = stage.incidents.clock
    if not (options.ask and isinstance(clock, PausableClock)):
        return None
    terminal = Terminal(stage.incidents, clock, lambda text: printer.say(text, "asks"))
    terminal.begin(run)
    return terminal


def _outcome(stage: Stage) -> tuple[RunView, list[Event]]:
    incidents = stage.incidents
    (facts,) = incidents.runs.newest(1)
    view = view_of(facts, incidents.catalogue, facts.closed_at or incidents.clock.now())
    return view, incidents.transcript(facts.id)
