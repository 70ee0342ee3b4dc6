"""A run of a scenario under a policy, up to the gate where it is decided on a change."""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agents.io.catalogue import Catalogue
from agents.io.clock import VirtualClock
from evals.playing.play import EPOCH, Stage, set_stage
from evals.scenarios.loading import load
from evals.simulation.acts import PRODUCTION_ACTS
from graphs.intake.incident_service import IncidentService
from graphs.model.questions import HumanAnswer, Question, WrongAnswer
from graphs.transcript.event import Event

Rule = dict[str, Any]
MINUTE = timedelta(minutes=1)
RESTARTED = "deep_current"
"""At P0, the restart of a database is proposed."""
FAILED_OVER = "slow_tide"
"""A failover is proposed, and it has a parameter."""
RESTART: Rule = {"severity": "P0", "action": "restart", "service": "bookings-*", "verdict": "auto", "why": "it is safe"}
BOTH: Rule = {"ask": ["ada", "bob"], "approvals": 2}


class Gate:
    """A run of a scenario whose catalogue has a policy."""

    def __init__(self, stage: Stage, clock: VirtualClock) -> None:
        self.stage = stage
        self.incidents = stage.incidents
        self.clock = clock
        self.run = ""
        self.answered: set[str] = set()

    async def begin(self, scenario: str) -> None:
        await self.incidents.start()
        self.run = self.incidents.alerts.receive(load(scenario).alert).run

    async def until(self, is_so: Callable[[], bool]) -> None:
        for _ in range(200):
            if is_so():
                return
            await self.clock.sleep(MINUTE)
        raise AssertionError("it never came to that")

    async def asked(self) -> Question:
        """The next question about a change."""

        def waiting() -> list[Question]:
            asked = self.incidents.facts(self.run).open_questions
            return [one for one in asked if one.kind == "approval" and one.id not in self.answered]

        await self.until(lambda: bool(waiting()))
        return waiting()[0]

    def says(self, question: Question, by: str, answer: str = "approve", is_proven: bool = True, **more: Any) -> None:
        given = HumanAnswer.model_validate({"answer": answer, "by": by, "digest": question.digest, **more})
        self.incidents.answer(self.run, question.id, given, is_proven)
        self.answered.add(question.id)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event.payload for event in self.incidents.transcript(self.run) if event.kind == kind]

    @property
    def done(self) -> list[tuple[str, str]]:
        """The changes in the production's own journal."""
        acts = self.stage.production.journal.acts()
        return [(act.port, act.of("service")) for act in acts if act.port in PRODUCTION_ACTS]

    async def decision(self) -> dict[str, Any]:
        """The first decision, some minutes after it was made."""
        await self.until(lambda: bool(self.of("decision")))
        await self.clock.sleep(3 * MINUTE)
        return self.of("decision")[0]

    async def restart(self, *rules: Rule) -> None:
        """Stop the service, and start another one on the same store with another policy."""
        await self.incidents.stop()
        deps = replace(self.incidents.deps, catalogue=with_policy(self.incidents.catalogue, *rules))
        self.incidents = IncidentService(deps)
        await self.incidents.start()


def with_policy(catalogue: Catalogue, *rules: Rule) -> Catalogue:
    listed = catalogue.model_dump(mode="json")
    return Catalogue.model_validate({**listed, "people": ["ada", "bob", "cleo"], "policy": rules})


def played(scenario: str, part: Callable[[Gate], Awaitable[None]], *rules: Rule) -> list[Event]:
    """Play a part on a run under a policy; gives the transcript."""
    clock = VirtualClock(EPOCH)

    async def on_stage() -> list[Event]:
        stage = set_stage(load(scenario), 0, clock)
        stage.incidents.deps.catalogue = with_policy(stage.incidents.catalogue, *rules)
        gate = Gate(stage, clock)
        await gate.begin(scenario)
        await part(gate)
        events = gate.incidents.transcript(gate.run)
        await gate.incidents.stop()
        gate.incidents.close()
        return events

    return clock.run(on_stage)


@contextmanager
def refused(by_what: type[WrongAnswer], said: str) -> Generator[None]:
    with pytest.raises(by_what, match=said):
        yield
