"""Dependencies: everything from outside that a run's nodes need, handed in at one place."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from agents.io.catalogue import Catalogue
from agents.io.clock import Clock, VirtualClock
from agents.io.settings import Settings
from agents.llm.client import ChatModel
from agents.llm.gateway import ModelGateway
from agents.runtime.duty_context import DutyContext, DutyLog
from agents.tools.port import Connections
from graphs.model.policy import PolicyRule, policy_of
from graphs.runtime.precedence import Precedence
from graphs.runtime.questions import Questions
from graphs.runtime.shared_model import SharedModel
from graphs.store.store import Store
from graphs.transcript.events import Transcripts
from graphs.transcript.facts import Facts
from graphs.transcript.live_words import LiveWords
from graphs.transcript.projections import take_in


@dataclass
class Dependencies:
    """The clock, the transcripts, the tools, the model and the catalogue with its policy."""

    store: Store
    clock: Clock
    connections: Connections
    catalogue: Catalogue
    model: ChatModel | None = None
    revenue_limit: float | None = None
    public_url: str = "http://127.0.0.1:8321"
    """The address of the pages, for links in messages."""
    minute: timedelta = timedelta(minutes=1)
    """How long a minute of the runbook lasts."""
    storm_from: int = 50
    """More incidents than these within a minute are a storm."""
    investigations_at_once: int = 3
    """How many of a storm's incidents are investigated at once; the others wait in its queue."""
    _acting: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _known: dict[tuple[str, str], Facts] = field(default_factory=dict[tuple[str, str], Facts])

    def __post_init__(self) -> None:
        self.transcripts = self.make_transcripts()
        self.store.database.on_undone = self.forget_facts
        self.questions = Questions(self.store, self.transcripts, self.clock)
        self.live = LiveWords()
        self.precedence = Precedence()
        self.model_gateway = None if self.model is None else self._gateway_to(self.model)

    def _gateway_to(self, model: ChatModel) -> ModelGateway:
        if not self.store.is_shared:
            return ModelGateway(model, self.clock, self._outcomes_since)
        shared = SharedModel(self.store, self.transcripts)
        return ModelGateway(model, self.clock, shared.outcomes, shared)

    def make_transcripts(self) -> Transcripts:
        """Make the transcripts that everything here reads and writes."""
        return Transcripts(self.store, self.clock)

    def apply_settings(self, settings: Settings) -> None:
        """Apply the settings that hold for real and simulated production alike; what is not set is left unchanged."""
        self.storm_from = settings.storm_from
        self.investigations_at_once = settings.investigations_at_once
        if settings.revenue_limit is not None:
            self.revenue_limit = settings.revenue_limit

    def _outcomes_since(self, at: datetime) -> Iterator[dict[str, Any]]:
        return (event.payload for event in self.transcripts.model_answers_since(at))

    def reader(self, run: str, name: str) -> Facts:
        """The facts as far as a reader has taken them in; it takes in further events itself, in their order."""
        if (run, name) not in self._known:
            self._known[run, name] = Facts(id=run)
        return self._known[run, name]

    def facts(self, run: str, up_to: int | None = None, reader: str = "") -> Facts:
        """What a run's transcript says, by default up to now. Each reader has a bookmark of its own."""
        facts = self.reader(run, reader)
        if up_to is not None and facts.seen > up_to:
            facts = self._known[run, reader] = Facts(id=run)
        for event in self.transcripts.after(run, facts.seen):
            if up_to is not None and event.seq > up_to:
                break
            take_in(facts, event)
        return facts

    def forget_facts(self) -> None:
        """Read every transcript anew: what was taken in may have been undone since."""
        self._known.clear()
        self.store.events.forget_newest()

    async def on_disk(self) -> None:
        """Wait until all that was written is on disk: before anything outside is told, asked for or changed.

        Virtual time stands still meanwhile, and so does everybody who lives in it: who is next depends on no disk.
        """
        if isinstance(self.clock, VirtualClock):
            self.store.bring_to_disk()
        else:
            await self.store.on_disk()

    def duty_context(self, occurrence: str, log: DutyLog) -> DutyContext:
        """The tools, the model and the log of one duty."""
        return DutyContext(occurrence, log, self.clock, self.connections, self.model_gateway)

    @cached_property
    def policy(self) -> tuple[PolicyRule, ...]:
        """The written rules about changes to production."""
        return policy_of(self.catalogue)

    @cached_property
    def surroundings(self) -> dict[str, Any]:
        """What a run depends on besides its alert, recorded with it: the catalogue without its drivers' settings."""
        catalogue = self.catalogue.model_dump(mode="json", exclude_defaults=True, exclude={"outgoing", "knowledge"})
        for service in catalogue.get("services", {}).values():
            for ways in (service.get("observe", {}), service.get("act", {})):
                ways.update({name: {"driver": entry["driver"]} for name, entry in ways.items()})
        for server in catalogue.get("mcp", {}).values():
            kept = {"command": ["not kept"], "read_only": server["read_only"]}
            server.clear()
            server.update(kept)
        return {"catalogue": catalogue, "public_url": self.public_url}

    @asynccontextmanager
    async def acting_on(self, service: str) -> AsyncGenerator[None]:
        """Lock a service while it is changed: two runs never change it at once, in whichever process."""
        if not service:
            yield
            return
        async with self._acting[service], self.store.database.service_lock(service):
            yield

    @property
    def held(self) -> bool:
        """Whether a person has put acting on hold in every run."""
        return self.held_by is not None

    @property
    def held_by(self) -> str | None:
        """Who has put acting on hold in every run; None where nobody has."""
        switch = self.store.switches.find("acting")
        return (switch.turned_by or "a person") if switch and switch.state == "held" else None
