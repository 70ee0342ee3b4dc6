"""Asking: a run's questions put to whoever sits at the terminal, while a scaled clock takes its time."""

import asyncio
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from agents.io.clock import RealClock
from agents.io.outside_text import sanitize
from graphs.intake.incident_service import IncidentService
from graphs.model.questions import HumanAnswer, Question, WrongAnswer, edited_parameters, typed_parameters
from graphs.runtime.questions import AlreadyAnswered, QuestionWithdrawn, UnknownQuestion
from graphs.transcript.event import Event


class PausableClock:
    """Runs `speed` times as fast as the wall clock, and as fast as it while somebody thinks."""

    def __init__(self, speed: float) -> None:
        self._wall = RealClock()
        self._speed = self._pace = speed
        self._at = self._since = self._wall.now()
        self._changed = asyncio.Event()

    def now(self) -> datetime:
        return self._at + (self._wall.now() - self._since) * self._pace

    def take_time(self, patient: bool) -> None:
        """Go at the wall clock's pace, or at full speed again."""
        self._at, self._since = self.now(), self._wall.now()
        self._pace = min(1.0, self._speed) if patient else self._speed
        self._changed.set()
        self._changed = asyncio.Event()

    async def sleep(self, duration: timedelta) -> None:
        due = self.now() + duration
        await asyncio.sleep(0)
        while (left := (due - self.now()).total_seconds() / self._pace) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)


YOU = "you"
HOW = {
    "approval": "approve or refuse, and why if you like, or edit NAME=VALUE: ",
    "outcome": "done or not done, and how you know if you like: ",
    "direction": "look again, act NUMBER, handled, over, or cause: CAUSE of COMPONENT: ",
    "revenue limit": "the amount: ",
    "fault": "try again: ",
}
"""What may be typed, by the kind of question."""


class Unclear(ValueError):
    """What was typed answers nothing."""


def understood(question: Question, typed: str) -> HumanAnswer:
    """Make an answer of what was typed, to exactly what was shown. Raises Unclear, which says what may be typed."""
    answer = _said(question, typed)
    return answer if answer.answer == "act" else answer.model_copy(update={"digest": question.digest})


def _said(question: Question, typed: str) -> HumanAnswer:
    first, _, rest = typed.strip().partition(" ")
    try:
        match question.kind:
            case "approval" if first.lower() in ("a", "approve", "y", "yes"):
                return HumanAnswer(answer="approve", by=YOU, comment=rest)
            case "approval" if first.lower() in ("r", "refuse", "n", "no"):
                return HumanAnswer(answer="refuse", by=YOU, comment=rest)
            case "approval" if first.lower() == "edit":
                return HumanAnswer(
                    answer="edit", by=YOU, parameters=edited_parameters(question, typed_parameters(rest.split()))
                )
            case "outcome":
                return _outcome(typed.strip())
            case "direction":
                return _direction(question, typed.strip())
            case "fault" if typed.strip().lower() == "try again":
                return HumanAnswer(answer="try again", by=YOU)
            case "revenue limit":
                return HumanAnswer(answer="amount", by=YOU, amount=float(first))
            case _:
                raise Unclear
    except ValueError as error:
        raise Unclear(f"That is no answer. Type {HOW[question.kind].rstrip(': ')}.") from error


def _outcome(typed: str) -> HumanAnswer:
    first, _, comment = typed.partition(" ")
    if first.lower() in ("y", "yes", "n", "no"):
        return HumanAnswer(answer="done" if first.lower() in ("y", "yes") else "not done", by=YOU, comment=comment)
    if typed.lower().startswith("not done"):
        return HumanAnswer(answer="not done", by=YOU, comment=typed[len("not done") :].strip())
    if typed.lower().startswith("done"):
        return HumanAnswer(answer="done", by=YOU, comment=typed[len("done") :].strip())
    raise Unclear


def _direction(question: Question, typed: str) -> HumanAnswer:
    if typed.lower().startswith("look"):
        return HumanAnswer(answer="look again", by=YOU)
    if typed.lower().startswith("handled"):
        return HumanAnswer(answer="handled", by=YOU, comment=typed.partition(" ")[2])
    if typed.lower().startswith("over"):
        return HumanAnswer(answer="over", by=YOU, comment=typed.partition(" ")[2])
    if typed.lower().startswith("act"):
        number, _, comment = typed[len("act") :].strip().partition(" ")
        chosen = question.acts[int(number) - 1 : int(number)] if number.isdecimal() else []
        if not chosen:
            raise Unclear
        return HumanAnswer(answer="act", by=YOU, comment=comment, digest=chosen[0].digest)
    named, _, component = typed.removeprefix("cause").lstrip(": ").partition(" of ")
    return HumanAnswer.model_validate(
        {"answer": "cause", "by": YOU, "cause": named.strip().lower(), "component": component.strip()}
    )


class Terminal:
    """Reads answers line by line, while the run goes on; an answer over HTTP is as good."""

    def __init__(self, incidents: IncidentService, clock: PausableClock, say: Callable[[str], None]) -> None:
        self._incidents = incidents
        self._clock = clock
        self._say = say
        self._open: dict[str, Question] = {}
        self._over = False
        """Nobody will type anything more."""

    def begin(self, run: str) -> None:
        """Begin to read; a thread of its own, that keeps nobody from leaving."""
        loop = asyncio.get_running_loop()

        def read() -> None:
            for typed in sys.stdin:
                loop.call_soon_threadsafe(self._typed, run, sanitize(typed))
            loop.call_soon_threadsafe(self._end)

        threading.Thread(target=read, daemon=True).start()

    def hear(self, event: Event) -> None:
        """Take note of what a run asks, and of what is settled."""
        if event.kind == "question":
            question = Question.model_validate(event.payload["question"])
            self._open[question.id] = question
            self._prompt()
        if event.kind in ("answer", "withdrawn"):
            self._open.pop(event.payload["question"], None)
        self._clock.take_time(bool(self._open) and not self._over)

    def _prompt(self) -> None:
        for question in [*self._open.values()][:1]:
            for number, act in enumerate(question.acts, 1):
                self._say(f"            act {number}: {act.text}")
            self._say(f"          > {HOW[question.kind]}")

    def _typed(self, run: str, typed: str) -> None:
        for question in [*self._open.values()][:1]:
            try:
                self._incidents.answer(run, question.id, understood(question, typed))
            except (Unclear, WrongAnswer) as unclear:
                self._say(f"          {unclear}")
                self._prompt()
            except QuestionWithdrawn as withdrawn:
                self._say(f"          This was not taken, because the question is no longer asked: {withdrawn}.")
            except (AlreadyAnswered, UnknownQuestion):
                return  # it was settled while this was typed

    def _end(self) -> None:
        self._over = True
        self._clock.take_time(False)
        self._say("Nobody types here any more; answers are taken over HTTP.")
