"""The model gateway: every model call goes through it. It enforces the spending limits and has the circuit breaker."""

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

FAILURES_BEFORE_REST = 5
"""In a row, of the endpoint, until the model is left alone."""
REST = timedelta(minutes=5)
LONGEST_WAIT = 30.0
"""Seconds: where the endpoint asks to wait longer than this, it is left alone at once."""


class Health(BaseModel):
    """An endpoint's state of health."""

    failures: int = 0
    """In a row, of the endpoint."""
    rests_until: datetime | None = None


class Shared(Protocol):
    """Where several processes keep what each of them must know of the model."""

    def health(self) -> Health: ...

    def keep_health(self, health: Health) -> None: ...


class Breaker:
    """One model endpoint's state of health, for a whole process, or for all that share it."""

    def __init__(self, clock: Clock, shared: Shared | None = None) -> None:
        self._clock = clock
        self._shared = shared
        self._failures = 0
        self._rests_until: datetime | None = None
        self._trial_under_way = False

    def _look(self) -> None:
        """Learn what other processes have learnt."""
        if self._shared:
            health = self._shared.health()
            self._failures, self._rests_until = health.failures, health.rests_until

    def _tell(self, before: tuple[int, datetime | None]) -> None:
        """Let other processes know what has changed."""
        if self._shared and before != (self._failures, self._rests_until):
            self._shared.keep_health(Health(failures=self._failures, rests_until=self._rests_until))

    def refusal(self) -> str:
        """Why the model is not asked now; empty where it may be. After its rest one call may try it."""
        self._look()
        if self._rests_until is None:
            return ""
        if self._trial_under_way or self._clock.now() < self._rests_until:
            return f"the model failed {self._failures} times in a row and rests until {self._rests_until:%H:%M:%S} UTC"
        self._trial_under_way = True
        return ""

    def take_in(self, fault: Fault | None) -> str:
        """Learn how a call went; says what changed, empty where nothing did."""
        self._trial_under_way = False
        self._look()
        before = self._failures, self._rests_until
        changed = self._learn(fault)
        self._tell(before)
        return changed

    def _learn(self, fault: Fault | None) -> str:
        if fault is None or not fault.is_of_the_endpoint:
            was_resting = self._rests_until is not None
            self._failures, self._rests_until = 0, None
            return "closed: the model answers again" if was_resting else ""
        self._failures += 1
        wait = fault.retry_after or 0.0
        if self._failures < FAILURES_BEFORE_REST and wait <= LONGEST_WAIT:
            return ""
        self._rests_until = self._clock.now() + max(REST, timedelta(seconds=min(wait, 86_400)))
        return (
            f"open: {self._failures} failures in a row, the last one {fault.kind}; "
            f"the model is tried again after {self._rests_until:%H:%M:%S} UTC"
        )

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
