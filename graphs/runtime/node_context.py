"""The context of a node: one visit, with what it knows, and with what it reads, writes and does."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from pydantic import ValidationError

from agents.io.redaction import beginning
from agents.io.spending_limits import Spent
from agents.readings.production import ActionResult
from agents.reports.basis import Report
from agents.rules.diagnosis.damage import seen_in
from agents.rules.writing.wording import at
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.runtime.performing import perform
from agents.tools.change import TARGET, Change, UnfitChange
from agents.tools.port import OUTGOING, AnyPort, Unanswered
from graphs.model.questions import Question
from graphs.runtime.briefings import LOSSES, SET_BY_PEOPLE, briefing_of, facts_of_visit
from graphs.runtime.dependencies import Dependencies
from graphs.transcript.event import Event
from graphs.transcript.events import ANSWERING, Author, Draft, Occurrence, occurrence_of
from graphs.transcript.facts import Facts

NO_EVIDENCE = frozenset({"inquiry", "reply"})
"""Kinds of events that no report may cite: what people asked, and what they were told."""
ReportT = TypeVar("ReportT", bound=Report)


class OutcomeUnknown(Exception):
    """A change was interrupted, and it cannot be told whether it was made."""


class MadeMeanwhile(Exception):
    """The same change of the same service was made since this one was approved: by another run, as this one waited."""


@dataclass(frozen=True)
class OutsideEffect:
    """Something to be done outside, once."""

    port: AnyPort
    arguments: dict[str, Any]
    author: Author
    rows: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What a message was made of, for the record."""
    approval: str = ""
    """The key of the decision that approves it; only messages need none."""

    @property
    def service(self) -> str:
        return str(self.arguments.get("service", ""))

    @property
    def is_change(self) -> bool:
        return self.port.system not in OUTGOING

    def as_change(self) -> Change:
        """The change to production that its call makes. Raises UnfitChange."""
        return Change.called(self.port.name, self.arguments)

    @property
    def requested(self) -> dict[str, Any]:
        """What is asked for, as the record keeps it; of a change also which one it is, and who approved it."""
        told = {"port": self.port.name, "arguments": self.arguments}
        if not self.is_change:
            return told
        try:
            digest = self.as_change().digest
        except UnfitChange:
            digest = ""
        return {**told, "digest": digest, "approval": self.approval}


@dataclass(frozen=True)
class TranscriptDutyLog:
    """A run's transcript as the duties of one author write to it."""

    deps: Dependencies
    run: str
    author: Author
    written: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """Visit -> the keys that are written under it, read once: nobody else writes there meanwhile."""

    async def find(self, key: str) -> Event | None:
        visit = occurrence_of(key)
        if visit and key not in self._keys_under(visit.name):
            return None
        found = self.deps.transcripts.find(self.run, key)
        return found if found and found.is_readable else None

    def _keys_under(self, visit: str) -> set[str]:
        if visit not in self.written:
            self.written[visit] = self.deps.transcripts.keys_under(self.run, visit)
        return self.written[visit]

    async def write(self, key: str, kind: str, payload: Mapping[str, Any], rows: Sequence[str] = ()) -> Event:
        if kind == "tool_result" and payload.get("value"):
            payload = {**payload, **_damage(payload, self.deps)}
        written = self.deps.transcripts.write(self.run, Draft(key, kind, payload, self.author, rows))
        if visit := occurrence_of(key):
            self._keys_under(visit.name).add(key)
        if kind == "model_call":  # it costs money, so that it is made may not be forgotten
            await self.deps.on_disk()
        return written

    async def cited(self, ref: str) -> Event | None:
        found = self.deps.transcripts.cited(self.run, ref)
        return None if found and found.kind in NO_EVIDENCE else found


def _damage(payload: Mapping[str, Any], deps: Dependencies) -> dict[str, Any]:
    """The damage that a reading shows, kept beside it: the ledger is read far more often than it is measured."""
    try:
        seen = seen_in(payload["tool"], payload["value"], deps.minute, deps.catalogue)
    except ValidationError:  # an answer in another shape, of which whoever asked is told
        return {}
    return {"damage": [entry.model_dump(mode="json", exclude={"cites"}) for entry in seen]} if seen else {}


@dataclass
class NodeContext:
    """One run of one node."""

    deps: Dependencies
    state: Mapping[str, Any]
    lane: str
    node: str
    number: int
    _written: Counter[str] = field(default_factory=Counter[str])
    _keys: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    @property
    def run(self) -> str:
        return self.state["run"]

    @property
    def occurrence(self) -> str:
        """The same after a crash, after an answer and in a replay."""
        return self._visit.name

    @property
    def _visit(self) -> Occurrence:
        return Occurrence(self.lane, self.node, self.number)

    @cached_property
    def facts(self) -> Facts:
        """What the main workflow knew when this visit began: the same each time that the node runs."""
        return facts_of_visit(self.deps, self.state, self._visit)

    def briefing(self, facts: Facts | None = None) -> Briefing:
        """The briefing of a duty of steps 1 to 4; by default from what was known when this visit began."""
        known = self.facts if facts is None else facts
        return briefing_of(known, self.deps, self.deps.clock.now(), without=LOSSES | SET_BY_PEOPLE)

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
        log = TranscriptDutyLog(self.deps, self.run, Author(self.lane, duty.role, duty.name), self._keys)
        context = self.deps.duty_context(self.occurrence, log)
        context.role = duty.role
        context.record = lambda: self.deps.transcripts.after(self.run)
        context.spent_in_run = self._spent_in_run
        context.word_listener = lambda: self.deps.live.word_listener(self.run, duty.role, duty.name)
        return await perform(duty, briefing, context, rows)

    def _spent_in_run(self) -> Spent:
        """By the incident's duties; where people's questions are answered, by all."""
        facts = self.deps.facts(self.run)
        return facts.spent + facts.spent_answering if self.lane == ANSWERING else facts.spent

    def ask(self, question: Question) -> None:
        """Ask people something; they may answer while the run goes on."""
        self.deps.questions.ask(self.run, self.lane, question)

    def report_event(self) -> Event:
        """The event that holds the report of this visit's duty."""
        finished = self.find(f"{self.occurrence}/finished")
        assert finished is not None
        return finished

    async def carry_out(self, effect: OutsideEffect) -> Event:
        """Change production: intent before, result after, never twice, and only what was approved.

        Raises MadeMeanwhile where another run has just made the same change.
        """
        return await self._effect("result", effect)

    def _tell_other_runs(self, effect: OutsideEffect, result: Event) -> None:
        """Note a change in every other open run about the service: what it sees next may come of it."""
        if not (effect.is_change and result.payload["done"]):
            return
        found = self.facts.conclusion
        aimed_at = {"cause": found.cause, "component": found.component} if found else {}
        parameters = {name: value for name, value in effect.arguments.items() if name != TARGET}
        changed = {"action": effect.port.name, "service": effect.service, "parameters": parameters, **aimed_at}
        text = f"{effect.port.name.replace('_', ' ')} of {effect.service} was made in run {self.run}"
        note = {"kind": "note", "by": f"run {self.run}", "text": text, "changed": changed}
        for run in self.deps.store.runs.open_runs():
            facts = self.deps.facts(run)
            if run != self.run and effect.service in (facts.service, *facts.ledger.services):
                self.deps.transcripts.write(run, Draft(f"note/{self.run}/{result.key}", "note", note, Author("main")))
                self.deps.transcripts.notify_followers(run)

    async def send(self, effect: OutsideEffect) -> Event:
        """Send a message outside, once; where nobody can tell whether it was sent, write that down."""
        try:
            return await self._effect("outbound", effect)
        except OutcomeUnknown as unknown:
            request = {**effect.requested, "fields": effect.fields}
            result = {"done": False, "detail": str(unknown), "reference": ""}
            return self.write("outbound", {**request, **result}, (), effect.author)

    async def _effect(self, kind: str, effect: OutsideEffect) -> Event:
        self._written[effect.port.name] += 1
        key = f"{self.occurrence}/{effect.port.name}.{self._written[effect.port.name]}"
        done = self.find(f"{key}/{kind}")
        if done and done.is_readable:
            self._tell_other_runs(effect, done)
            return done
        idempotency_key = f"{self.run}/{key}"
        request = effect.requested
        async with self.deps.acting_on(effect.service):
            if self.find(f"{key}/intent") is None:
                self._demand_that_no_other_run_did_it(effect)
                intent = {**request, "idempotency_key": idempotency_key}
                self.deps.transcripts.write(self.run, Draft(f"{key}/intent", "intent", intent, effect.author))
                result = await self._call(effect, idempotency_key)
            else:
                result = await self._look_up(effect, idempotency_key)
            payload = {**request, "fields": effect.fields, **result.model_dump()}
            draft = Draft(f"{key}/{kind}", kind, payload, effect.author, effect.rows)
            written = self.deps.transcripts.write(self.run, draft)
            self._tell_other_runs(effect, written)  # before another run may act on the service
        return written

    def _demand_that_no_other_run_did_it(self, effect: OutsideEffect) -> None:
        decision = self.find(effect.approval) if effect.is_change else None
        if decision is None:
            return
        acts = self.deps.facts(self.run).ledger.acts
        same = [act for act in acts if (act.action, act.service) == (effect.port.name, effect.service)]
        for made in (act for act in same if act.at >= decision.at):
            noted = self.deps.transcripts.cited(self.run, made.cite)
            if noted and noted.kind == "note":
                what = f"{made.action.replace('_', ' ')} of {made.service}"
                raise MadeMeanwhile(f"{what} was made at {at(made.at)} by another run")

    async def _call(self, effect: OutsideEffect, idempotency_key: str) -> ActionResult:
        port, service = effect.port, effect.service
        if why_not := self._why_not(effect):
            return ActionResult(done=False, detail=beginning(why_not, 2000))
        driver = self.deps.connections.driver(port, service)
        if driver is None:
            return ActionResult(done=False, detail=f"{port.name} of {service}: not connected")
        await self.deps.on_disk()
        try:
            return ActionResult.model_validate(await driver(**effect.arguments, idempotency_key=idempotency_key))
        except Unanswered as unanswered:
            return ActionResult(done=False, detail=unanswered.refusal.said)
        except (OSError, ValueError) as error:
            return ActionResult(
                done=False, detail=beginning(f"{port.name} of {service}: {type(error).__name__}: {error}", 2000)
            )

    def _why_not(self, effect: OutsideEffect) -> str:
        """Why something must not be done, whoever asks for it; empty where it may be.

        A change has to be approved exactly as it is, by a decision on record, and its target has to be listed.
        """
        if not effect.is_change:
            return ""
        try:
            change = effect.as_change().listed_in(self.deps.catalogue)
        except UnfitChange as unfit:
            return f"refused: {unfit}"
        decision = self.find(effect.approval)
        if decision is None or decision.kind != "decision" or decision.payload["decision"] != "approved":
            return f"refused: nobody has approved {change}"
        if decision.payload.get("digest") != change.digest:
            return f"refused: {change} is not what was approved"
        return ""

    async def _look_up(self, effect: OutsideEffect, idempotency_key: str) -> ActionResult:
        """After a crash between intent and result: look up whether it happened, and do it only if it did not."""
        lookup = self.deps.connections.lookup(effect.port, effect.service)
        if lookup is None:
            raise self._unknown(
                effect, idempotency_key, f"of {effect.service} was interrupted, and nothing tells how it ended."
            )
        try:
            happened = await lookup(idempotency_key)
        except Unanswered as unanswered:
            reason = f"was interrupted: {unanswered.refusal.said}"
            raise self._unknown(effect, idempotency_key, reason) from unanswered
        return happened or await self._call(effect, idempotency_key)

    def _unknown(self, effect: OutsideEffect, idempotency_key: str, reason: str) -> OutcomeUnknown:
        """Write down that the outcome cannot be told: a crash leaves no other trace of it."""
        key = f"{idempotency_key.removeprefix(f'{self.run}/')}/unknown"
        payload = {"why": f"{effect.port.name} {reason}"}
        written = self.deps.transcripts.write(self.run, Draft(key, "degraded", payload, effect.author))
        return OutcomeUnknown(written.payload["why"])


def plain(value: Any) -> Any:
    """A value as the checkpoint and the transcript keep it."""
    return json.loads(json.dumps(value, default=str))
