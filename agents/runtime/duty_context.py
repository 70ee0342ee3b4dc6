"""The context of one duty: its tools, its model and its log. Every question and answer is written to the transcript."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from agents.io.clock import Clock, outside
from agents.io.redaction import beginning
from agents.io.spending_limits import Spent
from agents.llm import tracing
from agents.llm.chat import WordListener
from agents.llm.client import ModelAnswer, ModelRequest
from agents.llm.faults import Fault, ModelFault
from agents.llm.gateway import CallOutcome, ModelGateway
from agents.readings.production import Refusal
from agents.runtime.record_tools import Record, of_record
from agents.tools.port import MCP, AnyPort, Connections, Port, Unanswered

Asked = ParamSpec("Asked")
Value = TypeVar("Value", bound=BaseModel)


class LoggedEvent(Protocol):
    """A row of the transcript, as a duty sees it."""

    @property
    def ref(self) -> str: ...

    @property
    def at(self) -> datetime: ...

    @property
    def payload(self) -> Mapping[str, Any]: ...


class DutyLog(Protocol):
    """The transcript, as a duty sees it: written once per key; a second write returns the first row."""

    async def find(self, key: str) -> LoggedEvent | None: ...

    async def write(self, key: str, kind: str, payload: Mapping[str, Any], rows: Sequence[str] = ()) -> LoggedEvent: ...

    async def cited(self, ref: str) -> LoggedEvent | None:
        """The event of this run that a claim cites; None where there is none."""
        ...


@dataclass(frozen=True)
class Reading(Generic[Value]):
    """What a tool answered, and the transcript event to cite for it."""

    ref: str
    value: Value | None
    refusal: Refusal | None = None
    asked: str = ""
    """What was asked, in words: error lines of shop."""

    @property
    def said(self) -> str:
        """Why there is no value."""
        return self.refusal.said if self.refusal else ""


def digest(request: Mapping[str, Any]) -> str:
    """Name a request by its canonical form."""
    canonical = json.dumps(request, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


@dataclass
class DutyContext:
    """The tools, the model and the log of one duty occurrence."""

    occurrence: str
    """`<lane>/<node>#<visit>`: the same after a crash, after an answer and in a replay."""
    log: DutyLog
    clock: Clock
    connections: Connections
    model: ModelGateway | None = None
    spent_in_run: Callable[[], Spent] = Spent
    """By all duties of the run."""
    word_listener: Callable[[], WordListener | None] = lambda: None
    """Gives what receives the model's words as they come, where somebody watches; the log holds whole answers only."""
    role: str = ""
    """Whose duty it is: further tools are allowed role by role."""
    record: Record = tuple
    """Gives the run's own transcript so far, for the tools that look into it."""
    spent: Spent = field(default_factory=Spent)
    """By this duty."""
    readings: dict[str, Reading[Any]] = field(default_factory=dict[str, Reading[Any]])
    """What this duty's tools answered so far, by the event that holds it."""
    _asked: Counter[str] = field(default_factory=Counter[str])

    async def use(self, port: Port[Asked, Value], *args: Asked.args, **kwargs: Asked.kwargs) -> Reading[Value]:
        """Ask a reading port, or read back what it answered when this was asked before."""
        return await self.call(port, port.bind(*args, **kwargs))

    async def call(self, port: Port[..., Value], arguments: dict[str, Any]) -> Reading[Value]:
        """The same, with the arguments by name."""
        if port.acts:
            raise ValueError(f"{port.name} acts; a duty only reads. Propose it instead")
        request = {"tool": port.name, "arguments": arguments}
        key = self._key("tool", request)
        recorded = await self.log.find(f"{key}/result")
        if recorded is None:
            call = await self._begin(f"{key}/call", "tool_call", request)
            result = await self._ask_driver(call, port, arguments)
            recorded = await self.log.write(f"{key}/result", "tool_result", {**request, "call": call.ref, **result})
        reading = _reading(port, recorded)
        self.readings[reading.ref] = reading
        return reading

    async def ask(self, question: ModelRequest) -> ModelAnswer:
        """Ask the model, or read back what it answered when this was asked before. Raises ModelFault."""
        key = self._key("model", question.request())
        recorded = await self.log.find(f"{key}/answer") or await self._ask_anew(key, question)
        outcome = CallOutcome.model_validate(recorded.payload)
        self.spent += outcome.spent
        if outcome.breaker:
            await self.log.write(f"{key}/breaker", "breaker", {"state": outcome.breaker})
        if outcome.answer is None:
            assert outcome.fault is not None
            raise ModelFault(outcome.fault.kind, outcome.fault.said, outcome.fault.retry_after)
        return outcome.answer

    async def _ask_anew(self, key: str, question: ModelRequest) -> LoggedEvent:
        refused = self._refusal(key)
        if refused:
            outcome = CallOutcome(fault=refused)
        else:
            call = await self._begin(f"{key}/call", "model_call", question.shown())
            outcome = (await self._ask_model(call, question)).model_copy(update={"call": call.ref})
        return await self.log.write(f"{key}/answer", "model_answer", outcome.model_dump(mode="json"))

    async def _begin(self, key: str, kind: str, request: Mapping[str, Any]) -> LoggedEvent:
        """Write a call down before it is made. One that was cut off by a crash is made again, and shown as such."""
        if await self.log.find(key):
            return await self.log.write(f"{key}/again", kind, {**request, "again": "the first call was cut off"})
        return await self.log.write(key, kind, request)

    def _refusal(self, key: str) -> Fault | None:
        """Why the model is not asked at all."""
        return self._gateway.refusal(self.spent_in_run())

    async def _ask_model(self, call: LoggedEvent, question: ModelRequest) -> CallOutcome:
        return await outside(self.clock, self._gateway.ask(question, self.word_listener(), self._so_far))

    def _so_far(self) -> tuple[Spent, Spent]:
        return self.spent, self.spent_in_run()

    @property
    def _gateway(self) -> ModelGateway:
        if self.model is None:
            raise ValueError("no model is configured")
        return self.model

    async def degraded(self, why: str) -> None:
        """Write down that something cannot be done as planned, and why: a duty is done by the rules, not by a model."""
        await self.log.write(self._key("degraded", {"why": why}), "degraded", {"why": why})

    def _key(self, what: str, request: Mapping[str, Any]) -> str:
        name = f"{self.occurrence}/{what}/{digest(request)}"
        self._asked[name] += 1
        return f"{name}.{self._asked[name]}"

    async def _ask_driver(self, call: LoggedEvent, port: AnyPort, arguments: dict[str, Any]) -> dict[str, Any]:
        asked_of = str(arguments.get("service") or arguments.get("provider") or "")
        driver = of_record(port, self.record) or self.connections.driver(port, asked_of)
        try:
            if driver is None:
                raise Unanswered(Refusal(error="not connected", said=f"{port.name} of {asked_of}: not connected"))
            of_role = {"role": self.role} if port.system == MCP else {}
            with tracing.tool(port.name):
                value = await driver(**of_role, **arguments)
            return {"value": value.model_dump(mode="json")}
        except Unanswered as unanswered:
            return {"refusal": unanswered.refusal.model_dump()}
        except (OSError, ValueError) as error:
            said = f"{port.name} of {asked_of} with {arguments}: {type(error).__name__}: {error}"
            return {"refusal": Refusal(error="failed", said=beginning(said, 2000)).model_dump()}


def _reading(port: Port[..., Value], recorded: LoggedEvent) -> Reading[Value]:
    if "refusal" in recorded.payload:
        of = next((value for value in recorded.payload["arguments"].values() if isinstance(value, str)), "")
        asked = f"{port.name.replace('_', ' ')}{f' of {of}' if of else ''}"
        return Reading(recorded.ref, None, Refusal.model_validate(recorded.payload["refusal"]), asked)
    try:
        return Reading(recorded.ref, port.answer.model_validate(recorded.payload.get("value")))
    except ValidationError as error:
        said = f"{port.name} answered in a shape that was not expected: {error.error_count()} errors"
        return Reading(recorded.ref, None, Refusal(error="failed", said=said))
