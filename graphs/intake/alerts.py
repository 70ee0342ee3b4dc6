"""Alerts become incidents: each starts a run, or joins one by written rules."""

import hashlib
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from agents.io.redaction import CleanJson, cleaned
from agents.runtime.briefing import Alert
from graphs.intake.correlation import (
    FLAPS,
    REOPEN_WITHIN,
    Incoming,
    Match,
    find_incident,
    is_repeat,
    recent_turns,
)
from graphs.intake.storms import PARENT, Overloaded, StormQueue, parent_of
from graphs.model.identity import identity, keys_before, may_go_on
from graphs.runtime.dependencies import Dependencies
from graphs.store.alerts import AlertWrite, StoredAlert
from graphs.store.database import iso
from graphs.store.runs import NewRun
from graphs.transcript.events import Author, Draft

STARTS_NO_RUN = ("resolved", "acknowledged")
"""Alerts with this status only matter to a run that is open already."""
STORM_KEY = identity(PARENT)
NUMBER = re.compile(r"[0-9]+")
"""Of an alert, in the key of its event."""


def without_secrets(alert: Alert) -> Alert:
    """Take the secrets out of an alert; what is without them is soon looked through again."""
    return alert.model_copy(update=cleaned(alert.model_dump()))


class AlreadyOver(LookupError):
    """The alert says that something is over of which no run is open."""


Became = Literal["started", "joined", "resolved", "counted"]


class Placement(NamedTuple):
    """Where an alert went."""

    run: str
    joined: bool
    """It joined a run that was open already."""
    why: str = ""
    """The reason why it belongs there."""
    became: Became = "started"


@dataclass
class Batch:
    """What is taken in within one transaction: how far each run that it touches has come."""

    alerts: dict[str, int] = field(default_factory=dict[str, int])
    """Run -> how many alerts it has."""
    firing: dict[str, int] = field(default_factory=dict[str, int])
    """Run -> how many of its alarms fire."""
    to_wake: dict[str, str] = field(default_factory=dict[str, str])
    """Run that alerts joined -> the last of them, which wakes it."""
    touched: set[str] = field(default_factory=set[str])


class AlertIntake:
    """Takes alerts in. Whatever it returns is on disk."""

    def __init__(self, deps: Dependencies, storms: StormQueue) -> None:
        self._deps = deps
        self._store = deps.store
        self._storms = storms
        self._batch: Batch | None = None

    def receive(self, alert: Alert) -> Placement:
        """Store an alert: it starts a run, or joins the incident that it belongs to.

        Raises AlreadyOver and Overloaded.
        """
        with self.batch():
            return self.place(without_secrets(alert))

    def place(self, alert: Alert) -> Placement:
        """The same within a batch, for an alert whose secrets are out of it. Raises AlreadyOver and Overloaded."""
        assert self._batch is not None
        incoming = self.incoming(alert)
        self._adopt_older_alerts(incoming.alert)
        match = self._find_incident(incoming)
        placement = self._join(match, incoming) if match else self.start_run(incoming, self._why_again(incoming))
        self._batch.touched.add(placement.run)
        return placement

    @contextmanager
    def batch(self) -> Generator[None]:
        """Take in alerts in one transaction: a run that several of them join goes on once. No await may be in it."""
        if self._batch is not None:
            yield
            return
        batch = self._batch = Batch()
        try:
            with self._store.transaction():
                yield
                for run, reason in batch.to_wake.items():
                    self._deps.transcripts.add_wakeup(run, "main", reason, self._deps.clock.now())
        finally:
            self._batch = None
        for run in batch.touched:
            self._deps.transcripts.notify_followers(run)

    def open_run(self, alert: Alert) -> str | None:
        """The open run of this very alert."""
        with self._store.transaction():
            self._adopt_older_alerts(alert)
            return self._store.alerts.open_run(identity(alert))

    def incoming(self, alert: Alert, dedup_key: str = "") -> Incoming:
        """An alert that comes in now, under its identity where no other key is given."""
        return Incoming(alert, dedup_key or identity(alert), self._deps.clock.now(), self._deps.minute)

    def start_run(self, incoming: Incoming, why: str, may_queue: bool = True) -> Placement:
        """Start a run with an alert; in a storm it waits in the queue, where it may. Raises Overloaded.

        Call it in a transaction.
        """
        in_storm = may_queue and incoming.dedup_key != STORM_KEY and self._storms.is_on(incoming.at)
        if in_storm and not self._storms.has_room():
            raise Overloaded(Overloaded.__doc__)
        run = _new_id(incoming)
        self._store.runs.add(NewRun(run, incoming.at, incoming.alert, incoming.dedup_key))
        if self._batch is not None:
            self._batch.alerts[run], self._batch.firing[run] = 1, 0
        self._write(run, incoming, None, 1, {"why": why, "surroundings": self._deps.surroundings})
        if in_storm:
            self._enqueue(run, incoming)
        else:
            self._deps.transcripts.wake_all(run, "alert/1")
        return Placement(run, joined=False, why=why)

    def move(self, stored: StoredAlert, into: str, why: str) -> None:
        """Let a stored alert belong to another run, which goes on with it. Call it in a transaction."""
        self._store.alerts.remove(stored.run, stored.dedup_key)
        number = self._deps.facts(into).alerts + 1
        before = self._store.alerts.find(into, stored.dedup_key)
        self._write(into, self.incoming(stored.alert, stored.dedup_key), before, number, {"why": why})
        self._deps.transcripts.wake_all(into, f"alert/{number}")

    def _write(
        self, run: str, incoming: Incoming, before: StoredAlert | None, number: int, more: dict[str, Any]
    ) -> None:
        """Write an alert down: as an event of its run, and as one of the run's alerts. Its secrets are out of it.

        `before`: the same alert of the run, as it came last.
        """
        alert, turns = incoming.alert, recent_turns(before, incoming)
        kept = AlertWrite(run, incoming.dedup_key, alert, incoming.at, turns)
        self._store.alerts.keep(kept)
        payload = {
            "run": run,
            "alert": CleanJson(kept.alert_json),
            "service": alert.service or "unknown",
            "minute_seconds": self._deps.minute.total_seconds(),
            "revenue_limit": self._deps.revenue_limit,
            "firing": self._count_firing(run, before, alert),
            "flaps": len(turns) >= FLAPS,
            **more,
        }
        self._deps.transcripts.put(run, Draft(f"alert/{number}", "alert", payload, Author("main")))

    def _count_firing(self, run: str, before: StoredAlert | None, alert: Alert) -> int:
        """How many alarms of a run fire, now that one of them was written; in a batch it is counted on from there."""
        batch = self._batch
        if batch is None or run not in batch.firing:
            firing = self._store.alerts.firing_in(run)
        else:
            firing = batch.firing[run] + (alert.status != "resolved") - (before is not None and before.is_firing)
        if batch is not None:
            batch.firing[run] = firing
        return firing

    def _number_of_next(self, run: str) -> int:
        """The number of the next alert of a run.

        Within a batch the transcript is not read again: what stands in it may still be undone.
        """
        counted = {} if self._batch is None else self._batch.alerts
        counted[run] = (counted[run] if run in counted else self._deps.facts(run).alerts) + 1
        return counted[run]

    def _adopt_older_alerts(self, alert: Alert) -> None:
        """Let an alert go on with its alarm of before proofs were part of its identity: it gets the identity of now."""
        for alarm in self._store.alerts.under_either(*keys_before(alert)):
            if may_go_on(alert, alarm.alert):
                self._store.alerts.rename(alarm.run, alarm.dedup_key, identity(alert))

    def _find_incident(self, incoming: Incoming) -> Match | None:
        if incoming.alert.status not in STARTS_NO_RUN:
            return find_incident(incoming, self._store.alerts, self._deps.catalogue, self._takes_alerts)
        run = self._store.alerts.open_run(incoming.dedup_key)
        if run is None:
            raise AlreadyOver(incoming.alert.title)
        return Match(run, "the same alert")

    def _takes_alerts(self, run: str) -> bool:
        """Whether firing alerts may still join a run: once it is resolved, a new alert is a new incident."""
        assert self._batch is not None
        if run in self._batch.alerts or self._waits_in_queue(run, self._batch):
            return True
        facts = self._deps.facts(run)
        takes_alerts = facts.status in ("running", "waiting")
        if takes_alerts:
            self._batch.alerts[run] = facts.alerts
        return takes_alerts

    def _waits_in_queue(self, run: str, batch: Batch) -> bool:
        """Whether a run waits in the queue of a storm: nobody has begun with it, and its transcript need not be read.

        The last of its alerts has their number, or a smaller one where an alert had to be written once more.
        """
        queued = self._store.runs.queued(run)
        number = NUMBER.search(queued.last_alert) if queued else None
        if queued is None or number is None:
            return False
        batch.alerts[run], batch.firing[run] = int(number[0]), queued.firing
        return True

    def _why_again(self, incoming: Incoming) -> str:
        """Say of which run an alert is the same problem again, shortly after that run was resolved."""
        last = self._store.alerts.last(incoming.dedup_key)
        ended = self._deps.facts(last.run).resolved_at if last else None
        if last is None or ended is None or ended < incoming.since(REOPEN_WITHIN):
            return ""
        return f"again, {round((incoming.at - ended) / self._deps.minute)} min after {last.run} was resolved"

    def _join(self, match: Match, incoming: Incoming) -> Placement:
        became: Became = "resolved" if incoming.alert.status == "resolved" else "joined"
        placement = Placement(match.run, joined=True, why=match.why, became=became)
        alarm = self._store.alerts.find(match.run, incoming.dedup_key)
        if alarm and is_repeat(alarm, incoming.alert):
            self._store.alerts.count(match.run, incoming.dedup_key, incoming.at)
            return placement._replace(became="counted")
        number = self._number_of_next(match.run)
        self._write(match.run, incoming, alarm, number, {"why": match.why})
        batch = self._batch
        if batch is not None and not self._store.runs.is_queued(match.run):
            batch.to_wake[match.run] = f"alert/{number}"
        return placement

    def _enqueue(self, run: str, incoming: Incoming) -> None:
        """Put a run into the queue of the storm; the first run in the queue starts the storm's own run."""
        storm = self.open_run(PARENT)
        if storm:
            self._storms.enqueue(run, storm, incoming.alert)
        else:
            alerts = [begun.alert for begun in self._storms.not_begun(incoming.at)]
            stands_for_all = incoming._replace(alert=parent_of(alerts, self._deps.catalogue), dedup_key=STORM_KEY)
            storm = self.start_run(stands_for_all, "").run
            self._storms.gather(storm, incoming.at)
            self._deps.transcripts.notify_followers(storm)
        self._storms.record_size(storm)


def _new_id(incoming: Incoming) -> str:
    unique = hashlib.sha256(f"{incoming.dedup_key} {iso(incoming.at)}".encode()).hexdigest()[:6]
    return f"{incoming.at:%Y%m%d-%H%M%S}-{unique}"
