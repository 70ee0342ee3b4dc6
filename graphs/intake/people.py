"""What people do to runs: they tell them something unasked, hold all changes, and merge and split incidents."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from agents.runtime.briefing import Alert
from graphs.intake.alerts import AlertIntake, Placement
from graphs.intake.run_lookup import RunIsResolved, RunLookup
from graphs.intake.storms import StormQueue
from graphs.model.identity import identity
from graphs.model.questions import Instruction, Remark, withdrawn_because
from graphs.runtime.dependencies import Dependencies
from graphs.store.database import iso
from graphs.transcript.event import Event
from graphs.transcript.events import Author, Draft


class PeopleInput:
    """Takes in what people say. It is on disk when a method returns."""

    def __init__(self, deps: Dependencies, runs: RunLookup, storms: StormQueue) -> None:
        self._deps = deps
        self._runs = runs
        self._storms = storms

    def instruct(self, run: str, instruction: Instruction) -> Event:
        """Take an instruction; the run follows it at its next wait. Raises UnknownRun, RunIsOver, RunIsResolved."""
        if instruction.kind == "scope":
            raise ValueError("a scope is told by the run's own looks; set the severity instead")
        with self._deps.store.transaction(run):
            self._runs.open_facts(run)
            if instruction.kind == "cancel":
                return self.cancel(run, instruction)
            return self._take(run, instruction)

    def cancel(self, run: str, instruction: Instruction) -> Event:
        """Let a run be cancelled: by its own graph, or at once where it still waits in a queue."""
        if self._deps.store.runs.is_queued(run):
            with self._deps.store.transaction(run):
                event = self._storms.cancel_queued(run, instruction.by, instruction.comment)
            self._deps.transcripts.notify_followers(run)
            return event
        return self._take(run, instruction)

    def _take(self, run: str, instruction: Instruction) -> Event:
        """Write an instruction down, and withdraw what the main workflow asks: no answer to it is followed any more."""
        with self._deps.store.transaction(run):
            facts = self._deps.facts(run)
            if facts.resolved_at:
                raise RunIsResolved(run)
            asked = [question.id for question in facts.open_questions]
            event = self.record(run, _draft(len(facts.instructions) + 1, instruction))
            for question in asked:
                if self._deps.questions.find(run, question).lane == "main":
                    self._deps.questions.withdraw(run, question, withdrawn_because(instruction))
        return event

    def remark(self, run: str, remark: Remark) -> Event:
        """Add a note to a run, hold its changes or let them go on. Raises UnknownRun, RunIsOver."""
        with self._deps.store.transaction(run):
            key = f"{remark.kind}/{self._runs.open_facts(run).seen + 1}"
            return self.record(run, Draft(key, remark.kind, remark.model_dump(mode="json"), Author("main")))

    def record(self, run: str, draft: Draft) -> Event:
        """Write down what a person said, and a wake-up that takes it up, in one transaction."""
        with self._deps.store.transaction(run):
            event = self._deps.transcripts.add(run, draft)
            self._deps.transcripts.add_wakeup(run, "main", draft.key, self._deps.clock.now())
        self._deps.transcripts.notify_followers(run)
        return event

    def hold(self, held: bool, by: str) -> None:
        """Turn the switch that holds changes in every run. It outlives the process, and every open run notes it."""
        now, state = self._deps.clock.now(), "held" if held else "free"
        text = "acting is on hold in every run" if held else "every run may act again"
        note = Remark(kind="note", by=by, text=text).model_dump(mode="json")
        with self._deps.store.transaction():
            if self._deps.held == held:
                return
            self._deps.store.switches.turn("acting", state, by)
            runs = self._deps.store.runs.open_runs()
            for run in runs:
                self._deps.transcripts.add(run, Draft(f"note/{state} {iso(now)}", "note", note, Author("main")))
                self._deps.transcripts.add_wakeup(run, "main", f"acting {state} {iso(now)}", now)
        for run in runs:
            self._deps.transcripts.notify_followers(run)


def _draft(number: int, instruction: Instruction) -> Draft:
    """An instruction as an event of its run."""
    payload = {"instruction": instruction.model_dump(mode="json", exclude={"ref"})}
    return Draft(f"instruction/{number}", "instruction", payload, Author("main"))


class CannotMove(ValueError):
    """These alerts cannot be moved: name alerts of the run, by their refs, and leave it at least one."""


class UnknownAlert(LookupError):
    """The run has no such alert."""


class ListedAlert(NamedTuple):
    """An alert of a run, as its sender names it; however often it came."""

    ref: str
    """Of the last event that tells of it."""
    alert: Alert
    is_firing: bool
    times: int
    """How often it came, repeated word for word or not."""
    last_at: datetime


class Grouping:
    """Merges and splits incidents, and lists the alerts of each."""

    def __init__(self, deps: Dependencies, runs: RunLookup, alerts: AlertIntake, people: PeopleInput) -> None:
        self._deps = deps
        self._stored = deps.store.alerts
        self._runs = runs
        self._alerts = alerts
        self._people = people

    def merge(self, run: str, into: str, by: str) -> Event:
        """Make one incident of two runs: the first is cancelled, its alerts belong to the second.

        Raises UnknownRun, RunIsOver and CannotMove.
        """
        if run == into:
            raise CannotMove("a run cannot be merged into itself")
        with self._deps.store.transaction():
            self._runs.open_facts(run)
            self._runs.open_facts(into)
            for stored in self._stored.of_run(run):
                self._alerts.move(stored, into, f"{by} merged {run} into this run")
            event = self._people.cancel(run, Instruction(kind="cancel", by=by, comment=f"merged into {into}"))
        self._deps.transcripts.notify_followers(run)
        self._deps.transcripts.notify_followers(into)
        return event

    def split(self, run: str, refs: Sequence[str], by: str) -> Placement:
        """Make an incident of its own of some of a run's alerts.

        Raises UnknownRun, RunIsOver and CannotMove.
        """
        with self._deps.store.transaction():
            self._runs.open_facts(run)
            alerts = {identity(stored.alert): stored for stored in self._stored.of_run(run)}
            keys = dict.fromkeys(self._identity_of(run, ref) for ref in refs)
            if not keys or not set(keys) < set(alerts):
                raise CannotMove(CannotMove.__doc__)
            first, *others = (alerts[key] for key in keys)
            self._stored.remove(run, first.dedup_key)
            incoming = self._alerts.incoming(first.alert, first.dedup_key)
            started = self._alerts.start_run(incoming, f"{by} split it off {run}", may_queue=False)
            for stored in others:
                self._alerts.move(stored, started.run, f"{by} split it off {run}")
            self._note(run, by, f"{len(keys)} of its alerts are another incident: {started.run}")
        self._deps.transcripts.notify_followers(run)
        self._deps.transcripts.notify_followers(started.run)
        return started

    def alerts_of(self, run: str) -> list[ListedAlert]:
        """The alerts of a run. Raises UnknownRun."""
        events = [event for event in self._runs.transcript(run) if event.kind == "alert"]
        refs = {identity(Alert.model_validate(event.payload["alert"])): event.ref for event in events}
        return [
            ListedAlert(
                refs.get(identity(stored.alert), ""), stored.alert, stored.is_firing, stored.times, stored.last_at
            )
            for stored in self._stored.of_run(run)
        ]

    def alert_of(self, run: str, ref: str) -> Alert:
        """One of a run's alerts. Raises UnknownRun, UnknownAlert."""
        found = next((listed.alert for listed in self.alerts_of(run) if listed.ref == ref), None)
        if found is None:
            raise UnknownAlert(ref)
        return found

    def _note(self, run: str, by: str, text: str) -> None:
        number = self._deps.facts(run).seen + 1
        self._people.record(run, Draft(f"note/{number}", "note", {"by": by, "text": text}, Author("main")))

    def _identity_of(self, run: str, ref: str) -> str:
        """The identity of the alert of which an event tells; empty where the event is no alert.

        An old alert is kept under a key that does not say who sent it, so alerts are found by their alerts.
        """
        event = self._deps.transcripts.cited(run, ref)
        return identity(Alert.model_validate(event.payload["alert"])) if event and event.kind == "alert" else ""
