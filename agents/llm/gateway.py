"""The switchboard: the one way of a process to its model. It knows what may be spent and whether the model is well."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from time import monotonic
from typing import Any

from pydantic import BaseModel

from agents.io.clock import Clock
from agents.io.spending_limits import Spent
from agents.llm import tracing
from agents.llm.breaker import Breaker
from agents.llm.client import ChatModel, ModelAnswer, ModelRequest, WordListener
from agents.llm.faults import Fault, ModelFault

HAND_IN = "hand_in"
"""The tool by which the model hands in its report."""
Outcomes = Callable[[datetime], Iterable[Mapping[str, Any]]]


class CallOutcome(BaseModel):
    """How a question went: all that may differ from one time to the next. The transcript keeps it."""

    call: str = ""
    """The ref of the call; empty where none was made."""
    answer: ModelAnswer | None = None
    fault: Fault | None = None
    seconds: float = 0.0
    breaker: str = ""
    """What changed about the circuit breaker with it."""

    @property
    def spent(self) -> Spent:
        """What it cost."""
        if self.fault is not None and self.fault.kind in ("limit reached", "resting"):
            return Spent()
        said = self.answer or ModelAnswer()
        return Spent(
            model_calls=1,
            tool_calls=sum(request.name != HAND_IN for request in said.requests),
            tokens=said.tokens_in + said.tokens_out,
            money=said.cost or 0.0,
            seconds=self.seconds,
        )


class ModelGateway:
    """The model of a process, its circuit breaker, and what was spent today."""

    def __init__(self, model: ChatModel, clock: Clock, outcomes: Outcomes = lambda _: ()) -> None:
        self.settings = model.settings
        self._model = model
        self._clock = clock
        self._outcomes = outcomes
        self._breaker = Breaker(clock)
        self._today: tuple[date, Spent] | None = None

    def refusal(self, spent_in_run: Spent) -> Fault | None:
        """Why the model must not be asked now, for reasons beyond the duty."""
        for limits, spent, words in (
            (self.settings.limits_per_run, spent_in_run, "in this run"),
            (self.settings.limits_per_day, self.spent_today(), "today"),
        ):
            if reached := limits.reached(spent):
                return Fault(kind="limit reached", said=f"{reached} {words}")
        resting = self._breaker.refusal()
        return Fault(kind="resting", said=resting) if resting else None

    async def ask(self, question: ModelRequest, hear: WordListener | None = None) -> CallOutcome:
        """Ask the model; whatever goes wrong is part of the outcome."""
        begun = monotonic()
        answer = fault = None
        try:
            with tracing.chat(self.settings.model_named(question.strength)) as span:
                try:
                    answer = await self._model.answer(question, hear)
                    tracing.answered(span, answer)
                except ModelFault as failed:
                    fault = failed.fault
                    tracing.failed(span, fault.kind)
        finally:
            self._breaker.give_up_trial()
        changed = self._breaker.take_in(fault)
        outcome = CallOutcome(answer=answer, fault=fault, seconds=round(monotonic() - begun, 3), breaker=changed)
        self._today = self._clock.now().date(), self.spent_today() + outcome.spent
        return outcome

    def spent_today(self) -> Spent:
        """What this process's runs have spent since midnight UTC, restarts included."""
        now = self._clock.now()
        if self._today is None or self._today[0] != now.date():
            midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
            known = (CallOutcome.model_validate(kept).spent for kept in self._outcomes(midnight))
            self._today = now.date(), sum(known, Spent())
        return self._today[1]
