"""The room: everything from outside that a run's nodes need, handed in at one place."""

import asyncio
import json
from collections import defaultdict
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta

from agents.catalogue import Catalogue
from agents.clock import Clock
from agents.model import Model
from agents.port import Connections
from graphs.facts import Facts
from graphs.folds import take_in
from graphs.policy import POLICY, Rule
from graphs.questions import Question
from graphs.store import Store, iso
from graphs.transcript import Author, Draft, Transcripts


@dataclass
class Room:
    """The clock, the transcripts, the tools, the model and the written rules."""

    store: Store
    clock: Clock
    connections: Connections
    catalogue: Catalogue
    model: Model | None = None
    policy: tuple[Rule, ...] = POLICY
    revenue_limit: float | None = None
    public_url: str = "http://127.0.0.1:8321"
    """Where people reach the pages: questions carry it."""
    minute: timedelta = timedelta(minutes=1)
    """How long a minute of the runbook lasts."""
    _acting: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _known: dict[tuple[str, str], Facts] = field(default_factory=dict[tuple[str, str], Facts])

    def __post_init__(self) -> None:
        self.transcripts = Transcripts(self.store, self.clock)

    def facts(self, run: str, up_to: int | None = None, reader: str = "") -> Facts:
        """What a run's transcript says, by default up to now. Each reader has a bookmark of its own."""
        facts = self._known.setdefault((run, reader), Facts())
        if up_to is not None and facts.seen > up_to:
            facts = self._known[run, reader] = Facts()
        for event in self.transcripts.after(run, facts.seen):
            if up_to is not None and event.seq > up_to:
                break
            take_in(facts, event)
        return facts

    def told_by_people(self, run: str) -> Facts:
        """The facts of a run as far as people told them unasked: instructions, hold and resume."""
        facts = Facts()
        for event in self.transcripts.told_by_people(run):
            take_in(facts, event)
        return facts

    def acting_on(self, service: str) -> AbstractAsyncContextManager[None]:
        """Hold a service while something is done to it: two runs never act on it at once."""
        return self._acting[service] if service else nullcontext()

    @property
    def held(self) -> bool:
        """Whether a person has put acting on hold in every run."""
        switch = self.store.one("switch", name="acting")
        return switch is not None and switch["state"] == "held"

    def hold(self, held: bool) -> None:
        """Put acting on hold in every run, or let it go on."""
        with self.store.transaction():
            self.store.write("set_switch", name="acting", state="held" if held else "free")

    def ask(self, run: str, lane: str, question: Question) -> None:
        """Put a question to people, once: as a row that can be answered and as an event."""
        key = f"question/{question.id}"
        if self.transcripts.find(run, key):
            return
        asked = question.model_dump(mode="json")
        with self.store.transaction():
            text, now = json.dumps(asked), iso(self.clock.now())
            self.store.write("add_question", run=run, id=question.id, lane=lane, asked_at=now, question=text)
            self.transcripts.add(run, Draft(key, "question", {"question": asked}, Author(lane)))
        self.transcripts.ring(run)
