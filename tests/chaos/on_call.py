"""The person on call, who comes back after a restart and knows what was asked before."""

import asyncio
import json
from datetime import datetime, timedelta

from evals.playing.play import PersonOnCall
from evals.scenarios.scenario import OnCall
from graphs.intake.incident_service import IncidentService
from graphs.model.questions import HumanAnswer, Question
from graphs.runtime.questions import AlreadyAnswered, UnknownQuestion

ASKED = "SELECT at, payload FROM events WHERE run = ? AND kind = 'question' ORDER BY seq"
LAST = "SELECT MAX(seq) AS seq, MAX(event_key = 'closed') AS closed FROM events WHERE run = ?"


class BackOnCall(PersonOnCall):
    """Answers after the scenario's minutes, counted from the question and not from the restart."""

    def __init__(self, rules: list[OnCall], incidents: IncidentService) -> None:
        super().__init__(rules, incidents)
        self._room = incidents.deps

    async def attend(self, run: str) -> None:
        """Follow a run to its end; what was asked before is answered where nobody has."""
        last = self._room.store.database.connection.execute(LAST, (run,)).fetchone()
        asked = self._room.store.database.connection.execute(ASKED, (run,)).fetchall()
        answering = [self._begin(run, datetime.fromisoformat(row["at"]), json.loads(row["payload"])) for row in asked]
        if not last["closed"]:
            async for event in self._incidents.follow(run, last["seq"]):
                if event.kind == "question":  # answered as it comes, not when the run has ended
                    answering += [self._begin(run, event.at, event.payload)]
        for task in answering:
            task.cancel()

    def _begin(self, run: str, at: datetime, payload: dict[str, object]) -> asyncio.Task[None]:
        question = Question.model_validate(payload["question"])
        return asyncio.create_task(self._say(run, at, question, self._rule_for(question)))

    async def _say(self, run: str, at: datetime, question: Question, rule: OnCall | None) -> None:
        if rule is None or rule.answer == "silent":
            return
        due = at + timedelta(minutes=rule.after_minutes)
        await self._room.clock.sleep(due - self._room.clock.now())
        said = rule.model_dump(include={"cause", "component", "amount", "comment"})
        try:
            self._incidents.answer(run, question.id, HumanAnswer(answer=rule.answer, by="on-call", **said))
        except (AlreadyAnswered, UnknownQuestion):
            return  # it was answered in an earlier life, or has expired
