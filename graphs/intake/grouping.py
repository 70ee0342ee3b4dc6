"""Grouping: people may change which alerts make one incident, by merging runs and splitting them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from agents.runtime.briefing import Alert
from graphs.intake.alerts import AlertIntake, Placement
from graphs.intake.people import PeopleInput
from graphs.intake.run_lookup import RunLookup
from graphs.model.identity import identity
from graphs.model.instructions import Instruction
from graphs.runtime.dependencies import Dependencies
from graphs.transcript.event import Event
from graphs.transcript.events import Author, Draft


class CannotMove(ValueError):
    """These alerts cannot be moved: name alerts of the run, by their refs, and leave it at least one."""


class UnknownAlert(LookupError):
    """The run has no such alert."""


class Alarm(NamedTuple):
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
        self._alarms = deps.store.alarms
        self._runs = runs
        self._alerts = alerts
        self._people = people

    def merge(self, run: str, into: str, by: str) -> Event:
        """Make one incident of two runs: the first is cancelled, its alerts belong to the second.

        Raises UnknownRun, RunIsOver and CannotMove.
        """
        if run == into:
            raise CannotMove("a run cannot be merged into itself")
        self._runs.open_facts(run)
        self._runs.open_facts(into)
        with self._deps.store.transaction():
            for alarm in self._alarms.of_run(run):
                self._alerts.move(alarm, into, f"{by} merged {run} into this run")
            event = self._people.cancel(run, Instruction(kind="cancel", by=by, comment=f"merged into {into}"))
        self._deps.transcripts.ring(run)
        self._deps.transcripts.ring(into)
        return event

    def split(self, run: str, refs: Sequence[str], by: str) -> Placement:
        """Make an incident of its own of some of a run's alerts.

        Raises UnknownRun, RunIsOver and CannotMove.
        """
        self._runs.open_facts(run)
        alarms = {identity(alarm.alert): alarm for alarm in self._alarms.of_run(run)}
        keys = dict.fromkeys(self._identity_of(run, ref) for ref in refs)
        if not keys or not set(keys) < set(alarms):
            raise CannotMove(CannotMove.__doc__)
        first, *others = (alarms[key] for key in keys)
        with self._deps.store.transaction():
            self._alarms.remove(run, first.dedup_key)
            incoming = self._alerts.incoming(first.alert, first.dedup_key)
            started = self._alerts.start_run(incoming, f"{by} split it off {run}", may_queue=False)
            for alarm in others:
                self._alerts.move(alarm, started.run, f"{by} split it off {run}")
            self._note(run, by, f"{len(keys)} of its alerts are another incident: {started.run}")
        self._deps.transcripts.ring(run)
        self._deps.transcripts.ring(started.run)
        return started

    def alarms(self, run: str) -> list[Alarm]:
        """The alerts of a run. Raises UnknownRun."""
        events = [event for event in self._runs.transcript(run) if event.kind == "alert"]
        refs = {identity(Alert.model_validate(event.payload["alert"])): event.ref for event in events}
        return [
            Alarm(refs.get(identity(alarm.alert), ""), alarm.alert, alarm.is_firing, alarm.times, alarm.last_at)
            for alarm in self._alarms.of_run(run)
        ]

    def alert_of(self, run: str, ref: str) -> Alert:
        """One of a run's alerts. Raises UnknownRun, UnknownAlert."""
        found = next((alarm.alert for alarm in self.alarms(run) if alarm.ref == ref), None)
        if found is None:
            raise UnknownAlert(ref)
        return found

    def _note(self, run: str, by: str, text: str) -> None:
        number = self._deps.facts(run).seen + 1
        self._people.record(run, Draft(f"note/{number}", "note", {"by": by, "text": text}, Author("main")))

    def _identity_of(self, run: str, ref: str) -> str:
        """The identity of the alert of which an event tells; empty where the event is no alert.

        An old alarm is kept under a key that does not say who sent it, so alarms are found by their alerts.
        """
        event = self._deps.transcripts.cited(run, ref)
        return identity(Alert.model_validate(event.payload["alert"])) if event and event.kind == "alert" else ""
