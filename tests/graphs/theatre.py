"""A theatre: a production that outlives the processes that work on it, and the lives of those processes, one by one."""

from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

from agents.io.catalogue import Catalogue
from agents.io.clock import Clock, VirtualClock
from agents.runtime.briefing import Alert
from agents.tools.port import AnyPort, Connections, Driver, Lookup
from evals.playing.play import EPOCH, PersonOnCall
from evals.scenarios.loading import load
from evals.scenarios.scenario import OnCall
from evals.simulation.journal import InMemoryJournal
from evals.simulation.production import Production
from graphs.intake.incident_service import IncidentService
from graphs.model.questions import Question
from graphs.runtime.dependencies import Dependencies
from graphs.store.database import SqliteDatabase
from graphs.store.opening import open_store
from graphs.store.runs import NewRun
from graphs.store.store import Store
from graphs.transcript.event import Event
from graphs.transcript.facts import Facts

Result = TypeVar("Result")
MINUTE = timedelta(minutes=1)
TICK = 15 * MINUTE
EVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Later than every wake-up."""
APPROVES = [OnCall(question="approval", after_minutes=3, answer="approve", comment="Go ahead.")]


def count(incidents: IncidentService, run: str, kind: str) -> int:
    """How many events of a kind a run has."""
    return sum(event.kind == kind for event in incidents.transcript(run))


def add_run(store: Store, run: str = "one") -> None:
    """Add an open run of which nothing else is known."""
    store.runs.add(NewRun(run, EPOCH, Alert(title=run), run))


class House(Protocol):
    """Where services, one after another, work on the same data."""

    def open(self, clock: Clock, connections: Connections, catalogue: Catalogue) -> IncidentService: ...

    def kill(self, incidents: IncidentService) -> None:
        """End it as `kill -9` does: whatever was not written is lost, and nobody says goodbye."""
        ...


class OneDirectory:
    """Services, one after another, on the same file.

    It is the process that dies here, never the machine: so nothing is forced onto the disk.
    """

    def __init__(self, directory: Path) -> None:
        self._file = directory / "warroom.sqlite"

    def open(self, clock: Clock, connections: Connections, catalogue: Catalogue) -> IncidentService:
        store = Store(self._file)
        if isinstance(store.database, SqliteDatabase):
            store.database.share_syncs(lambda _: None)
            store.database.connection.execute("PRAGMA synchronous = OFF")
        return IncidentService(Dependencies(store, clock, connections, catalogue, revenue_limit=25_000))

    def kill(self, incidents: IncidentService) -> None:
        incidents.close()

    def forget_wakeups(self) -> None:
        """Lose every wake-up, as if the process had died before it was written down."""
        with closing(Store(self._file)) as store, store.transaction():
            store.database.connection.execute("DELETE FROM wakeups")


class OnServer:
    """Services, one after another, on the same PostgreSQL database."""

    def __init__(self, url: str) -> None:
        self._url = url

    def open(self, clock: Clock, connections: Connections, catalogue: Catalogue) -> IncidentService:
        return IncidentService(Dependencies(open_store(self._url), clock, connections, catalogue, revenue_limit=25_000))

    def kill(self, incidents: IncidentService) -> None:
        incidents.close()


class Called(list[tuple[str, str]]):
    """The calls of drivers in their order: (port, service)."""

    def times(self, port: str) -> int:
        return sum(name == port for name, _ in self)


class Listened:
    """Connections that write down which driver is called; `disturb` may stand in a call's way."""

    def __init__(self, connections: Connections, called: Called, disturb: "Disturbance") -> None:
        self._connections = connections
        self._called = called
        self._disturb = disturb

    def driver(self, port: AnyPort, service: str) -> Driver | None:
        driver = self._connections.driver(port, service)

        async def call(**arguments: Any) -> Any:
            assert driver is not None
            self._called.append((port.name, service))
            await self._disturb(port.name, service, "before")
            answer = await driver(**arguments)
            await self._disturb(port.name, service, "after")
            return answer

        return call if driver else None

    def lookup(self, port: AnyPort, service: str) -> Lookup | None:
        return self._connections.lookup(port, service)


Disturbance = Callable[[str, str, str], Awaitable[None]]


async def undisturbed(port: str, service: str, moment: str) -> None:
    """Let every call through."""


class Life:
    """One process: a service, the clock it lives by, and the person on call."""

    def __init__(self, incidents: IncidentService, clock: VirtualClock, rules: list[OnCall]) -> None:
        self.incidents = incidents
        self.clock = clock
        self._on_call = PersonOnCall(rules, incidents)

    async def to_the_end(self, run: str) -> Facts:
        """Let the person on call answer until the run is closed."""
        await self._on_call.attend(run)
        return self.incidents.facts(run)

    async def until(self, run: str, kind: str, after: int = 0) -> Event:
        """Wait for the first event of a kind."""
        async for event in self.incidents.follow(run, after):
            if event.kind == kind:
                return event
        raise AssertionError(f"{run} ended without {kind}")

    async def asked(self, run: str, kind: str = "approval") -> Question:
        """Wait for a question of a kind."""
        async for event in self.incidents.follow(run):
            if event.kind == "question" and event.payload["question"]["kind"] == kind:
                return Question.model_validate(event.payload["question"])
        raise AssertionError(f"{run} ended without a question about {kind}")


class Theatre:
    """A scenario's production with its journal; `live` is one process from its start to its sudden end."""

    def __init__(self, house: House, scenario: str = "wry_neck", disturb: Disturbance = undisturbed) -> None:
        self.scenario = load(scenario)
        self.journal = InMemoryJournal()
        self.called = Called()
        self.now: datetime = EPOCH
        self.disturb = disturb
        self.house = house

    @property
    def alert(self) -> Alert:
        return self.scenario.alert

    def live(
        self,
        part: Callable[[Life], Awaitable[Result]],
        down_for: timedelta = timedelta(0),
        rules: list[OnCall] | None = None,
    ) -> Result:
        """Open a service after a time in which there was none, play a part, and kill it."""
        clock = VirtualClock(self.now + down_for)
        production = Production(self.scenario.world, 0, clock, EPOCH, self.journal)

        async def life() -> Result:
            connections = Listened(production, self.called, self.disturb)
            incidents = self.house.open(clock, connections, production.catalogue)
            try:
                return await part(Life(incidents, clock, APPROVES if rules is None else rules))
            finally:
                self.house.kill(incidents)
                self.now = clock.now()

        return clock.run(life)
