"""Reception: takes in alerts, answers and what people say, and tells how the runs stand. On disk before it returns."""

import json
from collections.abc import AsyncIterator

from agents.io.redaction import cleaned
from graphs.intake.grouping import Grouping, drafted
from graphs.model.instructions import Instruction, Remark
from graphs.model.questions import HumanAnswer, Question, check_answer
from graphs.store.database import iso
from graphs.transcript.event import Event
from graphs.transcript.events import Author, Draft
from graphs.transcript.facts import Facts


class UnknownQuestion(LookupError):
    """The run has not asked that question, or no longer asks it."""


class AlreadyAnswered(Exception):
    """The question was answered before; the first answer stands."""

    def __init__(self, first: HumanAnswer) -> None:
        super().__init__(f"{first.by} answered {first.answer}")
        self.first = first


class Reception(Grouping):
    """What the doors speak to: alerts, answers, instructions in; the runs as they stand out."""

    def answer(self, run: str, question_id: str, answer: HumanAnswer) -> Event:
        """Take a person's answer, exactly once. Raises UnknownRun, UnknownQuestion, WrongAnswer, AlreadyAnswered."""
        self._known(run)
        row = self.deps.store.one("question", run=run, id=question_id)
        if row is None or row["withdrawn"]:
            raise UnknownQuestion(question_id)
        question = Question.model_validate(json.loads(row["question"]))
        if row["answer"]:
            raise AlreadyAnswered(HumanAnswer.model_validate_json(row["answer"]))
        if question.expires_at and question.expires_at <= self.deps.clock.now():
            raise UnknownQuestion(question_id)
        check_answer(question, answer)
        now, text = iso(self.deps.clock.now()), json.dumps(cleaned(answer.model_dump(mode="json")))
        payload = {"question": question_id, "answer": answer.model_dump(mode="json")}
        with self.deps.store.transaction():
            if not self.deps.store.write("answer_question", run=run, id=question_id, answer=text, answered_at=now):
                raise UnknownQuestion(question_id)
            draft = Draft(f"answer/{question_id}", "answer", payload, Author(row["lane"]))
            self.deps.transcripts.add(run, draft)
            self.deps.transcripts.add_wakeup(run, row["lane"], f"answer {question_id}", now)
        self.deps.transcripts.ring(run)
        event = self.deps.transcripts.find(run, f"answer/{question_id}")
        assert event is not None
        return event

    def instruct(self, run: str, instruction: Instruction) -> Event:
        """Take what a person tells a run unasked; its next wait takes it up. Raises UnknownRun, RunIsOver."""
        if instruction.kind == "scope":
            raise ValueError("a scope is told by the run's own looks; set the severity instead")
        self._open(run)
        if instruction.kind == "cancel":
            return self._end(run, instruction)
        return self._take_down(run, drafted(self.deps.facts(run), instruction))

    def remark(self, run: str, remark: Remark) -> Event:
        """Add a note to a run, put its acting on hold or let it go on. Raises UnknownRun, RunIsOver."""
        key = f"{remark.kind}/{self._open(run).seen + 1}"
        return self._take_down(run, Draft(key, remark.kind, remark.model_dump(mode="json"), Author("main")))

    def hold(self, held: bool, by: str) -> None:
        """Turn the one switch for all acting, in every run; it outlives the process, and every open run notes it."""
        if self.deps.held == held:
            return
        now, state = iso(self.deps.clock.now()), "held" if held else "free"
        text = "acting is on hold in every run" if held else "every run may act again"
        note = Remark(kind="note", by=by, text=text).model_dump(mode="json")
        with self.deps.store.transaction():
            self.deps.store.write("set_switch", name="acting", state=state, turned_by=by)
            runs = [row["id"] for row in self.deps.store.many("open_run_ids")]
            for run in runs:
                self.deps.transcripts.add(run, Draft(f"note/{state} {now}", "note", note, Author("main")))
                self.deps.transcripts.add_wakeup(run, "main", f"acting {state} {now}", now)
        for run in runs:
            self.deps.transcripts.ring(run)

    def runs(self, most: int = 100) -> list[Facts]:
        """The newest runs."""
        return [self.deps.facts(row["id"]) for row in self.deps.store.many("run_ids", most=most)]

    def transcript(self, run: str, after: int = 0) -> list[Event]:
        """A run's events. Raises UnknownRun."""
        self._known(run)
        return self.deps.transcripts.after(run, after)

    def follow(self, run: str, after: int = 0) -> AsyncIterator[Event]:
        """A run's events as they happen, until it is closed. Raises UnknownRun."""
        self._known(run)
        return self.deps.transcripts.follow(run, after)
