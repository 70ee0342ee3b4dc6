"""Questions to people: asked once, answered once, withdrawn where nobody has to answer them any more."""

from dataclasses import dataclass

from agents.io.clock import Clock
from agents.io.redaction import cleaned, written
from graphs.model.questions import EXPIRED, HumanAnswer, Question, check_answer
from graphs.store.questions import NewQuestion
from graphs.store.store import Store
from graphs.transcript.event import Event
from graphs.transcript.events import Author, Draft, Transcripts


class UnknownQuestion(LookupError):
    """The run has not asked that question, or no longer asks it."""


class QuestionWithdrawn(UnknownQuestion):
    """The question was withdrawn, for the reason given."""


class AlreadyAnswered(Exception):
    """The question was answered before; the first answer stands."""

    def __init__(self, first: HumanAnswer) -> None:
        super().__init__(f"{first.by} answered {first.answer}")
        self.first = first


@dataclass(frozen=True)
class AskedQuestion:
    """A question, and what became of it."""

    question: Question
    lane: str
    """The workflow that asks it."""
    answer: HumanAnswer | None
    """None: nobody has answered it yet."""
    withdrawn: bool
    """It needs no answer any more."""


class Questions:
    """The questions of all runs."""

    def __init__(self, store: Store, transcripts: Transcripts, clock: Clock) -> None:
        self._store = store
        self._transcripts = transcripts
        self._clock = clock

    def ask(self, run: str, lane: str, question: Question) -> None:
        """Ask people something, once: as a row that can be answered and as an event."""
        key = f"question/{question.id}"
        existing = self._transcripts.find(run, key)
        if existing and existing.is_readable:
            return
        asked = question.model_dump(mode="json")
        with self._store.transaction(run):
            self._store.questions.add(NewQuestion(run, question.id, lane, self._clock.now(), written(asked)))
            self._transcripts.add(run, Draft(key, "question", {"question": asked}, Author(lane)))
        self._transcripts.notify_followers(run)

    def find(self, run: str, question_id: str) -> AskedQuestion:
        """Find a question, and what became of it. Raises UnknownQuestion."""
        row = self._store.questions.find(run, question_id)
        if row is None:
            raise UnknownQuestion(question_id)
        answer = HumanAnswer.model_validate(row.answer) if row.answer else None
        return AskedQuestion(Question.model_validate_json(row.question_json), row.lane, answer, row.withdrawn)

    def answer(self, run: str, question_id: str, answer: HumanAnswer, name_is_proven: bool = False) -> Event:
        """Take a person's answer, exactly once. Raises UnknownQuestion, WrongAnswer, AlreadyAnswered."""
        asked, now = self.find(run, question_id), self._clock.now()
        if asked.withdrawn:
            raise self._no_longer_asked(run, question_id)
        if asked.answer:
            raise AlreadyAnswered(asked.answer)
        if asked.question.expires_at and asked.question.expires_at <= now:
            raise UnknownQuestion(question_id)
        check_answer(asked.question, answer, name_is_proven)
        plain = answer.model_dump(mode="json")
        draft = Draft(f"answer/{question_id}", "answer", {"question": question_id, "answer": plain}, Author(asked.lane))
        with self._store.transaction(run):
            if not self._store.questions.answer(run, question_id, cleaned(plain), now):
                raise self._too_late(run, question_id)
            event = self._transcripts.add(run, draft)
            self._transcripts.add_wakeup(run, asked.lane, f"answer {question_id}", now)
        self._transcripts.notify_followers(run)
        return event

    def _too_late(self, run: str, question_id: str) -> Exception:
        """Why an answer is not taken that another process was quicker than."""
        first = self.find(run, question_id).answer
        return AlreadyAnswered(first) if first else self._no_longer_asked(run, question_id)

    def withdraw(self, run: str, question_id: str, why: str) -> None:
        """Withdraw a question. Where an answer was taken that is not followed now, the event says whose it was."""
        with self._store.transaction(run):
            if self._store.questions.withdraw(run, question_id):
                self._transcripts.write(run, _withdrawal(question_id, why))
            elif (row := self._store.questions.find(run, question_id)) and row.answer:
                first = HumanAnswer.model_validate(row.answer)
                unheeded = f"{first.by} had answered {first.answer}, and before it was carried out {why}"
                self._transcripts.write(run, _withdrawal(question_id, unheeded))
        self._transcripts.notify_followers(run)

    def _no_longer_asked(self, run: str, question_id: str) -> UnknownQuestion:
        event = self._transcripts.find(run, f"withdrawn/{question_id}")
        why = str(event.payload["why"]) if event and event.is_readable else EXPIRED
        return UnknownQuestion(question_id) if why == EXPIRED else QuestionWithdrawn(why)


def _withdrawal(question_id: str, why: str) -> Draft:
    return Draft(f"withdrawn/{question_id}", "withdrawn", {"question": question_id, "why": why}, Author("main"))
