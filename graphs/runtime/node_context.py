"""A visit: one run of one node, with what it knows and what it has at hand."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from agents.readings.outcomes import ActionResult
from agents.reports.basis import Report
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.runtime.performing import perform
from agents.tools.port import AnyPort, Unanswered
from graphs.model.questions import Question
from graphs.runtime.dependencies import Dependencies
from graphs.transcript.events import Author, Draft, Event

ReportT = TypeVar("ReportT", bound=Report)


class OutcomeUnknown(Exception):
    """A change was interrupted, and it cannot be told whether it was made."""


@dataclass(frozen=True)
class OutsideEffect:
    """Something to be done outside, once."""

    port: AnyPort
    arguments: dict[str, Any]
    author: Author
    rows: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the words were made of, for the record."""

    @property
    def service(self) -> str:
        return str(self.arguments.get("service", ""))


@dataclass(frozen=True)
class TranscriptDutyLog:
    """A run's transcript as a desk sees it: one author's."""

    deps: Dependencies
    run: str
    author: Author

    async def find(self, key: str) -> Event | None:
        return self.deps.transcripts.find(self.run, key)

    async def write(self, key: str, kind: str, payload: Mapping[str, Any], rows: Sequence[str] = ()) -> Event:
        return self.deps.transcripts.write(self.run, Draft(key, kind, payload, self.author, rows))

    async def cited(self, ref: str) -> Event | None:
        return self.deps.transcripts.cited(self.run, ref)


@dataclass
class NodeContext:
    """One run of one node."""

    deps: Dependencies
    state: Mapping[str, Any]
    lane: str
    node: str
    number: int
    _written: Counter[str] = field(default_factory=Counter[str])

    @property
    def run(self) -> str:
        return self.state["run"]

    @property
    def occurrence(self) -> str:
        """The same after a crash, after an answer and in a replay."""
        return f"{self.lane}/{self.node}#{self.number}"

    def find(self, key: str) -> Event | None:
        return self.deps.transcripts.find(self.run, key)

    def write(
        self, kind: str, payload: Mapping[str, Any], rows: Sequence[str] = (), author: Author | None = None
    ) -> Event:
        """Write an event of this visit; when the node runs again, gives the one that was written then."""
        self._written[kind] += 1
        key = f"{self.occurrence}/{kind}.{self._written[kind]}"
        return self.deps.transcripts.write(self.run, Draft(key, kind, payload, author or Author(self.lane), rows))

    async def perform(self, duty: Duty[ReportT], briefing: Briefing, rows: Sequence[str] | None = None) -> ReportT:
        """Have a duty done; `rows` narrows the runbook rows that it fulfils here."""
        log = TranscriptDutyLog(self.deps, self.run, Author(self.lane, duty.role, duty.name))
        context = self.deps.duty_context(self.occurrence, log)
        context.spent_in_run = lambda: self.deps.facts(self.run).spent
        context.ear = lambda: self.deps.live.ear(self.run, duty.role, duty.name)
        return await perform(duty, briefing, context, rows)

    def ask(self, question: Question) -> None:
        """Ask people something; they may answer while the run goes on."""
        self.deps.questions.ask(self.run, self.lane, question)

    def report_event(self) -> Event:
        """The event that holds the report of this visit's duty."""
        finished = self.find(f"{self.occurrence}/finished")
        assert finished is not None
        return finished

    async def carry_out(self, effect: OutsideEffect) -> Event:
        """Change production: intent before, result after, never twice."""
        return await self._effect("result", effect)

    async def send(self, effect: OutsideEffect) -> Event:
        """Let words leave the building, through the same outbox; where nobody can tell if they did, say so."""
        try:
            return await self._effect("outbound", effect)
        except OutcomeUnknown as unknown:
            told = {"port": effect.port.name, "arguments": effect.arguments, "fields": effect.fields}
            result = {"done": False, "detail": str(unknown), "reference": ""}
            return self.write("outbound", {**told, **result}, (), effect.author)

    async def _effect(self, kind: str, effect: OutsideEffect) -> Event:
        self._written[effect.port.name] += 1
        key = f"{self.occurrence}/{effect.port.name}.{self._written[effect.port.name]}"
        done = self.find(f"{key}/{kind}")
        if done:
            return done
        idempotency_key = f"{self.run}/{key}"
        request = {"port": effect.port.name, "arguments": effect.arguments}
        async with self.deps.acting_on(effect.service):
            if self.find(f"{key}/intent") is None:
                intent = {**request, "idempotency_key": idempotency_key}
                self.deps.transcripts.write(self.run, Draft(f"{key}/intent", "intent", intent, effect.author))
                result = await self._call(effect, idempotency_key)
            else:
                result = await self._look_up(effect, idempotency_key)
        told = {**request, "fields": effect.fields, **result.model_dump()}
        return self.deps.transcripts.write(self.run, Draft(f"{key}/{kind}", kind, told, effect.author, effect.rows))

    async def _call(self, effect: OutsideEffect, idempotency_key: str) -> ActionResult:
        port, service = effect.port, effect.service
        driver = self.deps.connections.driver(port, service)
        if driver is None:
            return ActionResult(done=False, detail=f"{port.name} of {service}: not connected")
        try:
            return ActionResult.model_validate(await driver(**effect.arguments, idempotency_key=idempotency_key))
        except Unanswered as unanswered:
            return ActionResult(done=False, detail=unanswered.refusal.said)
        except (OSError, ValueError) as error:
            return ActionResult(done=False, detail=f"{port.name} of {service}: {type(error).__name__}: {error}"[:2000])

    async def _look_up(self, effect: OutsideEffect, idempotency_key: str) -> ActionResult:
        """After a crash between intent and result: see whether it happened, and do it only if it surely did not."""
        lookup = self.deps.connections.lookup(effect.port, effect.service)
        if lookup is None:
            raise self._unknown(
                effect, idempotency_key, f"of {effect.service} was interrupted, and nothing tells how it ended."
            )
        try:
            happened = await lookup(idempotency_key)
        except Unanswered as unanswered:
            said = f"was interrupted: {unanswered.refusal.said}"
            raise self._unknown(effect, idempotency_key, said) from unanswered
        return happened or await self._call(effect, idempotency_key)

    def _unknown(self, effect: OutsideEffect, idempotency_key: str, said: str) -> OutcomeUnknown:
        """Write down that nobody can tell: a crash leaves no other trace of it."""
        key = f"{idempotency_key.removeprefix(f'{self.run}/')}/unknown"
        told = {"why": f"{effect.port.name} {said}"}
        written = self.deps.transcripts.write(self.run, Draft(key, "degraded", told, effect.author))
        return OutcomeUnknown(written.payload["why"])


def moment(text: str | None) -> datetime | None:
    """A time of the state."""
    return datetime.fromisoformat(text) if text else None


def plain(value: Any) -> Any:
    """A value as the checkpoint and the transcript keep it."""
    return json.loads(json.dumps(value, default=str))
