"""Alerts become incidents: each starts a run, or joins one by written rules."""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from agents.io.redaction import cleaned
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


class AlreadyOver(LookupError):
    """The alert says that something is over of which no run is open."""


class Placement(NamedTuple):
    """Where an alert went."""

    run: str
    joined: bool
    """It joined a run that was open already."""
    why: str = ""
    """The reason why it belongs there."""


class AlertIntake:
    """Takes alerts in. Whatever it returns is on disk."""

    def __init__(self, deps: Dependencies, storms: StormQueue) -> None:
        self._deps = deps
        self._store = deps.store
        self._storms = storms

    def receive(self, alert: Alert) -> Placement:
        """Store an alert: it starts a run, or joins the incident that it belongs to.

        Raises AlreadyOver and Overloaded.
        """
        incoming = self.incoming(Alert.model_validate(cleaned(alert.model_dump(mode="json"))))
        with self._store.transaction():
            self._adopt_older_alerts(incoming.alert)
            match = self._find_incident(incoming)
            placement = self._join(match, incoming) if match else self.start_run(incoming, self._why_again(incoming))
        self._deps.transcripts.notify_followers(placement.run)
        return placement

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
        self.add_alert(run, incoming, 1, why, {"surroundings": self._deps.surroundings})
        if in_storm:
            self._enqueue(run, incoming)
        else:
            self._deps.transcripts.wake_all(run, "alert/1")
        return Placement(run, joined=False, why=why)

    def move(self, stored: StoredAlert, into: str, why: str) -> None:
        """Let a stored alert belong to another run, which goes on with it. Call it in a transaction."""
        self._store.alerts.remove(stored.run, stored.dedup_key)
        number = self._deps.facts(into).alerts + 1
        self.add_alert(into, self.incoming(stored.alert, stored.dedup_key), number, why)
        self._deps.transcripts.wake_all(into, f"alert/{number}")

    def add_alert(
        self, run: str, incoming: Incoming, number: int, why: str, more: Mapping[str, Any] | None = None
    ) -> None:
        """Write an alert down: as an event of its run, and as one of the run's alerts."""
        alert = incoming.alert
        turns = recent_turns(self._store.alerts.find(run, incoming.dedup_key), incoming)
        self._store.alerts.keep(AlertWrite(run, incoming.dedup_key, alert, incoming.at, turns))
        payload = {
            "run": run,
            "alert": alert.model_dump(mode="json"),
            "service": alert.service or "unknown",
            "minute_seconds": self._deps.minute.total_seconds(),
            "revenue_limit": self._deps.revenue_limit,
            "why": why,
            "firing": self._store.alerts.firing_in(run),
            "flaps": len(turns) >= FLAPS,
            **(more or {}),
        }
        self._deps.transcripts.add(run, Draft(f"alert/{number}", "alert", payload, Author("main")))

    def _adopt_older_alerts(self, alert: Alert) -> None:
        """Let an alert go on with its alert of before proofs were part of its identity: it gets the identity of now."""
        for stored in self._store.alerts.under_either(*keys_before(alert)):
            if may_go_on(alert, stored.alert):
                self._store.alerts.rename(stored.run, stored.dedup_key, identity(alert))

    def _find_incident(self, incoming: Incoming) -> Match | None:
        if incoming.alert.status not in STARTS_NO_RUN:
            return find_incident(incoming, self._store.alerts, self._deps.catalogue, self._takes_alerts)
        run = self._store.alerts.open_run(incoming.dedup_key)
        if run is None:
            raise AlreadyOver(incoming.alert.title)
        return Match(run, "the same alert")

    def _takes_alerts(self, run: str) -> bool:
        """Whether firing alerts may still join a run: once it is resolved, a new alert is a new incident."""
        return self._deps.facts(run).status in ("running", "waiting")

    def _why_again(self, incoming: Incoming) -> str:
        """Say of which run an alert is the same problem again, shortly after that run was resolved."""
        last = self._store.alerts.last(incoming.dedup_key)
        ended = self._deps.facts(last.run).resolved_at if last else None
        if last is None or ended is None or ended < incoming.since(REOPEN_WITHIN):
            return ""
        return f"again, {round((incoming.at - ended) / self._deps.minute)} min after {last.run} was resolved"

    def _join(self, match: Match, incoming: Incoming) -> Placement:
        placement = Placement(match.run, joined=True, why=match.why)
        stored = self._store.alerts.find(match.run, incoming.dedup_key)
        if stored and is_repeat(stored, incoming.alert):
            self._store.alerts.count(match.run, incoming.dedup_key, incoming.at)
            return placement
        number = self._deps.facts(match.run).alerts + 1
        self.add_alert(match.run, incoming, number, match.why)
        if not self._store.runs.is_queued(match.run):
            self._deps.transcripts.wake_all(match.run, f"alert/{number}")
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
