"""The model gateway: every model call goes through it. It enforces the spending limits and has the circuit breaker."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any, Protocol

from pydantic import BaseModel

from agents.io.clock import Clock
from agents.io.spending_limits import Limits, Spent
from agents.llm import tracing
from agents.llm.chat import WordListener
from agents.llm.client import ChatModel, ModelAnswer, ModelRequest
from agents.llm.faults import Fault, ModelFault, Usage
from agents.llm.health import Health, HealthRecord, reason

FAILURES_BEFORE_REST = 5
"""In a row, of the endpoint, until the model is left alone."""
REFUSALS_BEFORE_REST = 3
"""In a row, with the same words, of requests that differ: the next one will not pass either."""
REST = timedelta(minutes=5)
LONGEST_WAIT = 30.0
"""Seconds: where the endpoint asks to wait longer than this, it is left alone at once."""


class BreakerState(BaseModel):
    """What a breaker has learnt of its endpoint."""

    failures: int = 0
    """In a row, of the endpoint."""
    refusals: int = 0
    """In a row, with the same words."""
    refused_with: str = ""
    rests_until: datetime | None = None


class Shared(Protocol):
    """Where several processes keep what each of them must know of the model."""

    def breaker(self) -> BreakerState: ...

    def keep_breaker(self, state: BreakerState) -> None: ...


class Breaker:
    """Leaves a failing model endpoint alone for a while, for a whole process, or for all that share its state."""

    def __init__(self, clock: Clock, shared: Shared | None = None) -> None:
        self._clock = clock
        self._shared = shared
        self._state = BreakerState()
        self._trial_under_way = False

    def _look(self) -> None:
        """Learn what other processes have learnt."""
        if self._shared:
            self._state = self._shared.breaker()

    def refusal(self) -> str:
        """Why the model is not asked now; empty where it may be. After its rest one call may try it."""
        self._look()
        if resting := self.resting:
            return resting
        self._trial_under_way = self._state.rests_until is not None
        return ""

    @property
    def resting(self) -> str:
        """Why the model is not asked at present; empty where it may be."""
        failures, rests_until = self._state.failures, self._state.rests_until
        if rests_until is None or not (self._trial_under_way or self._clock.now() < rests_until):
            return ""
        return f"the model failed {failures} times in a row and rests until {rests_until:%H:%M:%S} UTC"

    def take_in(self, fault: Fault | None) -> str:
        """Learn how a call went; says what changed, empty where nothing did."""
        self._trial_under_way = False
        self._look()
        before = self._state.model_copy()
        changed = self._learn(fault)
        if self._shared and before != self._state:
            self._shared.keep_breaker(self._state)
        return changed

    def _learn(self, fault: Fault | None) -> str:
        if fault is None or not (fault.is_of_the_endpoint or fault.is_refused_request):
            was_resting = self._state.rests_until is not None
            self._state.failures, self._state.refusals, self._state.rests_until = 0, 0, None
            return "closed: the model answers again" if was_resting else ""
        self._state.failures += 1
        self._count_refusal(fault)
        wait = fault.retry_after or 0.0
        is_tried_on = self._state.failures < FAILURES_BEFORE_REST and self._state.refusals < REFUSALS_BEFORE_REST
        if is_tried_on and wait <= LONGEST_WAIT:
            return ""
        rests_until = self._clock.now() + max(REST, timedelta(seconds=min(wait, 86_400)))
        self._state.rests_until = rests_until
        last = reason(fault) if fault.is_refused_request else fault.kind
        return (
            f"open: {self._state.failures} failures in a row, the last one {last}; "
            f"the model is tried again after {rests_until:%H:%M:%S} UTC"
        )

    def _count_refusal(self, fault: Fault) -> None:
        """Count how often the same refusal came in a row, whatever numbers and ids stand in it."""
        words = re.sub(r"[\w-]*\d[\w-]*", "", fault.said) if fault.is_refused_request else ""
        is_the_same = words == self._state.refused_with
        self._state.refusals = (self._state.refusals + 1 if is_the_same else 1) if words else 0
        self._state.refused_with = words

    def give_up_trial(self) -> None:
        """The trial ended without telling anything."""
        self._trial_under_way = False


HAND_IN = "hand_in"
"""The tool by which the model hands in its report."""
Outcomes = Callable[[datetime], Iterable[Mapping[str, Any]]]
SoFar = Callable[[], tuple[Spent, Spent]]
"""What the duty and the run have spent by now."""


class CallOutcome(BaseModel):
    """How a question went: all that may differ from one time to the next. The transcript keeps it."""

    call: str = ""
    """The ref of the call; empty where none was made."""
    answer: ModelAnswer | None = None
    fault: Fault | None = None
    seconds: float = 0.0
    breaker: str = ""
    """What changed about the circuit breaker with it."""
    wasted: Usage = Usage()
    """What a call took that brought no answer."""

    @property
    def usage(self) -> Usage:
        """What the call took."""
        return self.answer or self.wasted

    @property
    def spent(self) -> Spent:
        """What it cost."""
        if self.fault is not None and self.fault.kind in ("limit reached", "resting"):
            return Spent()
        tokens = self.usage.tokens_in + self.usage.tokens_out
        requests = self.answer.requests if self.answer else []
        return Spent(
            model_calls=1,
            tool_calls=sum(request.name != HAND_IN for request in requests),
            tokens=tokens,
            tokens_estimated=tokens if self.usage.estimated else 0,
            tokens_cached=self.usage.cached,
            money=self.usage.cost or 0.0,
            seconds=self.seconds,
        )

    def cut(self, left: int, limit: str) -> "CallOutcome":
        """The same without the tool calls beyond so many that are left, and without any report but the first."""
        if self.answer is None:
            return self
        tools = [request for request in self.answer.requests if request.name != HAND_IN]
        reports = [request for request in self.answer.requests if request.name == HAND_IN]
        kept = {id(request) for request in [*tools[:left], *reports[:1]]}
        refused = len(tools) - len(tools[:left])
        changed = {
            "requests": [request for request in self.answer.requests if id(request) in kept],
            "refused": self.answer.refused + refused,
            "refusal": limit if refused else self.answer.refusal,
        }
        return self.model_copy(update={"answer": self.answer.model_copy(update=changed)})


class ModelGateway:
    """The model of a process, its circuit breaker, and what was spent today."""

    def __init__(
        self, model: ChatModel, clock: Clock, outcomes: Outcomes = lambda _: (), shared: Shared | None = None
    ) -> None:
        """`outcomes`: those since a time. Where the model is shared, each look gives those that were not given before,
        and what is asked here is among them.
        """
        self.settings = model.settings
        self._model = model
        self._clock = clock
        self._outcomes = outcomes
        self._breaker = Breaker(clock, shared)
        self._is_shared = shared is not None
        self._today: tuple[date, Spent] | None = None
        self._record = HealthRecord(self.settings)

    @property
    def health(self) -> Health:
        """How the model is, and who has done the duties so far."""
        return self._record.told(self._breaker.resting)

    def count_duty(self, role: str, duty: str, is_by_model: bool) -> None:
        """Count a duty that was done, with a model at hand."""
        self._record.count_duty(role, duty, is_by_model)

    def refusal(self, spent_in_run: Spent) -> Fault | None:
        """Why the model must not be asked now, for reasons beyond the duty."""
        for limits, spent, words in self._beyond_the_duty(spent_in_run):
            if reached := limits.reached(spent):
                return Fault(kind="limit reached", said=f"{reached} {words}")
        resting = self._breaker.refusal()
        return Fault(kind="resting", said=resting) if resting else None

    async def ask(
        self, question: ModelRequest, hear: WordListener | None = None, so_far: SoFar = lambda: (Spent(), Spent())
    ) -> CallOutcome:
        """Ask the model; whatever goes wrong is part of the outcome, and what goes beyond a limit is not."""
        begun = monotonic()
        answer = fault = None
        wasted = Usage()
        try:
            with tracing.chat(self.settings.model_named(question.strength)) as span:
                try:
                    answer = await self._model.answer(question, hear)
                    tracing.answered(span, answer)
                except ModelFault as failed:
                    fault, wasted = failed.fault, failed.usage
                    tracing.failed(span, fault.kind)
        finally:
            self._breaker.give_up_trial()
        changed = self._breaker.take_in(fault)
        self._record.count_call(fault, question.strength, answer.changes if answer else [])
        seconds = round(monotonic() - begun, 3)
        outcome = CallOutcome(answer=answer, fault=fault, seconds=seconds, breaker=changed, wasted=wasted)
        outcome = self._within_limits(outcome, *so_far())
        if not self._is_shared:
            self._today = self._clock.now().date(), self.spent_today() + outcome.spent
        return outcome

    def _beyond_the_duty(self, spent_in_run: Spent) -> tuple[tuple[Limits, Spent, str], ...]:
        return (
            (self.settings.limits_per_run, spent_in_run, "in this run"),
            (self.settings.limits_per_day, self.spent_today(), "today"),
        )

    def _within_limits(self, outcome: CallOutcome, in_duty: Spent, in_run: Spent) -> CallOutcome:
        """The tool calls of an answer as far as they may be done: none where the answer itself reaches a limit."""
        cost = outcome.cut(0, "").spent
        accounts = ((self.settings.limits_per_duty, in_duty, "in this duty"), *self._beyond_the_duty(in_run))
        for limits, spent, words in accounts:
            left, limit = limits.left_of(spent + cost)
            if left is not None:
                outcome = outcome.cut(left, f"{limit} {words}")
        return outcome

    def spent_today(self) -> Spent:
        """What all runs have spent since midnight UTC, restarts included."""
        now = self._clock.now()
        is_new_day = self._today is None or self._today[0] != now.date()
        if is_new_day or self._is_shared:
            midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
            known = (CallOutcome.model_validate(kept).spent for kept in self._outcomes(midnight))
            before = Spent() if is_new_day or self._today is None else self._today[1]
            self._today = now.date(), sum(known, before)
        assert self._today
        return self._today[1]
