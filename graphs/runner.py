"""The runner: takes alerts and answers in, and wakes the lanes of the runs when something is due."""

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from agents.briefing import Alert
from graphs.facts import Facts
from graphs.questions import HumanAnswer, Question
from graphs.room import Room
from graphs.store import iso
from graphs.transcript import Author, Draft, Event
from graphs.turns import Turns

RUNS_AT_ONCE = 100
RETRY_AFTER = timedelta(seconds=10)
log = logging.getLogger("warroom")


class UnknownRun(LookupError):
    """There is no such run."""


class AlreadyOver(LookupError):
    """The alert says that something is over of which no run is open."""


class UnknownQuestion(LookupError):
    """The run has not asked that question, or no longer asks it."""


class WrongAnswer(ValueError):
    """The answer is not one of the question's options."""


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


class Runner:
    """The embedded runner: one process, one SQLite file, an injected clock."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self._turns = Turns(room)
        self._busy: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(RUNS_AT_ONCE)
        self._tending: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to wake lanes; every open run is looked at once."""
        now = iso(self.room.clock.now())
        for row in self.room.store.many("open_run_ids"):
            for lane in ("main", "communication", "escalation"):
                with self.room.store.transaction():
                    self.room.transcripts.add_wakeup(row["id"], lane, f"start {now}", now)
        self._tending = asyncio.create_task(self._tend())
        self._tending.add_done_callback(_say_why_it_ended)

    async def stop(self) -> None:
        """Stop waking; turns under way are cancelled and go on after the next start."""
        tasks = [task for task in (self._tending, *self._busy.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def receive(self, alert: Alert) -> Receipt:
        """Store an alert: it starts a run, or joins the open run of the same thing. On disk when this returns.

        Raises AlreadyOver.
        """
        key = alert.dedup_key or f"{alert.service}/{alert.title}"
        dedup_key = f"{alert.source}:{key}"
        standing = self.room.store.one("open_run_of", dedup_key=dedup_key)
        if alert.status == "resolved" and not standing:
            raise AlreadyOver(alert.title)
        now = self.room.clock.now()
        run = standing["id"] if standing else self._new_id(dedup_key, now)
        payload = {
            "run": run,
            "alert": alert.model_dump(mode="json"),
            "service": alert.service or "unknown",
            "minute_seconds": self.room.minute.total_seconds(),
            "revenue_limit": self.room.revenue_limit,
        }
        number = self.room.facts(run).alerts + 1 if standing else 1
        with self.room.store.transaction():
            if not standing:
                text = alert.model_dump_json()
                self.room.store.write("add_run", id=run, received_at=iso(now), alert=text, dedup_key=dedup_key)
            self.room.transcripts.add(run, Draft(f"alert/{number}", "alert", payload, Author("main")))
            for lane in ("main", "communication", "escalation"):
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
        if answer.answer not in question.options:
            raise WrongAnswer(f"{answer.answer!r} is not one of {question.options}")
        now, text = iso(self.room.clock.now()), answer.model_dump_json()
        payload = {"question": question_id, "answer": answer.model_dump(mode="json")}
        with self.room.store.transaction():
            if not self.room.store.write("answer_question", run=run, id=question_id, answer=text, answered_at=now):
                raise AlreadyAnswered(HumanAnswer.model_validate_json(row["answer"]))
            draft = Draft(f"answer/{question_id}", "answer", payload, Author(row["lane"]))
            self.room.transcripts.add(run, draft)
            self.room.transcripts.add_wakeup(run, row["lane"], f"answer {question_id}", now)
        self.room.transcripts.ring(run)
        event = self.room.transcripts.find(run, f"answer/{question_id}")
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
            raise UnknownRun(run)

    async def _tend(self) -> None:
        """Wake what is due; sleep until the next thing is, or until there is news."""
        while True:
            self.room.transcripts.wake.clear()
            self._wake_due()
            found = self.room.store.one("next_wakeup", now=iso(self.room.clock.now()))
            earliest = found["not_before"] if found else None
            await self._sleep_until(datetime.fromisoformat(earliest) if earliest else None)

    def _wake_due(self) -> None:
        due: dict[tuple[str, str], list[str]] = {}
        for row in self.room.store.many("due_wakeups", now=iso(self.room.clock.now())):
            due.setdefault((row["run"], row["lane"]), []).append(row["wakeup_key"])
        for (run, lane), keys in due.items():
            if (run, lane) not in self._busy:
                self._busy[run, lane] = asyncio.create_task(self._turn(run, lane, keys))

    async def _turn(self, run: str, lane: str, keys: list[str]) -> None:
        try:
            async with self._places:
                await self._turns.take(run, lane)
            with self.room.store.transaction():
                for key in keys:
                    self.room.store.write("remove_wakeup", wakeup_key=key)
        except Exception as error:  # noqa: BLE001 - the one place that keeps a fault of one run from ending the others
            self._put_off(run, lane, keys, error)
        finally:
            del self._busy[run, lane]
            self.room.transcripts.wake.set()

    def _put_off(self, run: str, lane: str, keys: list[str], error: Exception) -> None:
        """A turn that failed is an event of its run, and is tried again."""
        log.exception("a turn of %s, lane %s, failed", run, lane)
        now = self.room.clock.now()
        said = {"error": f"{type(error).__name__}: {error}"[:2000], "again_at": iso(now + RETRY_AFTER)}
        self.room.transcripts.write(run, Draft(f"{lane}/error {iso(now)}", "error", said, Author(lane)))
        with self.room.store.transaction():
            for key in keys:
                self.room.store.write("put_off_wakeup", wakeup_key=key, not_before=iso(now + RETRY_AFTER))

    async def _sleep_until(self, moment: datetime | None) -> None:
        sleepers: list[asyncio.Task[Any]] = [asyncio.create_task(self.room.transcripts.wake.wait())]
        if moment is not None:
            sleepers.append(asyncio.create_task(self.room.clock.sleep(moment - self.room.clock.now())))
        _, pending = await asyncio.wait(sleepers, return_when=asyncio.FIRST_COMPLETED)
        for sleeper in pending:
            sleeper.cancel()


def _say_why_it_ended(tending: asyncio.Task[None]) -> None:
    if not tending.cancelled() and tending.exception():
        log.critical("the runner has stopped waking runs", exc_info=tending.exception())
