"""A scripted model in the place of a real one, and a small duty to do with it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from agents.briefing import Briefing
from agents.clock import Clock
from agents.desk import Desk
from agents.duty import Duty
from agents.model import Answer, Ear, ModelFault, Question, ToolRequest
from agents.model_faults import FaultKind
from agents.reports import Claim, Classification
from agents.settings import Settings
from agents.switchboard import HAND_IN, Switchboard
from agents.tools.endpoints import check_endpoints
from agents.tools.metrics import golden_signals
from agents.tools.users import usage

Line = Answer | ModelFault | Callable[[Question], Answer]


class Scripted:
    """Says its lines one after another; the last one again and again."""

    def __init__(self, *lines: Line, **settings: Any) -> None:
        self.settings = Settings.model_validate(settings)
        self.asked: list[Question] = []
        self._lines = list(lines)

    async def answer(self, question: Question, hear: Ear | None = None) -> Answer:
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


def asks(*wanted: tuple[str, dict[str, Any]], text: str = "", **spent: Any) -> Answer:
    requests = [ToolRequest(id=f"call_{n}", name=name, arguments=said) for n, (name, said) in enumerate(wanted)]
    return Answer(text=text, requests=requests, **spent)


def hands_in(severity: str = "P0", reasons: Sequence[Claim] = ()) -> Answer:
    report = {"summary": "Bad.", "severity": severity, "reasons": [reason.model_dump() for reason in reasons]}
    return asks((HAND_IN, report))


async def by_the_book(case: Briefing, desk: Desk) -> Classification:
    await desk.use(golden_signals, case.service)
    return Classification(summary="By the book.", severity="P1", reasons=[])


CLASSIFY = Duty(
    role="infrastructure_maintainer",
    name="classify",
    tools=(usage, golden_signals, check_endpoints),
    report=Classification,
    rows=("S1.3",),
    body=by_the_book,
)


def give(desk: Desk, model: Scripted, clock: Clock | None = None) -> Scripted:
    """Put a model at a desk."""
    desk.model = Switchboard(model, clock or desk.clock)
    return model
