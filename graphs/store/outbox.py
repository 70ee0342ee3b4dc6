"""The outbox: the events that outgoing webhooks still have to deliver. Each endpoint gets a run's events in order."""

from dataclasses import dataclass
from datetime import datetime

from graphs.store.database import Database, iso, time_or_none


@dataclass(frozen=True)
class OutboxEntry:
    """An event that is to be delivered to an endpoint."""

    endpoint: str
    run: str
    seq: int
    attempts: int = 0
    """That have failed so far."""


@dataclass(frozen=True)
class OutboxSize:
    """How many deliveries wait, and how many of them have failed before."""

    waiting: int
    failing: int


@dataclass(frozen=True)
class FailingEndpoint:
    """An endpoint that did not take what was delivered last."""

    endpoint: str
    attempts: int
    waiting: int


class OutboxRepository:
    """The deliveries that wait."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, endpoint: str, run: str, event_key: str, not_before: datetime) -> None:
        """Add the delivery of the event that is added to a run next, unless the run has it under its key already."""
        names = {"endpoint": endpoint, "run": run, "event_key": event_key}
        self._database.write_later("add_to_outbox", **names, not_before=iso(not_before))

    def due(self, now: datetime, most: int) -> list[OutboxEntry]:
        """Deliveries whose time has come: of each endpoint and run, the first event."""
        rows = self._database.many("due_in_outbox", now=iso(now), most=most)
        return [OutboxEntry(row["endpoint"], row["run"], row["seq"], row["attempts"]) for row in rows]

    def next_after(self, now: datetime) -> datetime | None:
        """The time of the first delivery that is still to come."""
        row = self._database.one("next_in_outbox", now=iso(now))
        return time_or_none(row["not_before"]) if row else None

    def put_off(self, entry: OutboxEntry, until: datetime) -> None:
        """Count a failed attempt, and let the delivery be due later."""
        self._database.write("put_off_in_outbox", **_place(entry), not_before=iso(until))

    def remove(self, entry: OutboxEntry) -> None:
        """Remove a delivery that was made or given up."""
        self._database.write("remove_from_outbox", **_place(entry))

    def endpoints(self) -> list[str]:
        """The endpoints for which something waits."""
        return [row["endpoint"] for row in self._database.many("endpoints_in_outbox")]

    def remove_endpoint(self, endpoint: str) -> None:
        """Remove all that waits for an endpoint."""
        self._database.write("remove_endpoint_from_outbox", endpoint=endpoint)

    def size(self) -> OutboxSize:
        """Count the deliveries that wait."""
        row = self._database.one("outbox_size")
        return OutboxSize(row["waiting"], row["failing"]) if row else OutboxSize(0, 0)

    def failing(self) -> list[FailingEndpoint]:
        """The endpoints of which a delivery has failed."""
        rows = self._database.many("failing_endpoints")
        return [FailingEndpoint(row["endpoint"], row["attempts"], row["waiting"]) for row in rows]

    def delete_of_run(self, run: str) -> None:
        """Delete what waits of a run."""
        self._database.write("delete_outbox", run=run)


def _place(entry: OutboxEntry) -> dict[str, str | int]:
    return {"endpoint": entry.endpoint, "run": entry.run, "seq": entry.seq}
