"""Reception: takes in alerts, answers and what people say, and tells how the runs stand. On disk before it returns."""

import hashlib
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import NamedTuple

from agents.briefing import Alert
from agents.redaction import cleaned
from graphs.facts import Facts
from graphs.instructions import Instruction, Remark
from graphs.questions import HumanAnswer, Question, check_answer
from graphs.room import Room
from graphs.store import iso
from graphs.transcript import LANES_BESIDE, Author, Draft, Event

LANES = ("main", *LANES_BESIDE)
STARTS_NOTHING = ("resolved", "acknowledged")
"""What somebody has seen to already is news only to a run that is open."""


class UnknownRun(LookupError):
    """There is no such run."""


class ForgottenRun(UnknownRun):
    """There was such a run, and it was forgotten."""


class AlreadyOver(LookupError):
    """The alert says that something is over of which no run is open."""


class UnknownQuestion(LookupError):
    """The run has not asked that question, or no longer asks it."""


class RunIsOver(Exception):
    """The run is closed or cancelled; nothing more can be told to it."""


class AlreadyAnswered(Exception):
    """The question was answered before; the first answer stands."""

    def __init__(self, first: HumanAnswer) -> None:
        super().__init__(f"{first.by} answered {first.answer}")
        self.first = first


class Receipt(NamedTuple):
    """What became of an alert."""

    run: str
    joined: bool
    """It joined a run that was open already."""


class Reception:
    """What the doors speak to."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def receive(self, alert: Alert) -> Receipt:
        """Store an alert: it starts a run, or joins the open run of the same thing. On disk when this returns.

        Raises AlreadyOver.
        """
        alert = Alert.model_validate(cleaned(alert.model_dump(mode="json")))
        key = alert.dedup_key or f"{alert.service}/{alert.title}"
        dedup_key = f"{alert.source}:{key}"
        standing = self.room.store.one("open_run_of", dedup_key=dedup_key)
        if alert.status in STARTS_NOTHING and not standing:
            raise AlreadyOver(alert.title)
        now = self.room.clock.now()
        run = standing["id"] if standing else self._new_id(dedup_key, now)
        payload = {
            "run": run,
            "alert": alert.model_dump(mode="json"),
            "service": alert.service or "unknown",
            "minute_seconds": self.room.minute.total_seconds(),
            "revenue_limit": self.room.revenue_limit,
            **({} if standing else {"surroundings": self.room.surroundings()}),
        }
        number = self.room.facts(run).alerts + 1 if standing else 1
        with self.room.store.transaction():
            if not standing:
                text = alert.model_dump_json()
                self.room.store.write("add_run", id=run, received_at=iso(now), alert=text, dedup_key=dedup_key)
            self.room.transcripts.add(run, Draft(f"alert/{number}", "alert", payload, Author("main")))
            for lane in LANES:
                self.room.transcripts.add_wakeup(run, lane, f"alert/{number}", iso(now))
        self.room.transcripts.ring(run)
        return Receipt(run, joined=standing is not None)

    def _new_id(self, dedup_key: str, now: datetime) -> str:
        unique = hashlib.sha256(f"{dedup_key} {iso(now)}".encode()).hexdigest()[:6]
        return f"{now:%Y%m%d-%H%M%S}-{unique}"

    def answer(self, run: str, question_id: str, answer: HumanAnswer) -> Event:
        """Take a person's answer, exactly once. Raises UnknownRun, UnknownQuestion, WrongAnswer, AlreadyAnswered."""
        self._known(run)
        row = self.room.store.one("question", run=run, id=question_id)
        if row is None or row["withdrawn"]:
            raise UnknownQuestion(question_id)
        question = Question.model_validate(json.loads(row["question"]))
        if row["answer"]:
            raise AlreadyAnswered(HumanAnswer.model_validate_json(row["answer"]))
        if question.expires_at and question.expires_at <= self.room.clock.now():
            raise UnknownQuestion(question_id)
        check_answer(question, answer)
        now, text = iso(self.room.clock.now()), json.dumps(cleaned(answer.model_dump(mode="json")))
        payload = {"question": question_id, "answer": answer.model_dump(mode="json")}
        with self.room.store.transaction():
            if not self.room.store.write("answer_question", run=run, id=question_id, answer=text, answered_at=now):
                raise UnknownQuestion(question_id)
            draft = Draft(f"answer/{question_id}", "answer", payload, Author(row["lane"]))
            self.room.transcripts.add(run, draft)
            self.room.transcripts.add_wakeup(run, row["lane"], f"answer {question_id}", now)
        self.room.transcripts.ring(run)
        event = self.room.transcripts.find(run, f"answer/{question_id}")
        assert event is not None
        return event

    def instruct(self, run: str, instruction: Instruction) -> Event:
        """Take what a person tells a run unasked; its next wait takes it up. Raises UnknownRun, RunIsOver."""
        number = len(self._open(run).instructions) + 1
        payload = {"instruction": instruction.model_dump(mode="json", exclude={"ref"})}
        return self._take_down(run, Draft(f"instruction/{number}", "instruction", payload, Author("main")))

    def remark(self, run: str, remark: Remark) -> Event:
        """Add a note to a run, put its acting on hold or let it go on. Raises UnknownRun, RunIsOver."""
        key = f"{remark.kind}/{self._open(run).seen + 1}"
        return self._take_down(run, Draft(key, remark.kind, remark.model_dump(mode="json"), Author("main")))

    def hold(self, held: bool, by: str) -> None:
        """Turn the one switch for all acting, in every run; it outlives the process, and every open run notes it."""
        if self.room.held == held:
            return
        now, state = iso(self.room.clock.now()), "held" if held else "free"
        text = "acting is on hold in every run" if held else "every run may act again"
        note = Remark(kind="note", by=by, text=text).model_dump(mode="json")
        with self.room.store.transaction():
            self.room.store.write("set_switch", name="acting", state=state, turned_by=by)
            runs = [row["id"] for row in self.room.store.many("open_run_ids")]
            for run in runs:
                self.room.transcripts.add(run, Draft(f"note/{state} {now}", "note", note, Author("main")))
                self.room.transcripts.add_wakeup(run, "main", f"acting {state} {now}", now)
        for run in runs:
            self.room.transcripts.ring(run)

    def _open(self, run: str) -> Facts:
        facts = self.facts(run)
        if facts.status in ("closed", "cancelled"):
            raise RunIsOver(run)
        return facts

    def _take_down(self, run: str, draft: Draft) -> Event:
        """Write what a person said, and the wake-up that takes it up, in one transaction."""
        with self.room.store.transaction():
            self.room.transcripts.add(run, draft)
            self.room.transcripts.add_wakeup(run, "main", draft.key, iso(self.room.clock.now()))
        self.room.transcripts.ring(run)
        event = self.room.transcripts.find(run, draft.key)
        assert event is not None
        return event

    def runs(self, most: int = 100) -> list[Facts]:
        """The newest runs."""
        return [self.room.facts(row["id"]) for row in self.room.store.many("run_ids", most=most)]

    def facts(self, run: str) -> Facts:
        """A run as it stands now. Raises UnknownRun."""
        self._known(run)
        return self.room.facts(run)

    def transcript(self, run: str, after: int = 0) -> list[Event]:
        """A run's events. Raises UnknownRun."""
        self._known(run)
        return self.room.transcripts.after(run, after)

    def follow(self, run: str, after: int = 0) -> AsyncIterator[Event]:
        """A run's events as they happen, until it is closed. Raises UnknownRun."""
        self._known(run)
        return self.room.transcripts.follow(run, after)

    def _known(self, run: str) -> None:
        if self.room.store.one("run_exists", id=run) is None:
            raise ForgottenRun(run) if self.room.store.one("tombstone", run=run) else UnknownRun(run)
