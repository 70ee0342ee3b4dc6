"""Grouping: which alerts make one incident is for people to change; and a storm's queue lets its incidents go."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from agents.runtime.briefing import Alert
from graphs.intake.alerts import Alerts, Receipt
from graphs.intake.correlation import Incoming, alert_of
from graphs.model.identity import identity
from graphs.model.instructions import Instruction
from graphs.store.database import Row, iso
from graphs.transcript.event import Event
from graphs.transcript.events import Author, Draft
from graphs.transcript.facts import Facts


class RunIsOver(Exception):
    """The run is closed or cancelled; nothing more can be told to it."""


class CannotMove(ValueError):
    """These alerts cannot be moved: name alerts of the run, by their refs, and leave it at least one."""


class Alarm(NamedTuple):
    """An alert of a run, as its sender names it; however often it came."""

    ref: str
    """Of the last event that tells of it."""
    alert: Alert
    is_firing: bool
    times: int
    """It came, word for word repeated or not."""
    last_at: datetime


class Grouping(Alerts):
    """Alerts whose incidents can be merged, split and released."""

    def merge(self, run: str, into: str, by: str) -> Event:
        """A person says that two runs are one incident: the first ends, its alerts belong to the second.

        Raises UnknownRun, RunIsOver and CannotMove.
        """
        if run == into:
            raise CannotMove("a run cannot be merged into itself")
        self._open(run)
        self._open(into)
        with self.deps.store.transaction():
            for alarm in self.deps.store.many("alarms_of_run", run=run):
                self._move(alarm, into, f"{by} merged {run} into this run")
            event = self._end(run, Instruction(kind="cancel", by=by, comment=f"merged into {into}"))
        self._ring(run, into)
        return event

    def split(self, run: str, refs: Sequence[str], by: str) -> Receipt:
        """A person says that some of a run's alerts are another incident: they start a run of their own.

        Raises UnknownRun, RunIsOver and CannotMove.
        """
        self._open(run)
        alarms = {_identity_in(row): row for row in self.deps.store.many("alarms_of_run", run=run)}
        keys = dict.fromkeys(key for ref in refs for key in [self._key_under(run, ref)])
        if not keys or not set(keys) < set(alarms):
            raise CannotMove(CannotMove.__doc__)
        first, *others = (alarms[key] for key in keys)
        with self.deps.store.transaction():
            self.deps.store.write("remove_alarm", run=run, dedup_key=first["dedup_key"])
            alert = alert_of(first)
            incoming = Incoming(alert, first["dedup_key"], self.deps.clock.now(), self.deps.minute)
            started = self._start(incoming, f"{by} split it off {run}", in_a_storm=False)
            for alarm in others:
                self._move(alarm, started.run, f"{by} split it off {run}")
            self._note(run, by, f"{len(keys)} of its alerts are another incident: {started.run}")
        self._ring(run, started.run)
        return started

    def release(self) -> None:
        """Let as many of a storm's incidents be investigated as may be at once; what is over by now is not."""
        for run in self._storm.next():
            alarms = self.deps.store.many("alarms_of_run", run=run)
            with self.deps.store.transaction():
                if any(alarm["is_firing"] for alarm in alarms):
                    self.deps.store.write("release_run", id=run)
                    self.deps.transcripts.add(run, Draft("released", "released", {}, Author("main")))
                    self._wake(run, "released")
                else:
                    self._close_unseen(run)
            self.deps.transcripts.ring(run)

    def alarms(self, run: str) -> list[Alarm]:
        """The alerts of a run. Raises UnknownRun."""
        self._known(run)
        told = [event for event in self.deps.transcripts.after(run) if event.kind == "alert"]
        refs = {identity(Alert.model_validate(event.payload["alert"])): event.ref for event in told}
        return [
            Alarm(
                refs.get(_identity_in(row), ""),
                alert_of(row),
                bool(row["is_firing"]),
                row["times"],
                datetime.fromisoformat(row["last_at"]),
            )
            for row in self.deps.store.many("alarms_of_run", run=run)
        ]

    def _open(self, run: str) -> Facts:
        facts = self.facts(run)
        if facts.status in ("closed", "cancelled"):
            raise RunIsOver(run)
        return facts

    def _move(self, alarm: Row, into: str, why: str) -> None:
        """Let an alarm belong to another run."""
        self.deps.store.write("remove_alarm", run=alarm["run"], dedup_key=alarm["dedup_key"])
        alert = alert_of(alarm)
        incoming = Incoming(alert, alarm["dedup_key"], self.deps.clock.now(), self.deps.minute)
        number = self.deps.facts(into).alerts + 1
        self._write_down(into, incoming, number, why, {})
        self._wake(into, f"alert/{number}")

    def _end(self, run: str, told: Instruction) -> Event:
        """Let a run be cancelled: by its own graph, or here where it still waits in a queue."""
        place = self.deps.store.one("place_of_run", id=run)
        if place and place["queued"]:
            return self._close_queued(run, {"by": told.by, "why": told.comment})
        return self._take_down(run, drafted(self.deps.facts(run), told))

    def _close_unseen(self, run: str) -> Event:
        """Close a run at which nobody looked, and list it as such: its senders say that its alerts are over."""
        why = "its alerts ended while it waited in the queue of a storm"
        self.deps.store.write("note_unseen", id=run)
        return self._close_queued(run, {"by": "warroom", "why": why, "unseen": True})

    def _close_queued(self, run: str, decided: dict[str, Any]) -> Event:
        """Close a run with which no role has begun."""
        said: dict[str, Any] = {**decided, "half_done": [], "cites": []}
        event = self.deps.transcripts.add(run, Draft("cancelled", "cancelled", said, Author("main")))
        self.deps.transcripts.add(run, Draft("closed", "closed", {}, Author("main")))
        self.deps.store.write("forget_wakeups", run=run)
        self.deps.store.write("release_run", id=run)
        self.deps.store.write("close_run", id=run)
        return event

    def _note(self, run: str, by: str, text: str) -> None:
        note = Draft(f"note/{self.deps.facts(run).seen + 1}", "note", {"by": by, "text": text}, Author("main"))
        self._take_down(run, note)

    def _take_down(self, run: str, draft: Draft) -> Event:
        """Write what a person said, and the wake-up that takes it up, in one transaction."""
        with self.deps.store.transaction():
            event = self.deps.transcripts.add(run, draft)
            self.deps.transcripts.add_wakeup(run, "main", draft.key, iso(self.deps.clock.now()))
        self.deps.transcripts.ring(run)
        return event

    def _ring(self, *runs: str) -> None:
        for run in runs:
            self.deps.transcripts.ring(run)

    def _key_under(self, run: str, ref: str) -> str:
        event = self.deps.transcripts.cited(run, ref)
        return identity(Alert.model_validate(event.payload["alert"])) if event and event.kind == "alert" else ""


def _identity_in(alarm: Row) -> str:
    """The identity of an alarm's last alert; an old alarm is kept under a key that does not say who sent it."""
    return identity(alert_of(alarm))


def drafted(facts: Facts, told: Instruction) -> Draft:
    """An instruction as an event of its run."""
    payload = {"instruction": told.model_dump(mode="json", exclude={"ref"})}
    return Draft(f"instruction/{len(facts.instructions) + 1}", "instruction", payload, Author("main"))
