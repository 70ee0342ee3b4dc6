"""Alerts become incidents: each starts a run or joins one, by written rules or because a person says so."""

import hashlib
import json
from typing import NamedTuple

from agents.io.redaction import cleaned
from agents.runtime.briefing import Alert
from graphs.intake.correlation import (
    FLAPS,
    REOPEN_WITHIN,
    Incoming,
    Match,
    alert_of,
    belongs,
    says_the_same,
    turned,
)
from graphs.intake.storms import PARENT, Overloaded, StormQueue, parent_of
from graphs.model.identity import identity, keys_before, may_go_on
from graphs.runtime.dependencies import Dependencies
from graphs.store.database import iso
from graphs.transcript.events import LANES_BESIDE, Author, Draft
from graphs.transcript.facts import Facts

LANES = ("main", *LANES_BESIDE)
STARTS_NOTHING = ("resolved", "acknowledged")
"""What somebody has seen to already is news only to a run that is open."""
STORM_KEY = identity(PARENT)


class UnknownRun(LookupError):
    """There is no such run."""


class ForgottenRun(UnknownRun):
    """There was such a run, and it was forgotten."""


class AlreadyOver(LookupError):
    """The alert says that something is over of which no run is open."""


class Receipt(NamedTuple):
    """What became of an alert."""

    run: str
    joined: bool
    """It joined a run that was open already."""
    why: str = ""
    """It belongs there."""


class Alerts:
    """Takes alerts in. Whatever it returns is on disk."""

    def __init__(self, deps: Dependencies) -> None:
        self.deps = deps
        self._storm = StormQueue(deps)

    def receive(self, alert: Alert) -> Receipt:
        """Store an alert: it starts a run, or joins the incident that it belongs to.

        Raises AlreadyOver and Overloaded.
        """
        alert = Alert.model_validate(cleaned(alert.model_dump(mode="json")))
        incoming = Incoming(alert, identity(alert), self.deps.clock.now(), self.deps.minute)
        with self.deps.store.transaction():
            self._take_over(alert)
            found = self._place(incoming)
            receipt = self._join(found, incoming) if found else self._start(incoming, self._again(incoming))
        self.deps.transcripts.ring(receipt.run)
        return receipt

    def standing(self, alert: Alert) -> str:
        """The open run of this very alert; empty where there is none."""
        with self.deps.store.transaction():
            self._take_over(alert)
            found = self.deps.store.one("open_run_of", dedup_key=identity(alert))
        return found["id"] if found else ""

    def facts(self, run: str) -> Facts:
        """A run as it stands now. Raises UnknownRun."""
        self._known(run)
        return self.deps.facts(run)

    def _take_over(self, alert: Alert) -> None:
        """Let an alert go on with its alarm of before proofs were part of its identity: it gets the identity of now."""
        with_source, without_source = keys_before(alert)
        for row in self.deps.store.many("alarms_kept_before", with_source=with_source, without_source=without_source):
            if may_go_on(alert, Alert.model_validate_json(row["alert"])):
                names = {"run": row["run"], "dedup_key": row["dedup_key"]}
                self.deps.store.write("rename_alarm", **names, identity=identity(alert))

    def _place(self, incoming: Incoming) -> Match | None:
        if incoming.alert.status not in STARTS_NOTHING:
            return belongs(incoming, self.deps.store, self.deps.catalogue, self._takes_alerts)
        standing = self.deps.store.one("open_run_of", dedup_key=incoming.dedup_key)
        if standing is None:
            raise AlreadyOver(incoming.alert.title)
        return Match(standing["id"], "the same alert")

    def _takes_alerts(self, run: str) -> bool:
        """A resolved run learns nothing more of what fires: it is about what was."""
        return self.deps.facts(run).status in ("running", "waiting")

    def _again(self, incoming: Incoming) -> str:
        """Whether it is the same thing once more, shortly after it was resolved."""
        last = self.deps.store.one("last_alarm", dedup_key=incoming.dedup_key)
        ended = self.deps.facts(last["run"]).resolved_at if last else None
        if last is None or ended is None or iso(ended) < incoming.since(REOPEN_WITHIN):
            return ""
        return f"again, {round((incoming.at - ended) / self.deps.minute)} min after {last['run']} was resolved"

    def _start(self, incoming: Incoming, why: str, in_a_storm: bool = True) -> Receipt:
        """Start a run. Raises Overloaded."""
        stormy = in_a_storm and incoming.dedup_key != STORM_KEY and self._storm.is_on(incoming.at)
        if stormy and not self._storm.has_room():
            raise Overloaded(Overloaded.__doc__)
        run = self._new_id(incoming)
        text, received = incoming.alert.model_dump_json(), iso(incoming.at)
        self.deps.store.write("add_run", id=run, received_at=received, alert=text, dedup_key=incoming.dedup_key)
        self._write_down(run, incoming, 1, why, {"surroundings": self.deps.surroundings})
        if stormy:
            self._enqueue(run, incoming)
        else:
            self._wake(run, "alert/1")
        return Receipt(run, joined=False, why=why)

    def _join(self, found: Match, incoming: Incoming) -> Receipt:
        receipt = Receipt(found.run, joined=True, why=found.why)
        alarm = self.deps.store.one("alarm", run=found.run, dedup_key=incoming.dedup_key)
        if alarm and says_the_same(alarm, incoming.alert):
            names = {"run": found.run, "dedup_key": incoming.dedup_key}
            self.deps.store.write("count_alarm", **names, last_at=iso(incoming.at))
            return receipt
        number = self.deps.facts(found.run).alerts + 1
        self._write_down(found.run, incoming, number, found.why, {})
        place = self.deps.store.one("place_of_run", id=found.run)
        if place and not place["queued"]:
            self._wake(found.run, f"alert/{number}")
        return receipt

    def _write_down(self, run: str, incoming: Incoming, number: int, why: str, also: dict[str, object]) -> None:
        """An alert as an event of its run, and as one of its alarms."""
        alert, names = incoming.alert, {"run": run, "dedup_key": incoming.dedup_key}
        turns = turned(self.deps.store.one("alarm", **names), incoming)
        self.deps.store.write(
            "keep_alarm",
            **names,
            alert=alert.model_dump_json(),
            service=alert.service,
            environment=alert.environment,
            group_key=alert.group_key,
            is_firing=int(alert.status != "resolved"),
            last_at=iso(incoming.at),
            turns=json.dumps(turns),
        )
        firing = self.deps.store.one("firing", run=run)
        payload = {
            "run": run,
            "alert": alert.model_dump(mode="json"),
            "service": alert.service or "unknown",
            "minute_seconds": self.deps.minute.total_seconds(),
            "revenue_limit": self.deps.revenue_limit,
            "why": why,
            "firing": firing["alarms"] if firing else 0,
            "flaps": len(turns) >= FLAPS,
            **also,
        }
        self.deps.transcripts.add(run, Draft(f"alert/{number}", "alert", payload, Author("main")))

    def _enqueue(self, run: str, incoming: Incoming) -> None:
        """Put a run into the queue of the storm; the first one that is, lets the storm have a parent."""
        parent = self.standing(PARENT)
        if parent:
            self._storm.queue(run, parent, incoming.alert)
        else:
            alerts = [alert_of(row) for row in self._storm.untouched(incoming.at)]
            stands_for_all = incoming._replace(alert=parent_of(alerts, self.deps.catalogue), dedup_key=STORM_KEY)
            parent = self._start(stands_for_all, "").run
            self._storm.gather(parent, incoming.at)
            self.deps.transcripts.ring(parent)
        self._storm.take_stock(parent)

    def _wake(self, run: str, reason: str) -> None:
        for lane in LANES:
            self.deps.transcripts.add_wakeup(run, lane, reason, iso(self.deps.clock.now()))

    def _new_id(self, incoming: Incoming) -> str:
        unique = hashlib.sha256(f"{incoming.dedup_key} {iso(incoming.at)}".encode()).hexdigest()[:6]
        return f"{incoming.at:%Y%m%d-%H%M%S}-{unique}"

    def _known(self, run: str) -> None:
        if self.deps.store.one("run_exists", id=run) is None:
            raise ForgottenRun(run) if self.deps.store.one("tombstone", run=run) else UnknownRun(run)
