"""Alert storms: where many incidents begin at once, they wait in a durable queue under one parent run, and only a few
are investigated at a time."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from agents.io.catalogue import Catalogue, Service
from agents.runtime.briefing import Alert
from graphs.model.identity import WARROOM
from graphs.runtime.dependencies import Dependencies
from graphs.store.runs import RunAlert
from graphs.transcript.event import Event
from graphs.transcript.events import Author, Draft

WINDOW = timedelta(minutes=1)
"""Incidents that begin within this time are counted: so many of them are a storm."""
COMPARED = 500
"""Incidents of a storm that are compared for what they share: enough to tell, and done in some milliseconds."""
QUEUE_AT_MOST = 50_000
"""Alerts that would make the queue longer are refused; their senders send them again."""
SHARED_AT_LEAST = 0.5
"""A label that this share of the incidents have in common is worth telling."""
TITLE = "Alert storm"
PARENT = Alert(title=TITLE, dedup_key="storm", severity="critical", hint="P1", sender=str(WARROOM))
HINTS = {"P1": 1, "": 2, "P2": 3, "P3": 4}
"""Hint about the severity -> place in the queue. Without a hint it may be bad, so it goes before P2."""


class Overloaded(Exception):
    """More alerts wait than can be looked at."""


class StormQueue:
    """Knows whether there is a storm, and which incident of its queue is next. All of it is kept in the store."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._runs = deps.store.runs

    def is_on(self, now: datetime) -> bool:
        """Whether so many incidents have begun within the last minute."""
        limit = self._deps.storm_from
        return self._runs.begun_since(self._since(now), limit + 1) > limit

    def not_begun(self, now: datetime) -> list[RunAlert]:
        """Runs that came within the last minute and in which no work has begun."""
        return self._runs.not_begun_since(self._since(now))

    def gather(self, parent: str, now: datetime) -> None:
        """Put all of those into the queue of a storm, and wake them no more until they are released."""
        for begun in self.not_begun(now):
            if begun.run != parent:
                self.enqueue(begun.run, parent, begun.alert)
                self._deps.store.wakeups.delete_of_run(begun.run)

    def enqueue(self, run: str, parent: str, alert: Alert) -> None:
        """Put a run into the queue: the worst hint first, then the tier, then the age."""
        service = self._deps.catalogue.services.get(alert.service, Service())
        rank = HINTS[alert.hint] * 10 + service.tier
        self._runs.enqueue(run, parent, rank)
        self._deps.transcripts.add(run, Draft("queued", "queued", {"parent": parent, "rank": rank}, Author("main")))

    def record_size(self, parent: str) -> None:
        """Write down how large a storm is and what its incidents have in common, each time that it has doubled."""
        size = self._runs.storm_size(parent)
        if size.runs.bit_count() != 1:
            return
        alerts = [member.alert for member in self._runs.of_storm(parent, COMPARED)]
        payload = {"incidents": size.runs, "queued": size.queued, "shared": shared(alerts)}
        self._deps.transcripts.add(parent, Draft(f"storm/{size.runs}", "storm", payload, Author("main")))

    def has_room(self) -> bool:
        """Whether the queue takes more."""
        return self._runs.queue_length() < QUEUE_AT_MOST

    def release(self) -> None:
        """Let as many incidents be investigated as may be at once; those that have ended by now are closed unseen."""
        if not self._runs.next_in_queue(1):
            return
        with self._deps.store.transaction():
            released = self._next()
            for run in released:
                self._release(run)
        for run in released:
            self._deps.transcripts.notify_followers(run)

    def _release(self, run: str) -> None:
        if any(stored.is_firing for stored in self._deps.store.alerts.of_run(run)):
            self._runs.release(run)
            self._deps.transcripts.add(run, Draft("released", "released", {}, Author("main")))
            self._deps.transcripts.wake_all(run, "released")
        else:
            self._close_unseen(run)

    def cancel_queued(self, run: str, by: str, why: str) -> Event:
        """Cancel and close a run that still waits in the queue: nobody has begun with it. Call it in a transaction."""
        return self._close_queued(run, {"by": by, "why": why})

    def _close_unseen(self, run: str) -> Event:
        """Close a run at which nobody looked, and list it as such: its senders say that its alerts are over."""
        why = "its alerts ended while it waited in the queue of a storm"
        self._runs.note_unseen(run)
        return self._close_queued(run, {"by": "warroom", "why": why, "unseen": True})

    def _close_queued(self, run: str, decision: dict[str, Any]) -> Event:
        """Close a run with which no role has begun."""
        payload: dict[str, Any] = {**decision, "half_done": [], "cites": []}
        event = self._deps.transcripts.add(run, Draft("cancelled", "cancelled", payload, Author("main")))
        self._deps.transcripts.add(run, Draft("closed", "closed", {}, Author("main")))
        self._deps.store.wakeups.delete_of_run(run)
        self._runs.release(run)
        self._runs.close(run)
        return event

    def _next(self) -> list[str]:
        """The runs that may be released now: so many that no more than a few are investigated at once."""
        free = self._deps.investigations_at_once - self._runs.investigated_from_queue()
        return self._runs.next_in_queue(max(free, 0))

    def _since(self, now: datetime) -> datetime:
        return now - WINDOW * (self._deps.minute / timedelta(minutes=1))


def parent_of(alerts: Sequence[Alert], catalogue: Catalogue) -> Alert:
    """The alert that stands for a storm: of the service that most of its incidents depend on, where there is one."""
    service = _common(alerts, catalogue)
    common = "; ".join(f"{one['share']:.0%} {one['label']} {one['value']}" for one in shared(alerts)[:5])
    description = f"{len(alerts)} incidents began within a minute. {common}".strip()
    return PARENT.model_copy(update={"service": service, "description": description})


def shared(alerts: Sequence[Alert], most: int = 8) -> list[dict[str, object]]:
    """What the alerts have in common: label, value and its share, the commonest first."""
    found = Counter(pair for alert in alerts for pair in set(_labels(alert)))
    common = [(pair, times) for pair, times in found.most_common() if times >= SHARED_AT_LEAST * len(alerts)]
    return [
        {"label": label, "value": value, "share": round(times / len(alerts), 3)}
        for (label, value), times in common[:most]
    ]


def _labels(alert: Alert) -> Iterable[tuple[str, str]]:
    own = {"service": alert.service, "environment": alert.environment, "region": alert.region, "title": alert.title}
    return ((label, value) for label, value in {**alert.labels, **own}.items() if value)


def _common(alerts: Sequence[Alert], catalogue: Catalogue) -> str:
    """The service below most of the others: what it takes down when it fails. Of several the one furthest down."""
    names = [alert.service for alert in alerts if alert.service in catalogue.services]
    below = {name: catalogue.downstream(name) for name in set(names)}
    reached = Counter(service for name in names for service in below[name])
    most = [service for service, times in reached.items() if times > SHARED_AT_LEAST * len(alerts)]
    return max(most, key=lambda service: (reached[service], -len(catalogue.downstream(service)), service), default="")
