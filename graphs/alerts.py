"""Alerts become incidents: each starts a run or joins one, by written rules or because a person says so."""

import hashlib
import json
from typing import NamedTuple

from agents.briefing import Alert
from agents.redaction import cleaned
from graphs.correlation import (
    FLAPS,
    REOPEN_WITHIN,
    Belongs,
    Incoming,
    belongs,
    key_of,
    says_the_same,
    turned,
)
from graphs.facts import Facts
from graphs.room import Room
from graphs.store import iso
from graphs.storm import PARENT, Overloaded, Storm, parent_of
from graphs.transcript import LANES_BESIDE, Author, Draft

LANES = ("main", *LANES_BESIDE)
STARTS_NOTHING = ("resolved", "acknowledged")
"""What somebody has seen to already is news only to a run that is open."""
STORM_KEY = key_of(PARENT)


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

    def __init__(self, room: Room) -> None:
        self.room = room
        self._storm = Storm(room)

    def receive(self, alert: Alert) -> Receipt:
        """Store an alert: it starts a run, or joins the incident that it belongs to.

        Raises AlreadyOver and Overloaded.
        """
        alert = Alert.model_validate(cleaned(alert.model_dump(mode="json")))
        incoming = Incoming(alert, key_of(alert), self.room.clock.now(), self.room.minute)
        with self.room.store.transaction():
            found = self._place(incoming)
            receipt = self._join(found, incoming) if found else self._start(incoming, self._again(incoming))
        self.room.transcripts.ring(receipt.run)
        return receipt

    def facts(self, run: str) -> Facts:
        """A run as it stands now. Raises UnknownRun."""
        self._known(run)
        return self.room.facts(run)

    def _place(self, incoming: Incoming) -> Belongs | None:
        if incoming.alert.status not in STARTS_NOTHING:
            return belongs(incoming, self.room.store, self.room.catalogue, self._takes_alerts)
        standing = self.room.store.one("open_run_of", dedup_key=incoming.dedup_key)
        if standing is None:
            raise AlreadyOver(incoming.alert.title)
        return Belongs(standing["id"], "the same alert")

    def _takes_alerts(self, run: str) -> bool:
        """A resolved run learns nothing more of what fires: it is about what was."""
        return self.room.facts(run).status in ("running", "waiting")

    def _again(self, incoming: Incoming) -> str:
        """Whether it is the same thing once more, shortly after it was resolved."""
        last = self.room.store.one("last_alarm", dedup_key=incoming.dedup_key)
        ended = self.room.facts(last["run"]).resolved_at if last else None
        if last is None or ended is None or iso(ended) < incoming.since(REOPEN_WITHIN):
            return ""
        return f"again, {round((incoming.at - ended) / self.room.minute)} min after {last['run']} was resolved"

    def _start(self, incoming: Incoming, why: str, in_a_storm: bool = True) -> Receipt:
        """Start a run. Raises Overloaded."""
        stormy = in_a_storm and incoming.dedup_key != STORM_KEY and self._storm.is_on(incoming.at)
        if stormy and not self._storm.has_room():
            raise Overloaded(Overloaded.__doc__)
        run = self._new_id(incoming)
        text, received = incoming.alert.model_dump_json(), iso(incoming.at)
        self.room.store.write("add_run", id=run, received_at=received, alert=text, dedup_key=incoming.dedup_key)
        self._write_down(run, incoming, 1, why, {"surroundings": self.room.surroundings})
        if stormy:
            self._enqueue(run, incoming)
        else:
            self._wake(run, "alert/1")
        return Receipt(run, joined=False, why=why)

    def _join(self, found: Belongs, incoming: Incoming) -> Receipt:
        receipt = Receipt(found.run, joined=True, why=found.why)
        alarm = self.room.store.one("alarm", run=found.run, dedup_key=incoming.dedup_key)
        if alarm and says_the_same(alarm, incoming.alert):
            names = {"run": found.run, "dedup_key": incoming.dedup_key}
            self.room.store.write("count_alarm", **names, last_at=iso(incoming.at))
            return receipt
        number = self.room.facts(found.run).alerts + 1
        self._write_down(found.run, incoming, number, found.why, {})
        place = self.room.store.one("place_of_run", id=found.run)
        if place and not place["queued"]:
            self._wake(found.run, f"alert/{number}")
        return receipt

    def _write_down(self, run: str, incoming: Incoming, number: int, why: str, also: dict[str, object]) -> None:
        """An alert as an event of its run, and as one of its alarms."""
        alert, names = incoming.alert, {"run": run, "dedup_key": incoming.dedup_key}
        turns = turned(self.room.store.one("alarm", **names), incoming)
        self.room.store.write(
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
        firing = self.room.store.one("firing", run=run)
        payload = {
            "run": run,
            "alert": alert.model_dump(mode="json"),
            "service": alert.service or "unknown",
            "minute_seconds": self.room.minute.total_seconds(),
            "revenue_limit": self.room.revenue_limit,
            "why": why,
            "firing": firing["alarms"] if firing else 0,
            "flaps": len(turns) >= FLAPS,
            **also,
        }
        self.room.transcripts.add(run, Draft(f"alert/{number}", "alert", payload, Author("main")))

    def _enqueue(self, run: str, incoming: Incoming) -> None:
        """Put a run into the queue of the storm; the first one that is, lets the storm have a parent."""
        standing = self.room.store.one("open_run_of", dedup_key=STORM_KEY)
        if standing:
            parent = standing["id"]
            self._storm.queue(run, parent, incoming.alert)
        else:
            alerts = [Alert.model_validate_json(row["alert"]) for row in self._storm.untouched(incoming.at)]
            stands_for_all = incoming._replace(alert=parent_of(alerts, self.room.catalogue), dedup_key=STORM_KEY)
            parent = self._start(stands_for_all, "").run
            self._storm.gather(parent, incoming.at)
            self.room.transcripts.ring(parent)
        self._storm.take_stock(parent)

    def _wake(self, run: str, reason: str) -> None:
        for lane in LANES:
            self.room.transcripts.add_wakeup(run, lane, reason, iso(self.room.clock.now()))

    def _new_id(self, incoming: Incoming) -> str:
        unique = hashlib.sha256(f"{incoming.dedup_key} {iso(incoming.at)}".encode()).hexdigest()[:6]
        return f"{incoming.at:%Y%m%d-%H%M%S}-{unique}"

    def _known(self, run: str) -> None:
        if self.room.store.one("run_exists", id=run) is None:
            raise ForgottenRun(run) if self.room.store.one("tombstone", run=run) else UnknownRun(run)
