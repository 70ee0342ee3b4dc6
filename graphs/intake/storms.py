"""Storms: many incidents begin at once. They wait in a durable queue under one parent; a few are investigated."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from agents.io.catalogue import Catalogue, Service
from agents.runtime.briefing import Alert
from graphs.intake.correlation import alert_of
from graphs.model.identity import WARROOM
from graphs.runtime.dependencies import Dependencies
from graphs.store.database import Row, iso
from graphs.transcript.events import Author, Draft

WINDOW = timedelta(minutes=1)
"""In which so many incidents begin that it is a storm."""
QUEUE_AT_MOST = 50_000
"""The high-water mark: what would make the queue longer is sent away, to come again."""
LOOKED_AT = 500
"""Incidents, for what they have in common: enough to tell, and done in some milliseconds."""
SHARED_AT_LEAST = 0.5
"""Of the incidents: what so many have in common is told."""
TITLE = "Alert storm"
PARENT = Alert(title=TITLE, dedup_key="storm", severity="critical", hint="P1", sender=str(WARROOM))
HINTS = {"P1": 1, "": 2, "P2": 3, "P3": 4}
"""Nobody said anything: it may be bad."""


class Overloaded(Exception):
    """More alerts wait than can be looked at."""


class StormQueue:
    """Knows whether there is a storm, and who is next in its queue. All of it stands in the store."""

    def __init__(self, deps: Dependencies) -> None:
        self._room = deps
        self._store = deps.store

    def is_on(self, now: datetime) -> bool:
        """Whether so many incidents have begun within the last minute."""
        since, limit = self._since(now), self._room.storm_from
        begun = self._store.one("runs_begun_since", since=since, most=limit + 1)
        return begun is not None and begun["runs"] > limit

    def untouched(self, now: datetime) -> list[Row]:
        """What began within the last minute and has not been looked at."""
        return self._store.many("untouched_since", since=self._since(now))

    def gather(self, parent: str, now: datetime) -> None:
        """Put all of that into the queue of a parent."""
        for row in self.untouched(now):
            if row["id"] != parent:
                self.queue(row["id"], parent, alert_of(row))
                self._store.write("forget_wakeups", run=row["id"])

    def queue(self, run: str, parent: str, alert: Alert) -> None:
        """Put a run into the queue: the worst hint first, then the tier, then the age."""
        service = self._room.catalogue.services.get(alert.service, Service())
        rank = HINTS[alert.hint] * 10 + service.tier
        self._store.write("queue_run", id=run, parent=parent, rank=rank)
        self._room.transcripts.add(run, Draft("queued", "queued", {"parent": parent, "rank": rank}, Author("main")))

    def take_stock(self, parent: str) -> None:
        """Write down how large it is and what its incidents have in common; once each time that it has doubled."""
        size = self._store.one("children", parent=parent)
        if size is None or size["runs"].bit_count() != 1:
            return
        some = self._store.many("children_of", parent=parent, most=LOOKED_AT)
        told = {"incidents": size["runs"], "queued": size["queued"], "shared": shared([alert_of(row) for row in some])}
        self._room.transcripts.add(parent, Draft(f"storm/{size['runs']}", "storm", told, Author("main")))

    def has_room(self) -> bool:
        """Whether the queue takes more."""
        queue = self._store.one("queue")
        return queue is not None and queue["runs"] < QUEUE_AT_MOST

    def next(self) -> list[str]:
        """The runs that may be released now: so many that no more than a few are investigated at once."""
        if not self._store.many("waiting_in_queue", most=1):
            return []
        busy = self._store.one("investigated_out_of_queue")
        free = self._room.investigations_at_once - (busy["runs"] if busy else 0)
        return [row["id"] for row in self._store.many("waiting_in_queue", most=max(free, 0))]

    def _since(self, now: datetime) -> str:
        return iso(now - WINDOW * (self._room.minute / timedelta(minutes=1)))


def parent_of(alerts: Sequence[Alert], catalogue: Catalogue) -> Alert:
    """The alert that stands for a storm: of the service that most of its incidents depend on, where there is one."""
    service = _common(alerts, catalogue)
    told = "; ".join(f"{one['share']:.0%} {one['label']} {one['value']}" for one in shared(alerts)[:5])
    said = f"{len(alerts)} incidents began within a minute. {told}".strip()
    return PARENT.model_copy(update={"service": service, "description": said})


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
