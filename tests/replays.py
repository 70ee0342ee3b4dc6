"""Recorded runs to be played again: by the book, by a model, and with crashes. `python -m tests.replays` plays 50."""

import asyncio
import sys
from time import monotonic

from pydantic import SecretStr

from agents.io.catalogue import Catalogue
from agents.io.clock import Clock
from agents.io.settings import Settings
from agents.llm.client import OpenAIChatModel
from agents.runtime.briefing import Alert
from agents.tools.port import Connections
from evals.playing.play import play
from evals.scenarios.loading import load, names
from graphs.intake.incident_service import IncidentService
from graphs.replay.replay import replay
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from graphs.transcript.event import Event
from tests.graphs.theatre import Life, Theatre
from tests.model_server import serving
from tests.model_tape import Tape


def thought(scenario: str, seed: int) -> list[Event]:
    """Record a run of which a model on loopback does every duty."""
    tape = Tape(play(load(scenario), seed).events)
    with serving(tape) as base_url:
        settings = Settings(openai_api_key=SecretStr("none"), openai_base_url=base_url)
        return play(load(scenario), seed, OpenAIChatModel(settings)).events


class OneHouse:
    """One store for all lives of a run."""

    def __init__(self) -> None:
        self.store = Store()

    def open(self, clock: Clock, connections: Connections, catalogue: Catalogue) -> IncidentService:
        return IncidentService(
            Dependencies(store=self.store, clock=clock, connections=connections, catalogue=catalogue)
        )

    def kill(self, incidents: object) -> None:
        """The loop ends with its tasks; the store stays."""


def crashed(scenario: str, every: int) -> list[Event]:
    """Record a run whose process ends after every so many events, and is started again."""
    house = OneHouse()
    theatre = Theatre(house, scenario)
    rules = theatre.scenario.on_call

    async def receive(life: Life) -> str:
        return life.incidents.alerts.receive(Alert.model_validate(theatre.alert)).run

    async def a_short_life(life: Life) -> bool:
        seen = len(life.incidents.transcript(run))
        await life.incidents.start()
        ending = asyncio.create_task(life.to_the_end(run))
        async for event in life.incidents.follow(run, seen):
            if event.seq >= seen + every:
                break
        ending.cancel()
        return life.incidents.facts(run).status == "closed"

    async def look_back(life: Life) -> list[Event]:
        return life.incidents.transcript(run)

    run = theatre.live(receive)
    for _ in range(400):
        if theatre.live(a_short_life, rules=rules):
            break
    events = theatre.live(look_back)
    house.store.close()
    return events


def main(wanted: int) -> int:
    """Record runs and play them again; gives how many are not identical."""
    known, parted, begun = names(), 0, monotonic()
    for number in range(wanted):
        scenario, seed = known[number * 7 % len(known)], number % 5
        how = ("book", "model", "crash")[number % 3]
        match how:
            case "book":
                events = play(load(scenario), seed).events
            case "model":
                events = thought(scenario, seed)
            case _:
                events = crashed(scenario, 23 + 6 * seed)
        replayed = replay(events)
        parted += not replayed.identical
        told = f"{how:<6}{scenario:<16}{replayed.events:>5} events {replayed.model_calls:>4} model calls"
        print(f"{told} {replayed.crashes:>3} cut off  {'identical' if replayed.identical else replayed.difference}")
    print(f"{wanted - parted} of {wanted} identical, {monotonic() - begun:.0f} s")
    return parted


if __name__ == "__main__":
    sys.exit(1 if main(int(sys.argv[1]) if len(sys.argv) > 1 else 50) else 0)
