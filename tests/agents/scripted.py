"""A scripted model in the place of a real one, and a small duty to do with it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from agents.io.clock import Clock
from agents.io.settings import Settings
from agents.llm.chat import WordListener
from agents.llm.client import ModelAnswer, ModelRequest, ToolRequest
from agents.llm.faults import FaultKind, ModelFault
from agents.llm.gateway import HAND_IN, ModelGateway
from agents.reports.basis import Claim
from agents.reports.triage import Classification
from agents.runtime.briefing import Briefing, SeverityFloor
from agents.runtime.duty import Duty
from agents.runtime.duty_context import DutyContext
from agents.runtime.performing import perform
from agents.tools.ports import check_endpoints, golden_signals, usage
from tests.agents.conftest import MemoryLog

Line = ModelAnswer | ModelFault | Callable[[ModelRequest], ModelAnswer]


class Scripted:
    """Says its lines one after another; the last one again and again."""

    def __init__(self, *lines: Line, **settings: Any) -> None:
        self.settings = Settings.model_validate(settings)
        self.asked: list[ModelRequest] = []
        self._lines = list(lines)

    async def answer(self, question: ModelRequest, hear: WordListener | None = None) -> ModelAnswer:
        line = self._lines[min(len(self.asked), len(self._lines) - 1)]
        self.asked.append(question)
        if isinstance(line, ModelFault):
            raise line
        said = line(question) if callable(line) else line
        if hear:
            hear(said.text)
        return said

    def told(self) -> str:
        """The last thing it was told."""
        return str(self.asked[-1].messages[-1]["content"])


class Jumping:
    """A clock on which every sleep is over at once."""

    def __init__(self, start: datetime) -> None:
        self.time = start

    def now(self) -> datetime:
        return self.time

    async def sleep(self, duration: timedelta) -> None:
        self.time += duration


def fails(kind: FaultKind, retry_after: float | None = None) -> ModelFault:
    return ModelFault(kind, "as scripted", retry_after)


def asks(*wanted: tuple[str, dict[str, Any]], text: str = "", **spent: Any) -> ModelAnswer:
    requests = [ToolRequest(id=f"call_{n}", name=name, arguments=said) for n, (name, said) in enumerate(wanted)]
    return ModelAnswer(text=text, requests=requests, **spent)


def hands_in(severity: str = "P0", reasons: Sequence[Claim] = ()) -> ModelAnswer:
    report = {"summary": "Bad.", "severity": severity, "reasons": [reason.model_dump() for reason in reasons]}
    return asks((HAND_IN, report))


async def by_the_book(briefing: Briefing, context: DutyContext) -> Classification:
    await context.use(golden_signals, briefing.service)
    return Classification(summary="By the book.", severity="P1", reasons=[])


CLASSIFY = Duty(
    role="infrastructure_maintainer",
    name="classify",
    does="Classify.",
    tools=(usage, golden_signals, check_endpoints),
    report=Classification,
    rows=("S1.3",),
    without_model=by_the_book,
)


USAGE = asks(("usage", {"service": "checkout"}))
"""A call that can be done."""
Do = Callable[[Scripted], Awaitable[Classification]]


def doing(context: DutyContext, briefing: Briefing) -> Do:
    """Give what has the small duty done by a scripted model, the only duty of its run."""

    async def do(model: Scripted) -> Classification:
        give(context, model)
        context.spent_in_run = lambda: context.spent
        return await perform(CLASSIFY, at_floor(briefing), context)

    return do


def at_floor(briefing: Briefing) -> Briefing:
    """The briefing with the highest floor, above which no severity needs a reason."""
    return briefing.model_copy(update={"floor": SeverityFloor(severity="P0", reasons=[])})


def by(log: MemoryLog) -> str:
    """Who did the duty."""
    return log.of_kind("duty_finished")[0]["by"]


def degraded(log: MemoryLog) -> str:
    """What could not be done as planned, first."""
    return log.of_kind("degraded")[0]["why"]


def give(context: DutyContext, model: Scripted, clock: Clock | None = None) -> Scripted:
    """Give a duty's context a model."""
    context.model = ModelGateway(model, clock or context.clock)
    return model
