"""What came in from outside: the bodies that alert senders posted, and the answers to requests that may come again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from graphs.store.database import Database, iso, time_or_none

EVER = datetime.max.replace(tzinfo=UTC)
"""Later than everything, also where the clock was set back."""


@dataclass(frozen=True)
class NewDelivery:
    """A body to be kept."""

    ref: str
    source: str
    sender: str
    """Who it proved to be from."""
    proof: str
    """How its sender proved itself."""
    size: int
    """Bytes, as it came."""
    body: str
    """Packed into text; of a large body its first piece, the others having been added before."""
    headers: Mapping[str, str]
    waits: bool = True
    """Its alerts are still to be taken in."""


@dataclass(frozen=True)
class DeliveryRow:
    """A body that is kept."""

    ref: str
    source: str
    sender: str
    """Empty for what was kept before senders were noted."""
    proof: str
    size: int
    body: str
    """All its pieces."""
    headers: dict[str, str]
    waits: bool
    """Not all of its alerts were taken in yet."""


@dataclass(frozen=True)
class WaitingDelivery:
    """A body of which not everything was taken in."""

    ref: str
    taken: int
    """How many of its alerts were."""


@dataclass(frozen=True)
class InboxSize:
    """How many deliveries wait to be taken in, and since when the oldest does."""

    waiting: int
    oldest: datetime | None


@dataclass(frozen=True)
class ReceiptRow:
    """The answer to a request, and the hash of its body."""

    body_hash: str
    answer: str


class DeliveryRepository:
    """The deliveries of alert senders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, delivery: NewDelivery, received_at: datetime) -> None:
        """Keep a body; one that was kept before under the same name is to be taken in again, where it waits."""
        self._database.write(
            "add_delivery",
            ref=delivery.ref,
            source=delivery.source,
            sender=delivery.sender,
            proof=delivery.proof,
            size=delivery.size,
            body=delivery.body,
            headers=json.dumps(dict(delivery.headers)),
            waits=int(delivery.waits),
            received_at=iso(received_at),
        )

    def add_piece(self, ref: str, number: int, body: str) -> None:
        """Keep a piece of a large body, before the delivery itself is added with the first one."""
        self._database.write("add_delivery_piece", ref=ref, piece=number, body=body)

    def delete_unfinished_pieces(self) -> None:
        """Delete the pieces of bodies that were never added whole."""
        self._database.write("delete_unfinished_pieces")

    def find(self, ref: str) -> DeliveryRow | None:
        """Find a body by its name."""
        row = self._database.one("delivery", ref=ref)
        if row is None:
            return None
        return DeliveryRow(
            ref=row["ref"],
            source=row["source"],
            sender=row["sender"],
            proof=row["proof"],
            size=row["size"],
            body=row["body"] + "".join(piece["body"] for piece in self._database.many("delivery_pieces", ref=ref)),
            headers=json.loads(row["headers"]),
            waits=bool(row["waits"]),
        )

    def note_taken(self, ref: str, taken: int) -> None:
        """Note how many of its alerts were taken in."""
        self._database.write_later("note_taken", ref=ref, taken=taken)

    def taken(self, ref: str) -> int | None:
        """How many of its alerts were taken in; None where it is kept no longer."""
        row = self._database.one("taken_of_delivery", ref=ref)
        return row["taken"] if row else None

    def count_attempt(self, ref: str) -> None:
        """Count an attempt to take in what an earlier process left."""
        self._database.write("count_attempt", ref=ref)

    def take_back_attempt(self, ref: str) -> None:
        """Count an attempt no longer."""
        self._database.write("take_back_attempt", ref=ref)

    def finish(self, ref: str) -> None:
        """Note that there is nothing left to take in."""
        self._database.write("finish_delivery", ref=ref)

    def waiting(self, attempts_below: int, before: datetime = EVER) -> list[WaitingDelivery]:
        """Deliveries up to a time that are not taken in to their end and were not tried too often, oldest first."""
        rows = self._database.many("waiting_deliveries", most=attempts_below, before=iso(before))
        return [WaitingDelivery(row["ref"], row["taken"]) for row in rows]

    def size(self) -> InboxSize:
        """Count the deliveries that wait to be taken in."""
        row = self._database.one("inbox_size")
        return InboxSize(row["waiting"], time_or_none(row["oldest"])) if row else InboxSize(0, None)

    def delete(self, ref: str) -> None:
        """Delete a body."""
        self._database.write("delete_delivery_pieces", ref=ref)
        self._database.write("delete_delivery", ref=ref)

    def delete_before(self, moment: datetime) -> None:
        """Delete the bodies that came before a time."""
        self._database.write("delete_pieces_before", before=iso(moment))
        self._database.write("delete_deliveries_before", before=iso(moment))


class ReceiptRepository:
    """The answers to requests that may be sent again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, caller: str, key: str) -> ReceiptRow | None:
        """Find what was answered to a caller's request under an idempotency key."""
        row = self._database.one("receipt", caller=caller, idempotency_key=key)
        return ReceiptRow(row["body_hash"], row["answer"]) if row else None

    def add(self, caller: str, key: str, receipt: ReceiptRow, at: datetime) -> None:
        """Keep an answer."""
        names = {"caller": caller, "idempotency_key": key}
        self._database.write("add_receipt", **names, body_hash=receipt.body_hash, answer=receipt.answer, at=iso(at))

    def remove_before(self, moment: datetime) -> None:
        """Remove the answers that were given before a time."""
        self._database.write("remove_old_receipts", before=iso(moment))
