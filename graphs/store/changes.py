"""Changes: the ledger of what was changed, by whoever reported it."""

from dataclasses import dataclass
from datetime import datetime

from agents.readings.history import ChangeKind, RecordedChange
from graphs.store.database import Database, Row, iso


@dataclass(frozen=True)
class ReportedChange:
    """A change, and who reported it when."""

    reporter: str
    """Who proved to report it; `driver` for a connected system. A change's id is the reporter's own."""
    change: RecordedChange
    reported_at: datetime


def _reported(row: Row) -> ReportedChange:
    told = {name: row[name] for name in RecordedChange.model_fields if name != "by"}
    change = RecordedChange.model_validate({**told, "by": row["made_by"]})
    return ReportedChange(row["reporter"], change, datetime.fromisoformat(row["reported_at"]))


class ChangeRepository:
    """All changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, reported: ReportedChange) -> None:
        """Write a change down; one that has the same id, reporter and service is replaced."""
        change = reported.change
        fields = change.model_dump(exclude={"at", "by"})
        moments = {"at": iso(change.at), "reported_at": iso(reported.reported_at)}
        self._database.write("save_change", reporter=reported.reporter, made_by=change.by, **fields, **moments)

    def find(self, reporter: str, id: str) -> list[RecordedChange]:  # noqa: A002 - what the table calls it
        """The changes under an id of a reporter: one for each service."""
        rows = self._database.many("changes_under_id", reporter=reporter, id=id)
        return [_reported(row).change for row in rows]

    def of(self, service: str, since: datetime, until: datetime) -> list[ReportedChange]:
        """The changes of a service between two times, both included, oldest first."""
        rows = self._database.many("changes_of_service", service=service, since=iso(since), until=iso(until))
        return [_reported(row) for row in rows]

    def newest(
        self, most: int, service: str = "", kind: ChangeKind | None = None, before: datetime | None = None
    ) -> list[RecordedChange]:
        """The newest changes, newest first: of a service, of a kind, or before a time where these are given."""
        until = iso(before) if before else ""
        rows = self._database.many("newest_changes", most=most, service=service, kind=kind or "", before=until)
        return [_reported(row).change for row in rows]

    def delete_before(self, moment: datetime) -> None:
        """Delete the changes that were reported before a time."""
        self._database.write("delete_changes_before", before=iso(moment))
