"""Questions to people with their answers, and the switch by which people hold all changes to production."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphs.store.database import Database, iso, time_or_none


@dataclass(frozen=True)
class NewQuestion:
    """A question to be added, once per run and id."""

    run: str
    id: str
    lane: str
    """The workflow that asks it."""
    asked_at: datetime
    question_json: str


@dataclass(frozen=True)
class QuestionRow:
    """A question, and what became of it."""

    run: str
    id: str
    lane: str
    """The workflow that asks it."""
    asked_at: datetime
    question_json: str
    answer: dict[str, Any] | None
    """As JSON; None: nobody has answered it yet."""
    withdrawn: bool
    """It needs no answer any more."""


@dataclass(frozen=True)
class WaitingQuestions:
    """How many questions wait for a person, and since when the oldest does."""

    number: int
    oldest: datetime | None


@dataclass(frozen=True)
class SwitchRow:
    """A switch that holds for all runs."""

    state: str
    turned_by: str


class QuestionRepository:
    """The questions of all runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, question: NewQuestion) -> None:
        """Add a question, once per run and id."""
        names = {"run": question.run, "id": question.id, "lane": question.lane}
        asked_at, text = iso(question.asked_at), question.question_json
        self._database.write_later("add_question", **names, asked_at=asked_at, question=text)

    def find(self, run: str, question: str) -> QuestionRow | None:
        """Find a question of a run by its id."""
        row = self._database.one("question", run=run, id=question)
        if row is None:
            return None
        return QuestionRow(
            run=row["run"],
            id=row["id"],
            lane=row["lane"],
            asked_at=datetime.fromisoformat(row["asked_at"]),
            question_json=row["question"],
            answer=json.loads(row["answer"]) if row["answer"] else None,
            withdrawn=bool(row["withdrawn"]),
        )

    def answer(self, run: str, question: str, answer: dict[str, Any], answered_at: datetime) -> bool:
        """Write an answer down; gives whether the question still waited for one."""
        text, names = json.dumps(answer), {"run": run, "id": question}
        return self._database.write("answer_question", **names, answer=text, answered_at=iso(answered_at)) > 0

    def withdraw(self, run: str, question: str) -> bool:
        """Withdraw a question; gives whether it was unanswered."""
        return self._database.write("withdraw_question", run=run, id=question) > 0

    def waiting(self) -> WaitingQuestions:
        """Count the questions of open runs that wait for a person."""
        row = self._database.one("waiting_questions")
        return WaitingQuestions(row["questions"], time_or_none(row["oldest"])) if row else WaitingQuestions(0, None)

    def runs_that_ask(self, most: int) -> list[str]:
        """The newest open runs in which a question waits for a person."""
        return [row["run"] for row in self._database.many("runs_that_ask", most=most)]

    def delete_of_run(self, run: str) -> None:
        """Delete the questions of a run."""
        self._database.write("delete_questions", run=run)


class SwitchRepository:
    """The switches that hold for all runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, name: str) -> SwitchRow | None:
        """Find how a switch stands, and who turned it last; None: nobody ever has."""
        row = self._database.one("switch", name=name)
        return SwitchRow(row["state"], row["turned_by"]) if row else None

    def turn(self, name: str, state: str, turned_by: str) -> None:
        """Turn a switch."""
        self._database.write("set_switch", name=name, state=state, turned_by=turned_by)
