"""Stored alerts: which alerts belong to which run. However often an alert comes, it is one row of its run."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from pydantic import ValidationError

from agents.runtime.briefing import Alert
from graphs.store.database import Database, Row, iso


def read_alert(text: str) -> Alert:
    """Read an alert as it is stored; where it cannot be read, give one that says so."""
    try:
        return Alert.model_validate_json(text)
    except ValidationError:
        return Alert(title="An alert that cannot be read")


@dataclass(frozen=True)
class StoredAlert:
    """An alert of a run, as it came last."""

    run: str
    dedup_key: str
    alert_json: str
    is_firing: bool
    last_at: datetime
    times: int = 1
    """How often it came."""
    turns: tuple[datetime, ...] = ()
    """When it last turned between firing and resolved."""

    @cached_property
    def alert(self) -> Alert:
        """The alert; read only where it is needed, since that takes its time."""
        return read_alert(self.alert_json)


@dataclass(frozen=True)
class AlertWrite:
    """An alert that belongs to a run from now on, or came again."""

    run: str
    dedup_key: str
    alert: Alert
    last_at: datetime
    turns: tuple[datetime, ...]

    @cached_property
    def alert_json(self) -> str:
        """The alert as it is kept."""
        return self.alert.model_dump_json()


class RecentAlert(NamedTuple):
    """Which run an alert came to, and when."""

    run: str
    last_at: datetime


def _stored_alert(row: Row) -> StoredAlert:
    return StoredAlert(
        run=row["run"],
        dedup_key=row["dedup_key"],
        alert_json=row["alert"],
        is_firing=bool(row["is_firing"]),
        last_at=datetime.fromisoformat(row["last_at"]),
        times=row["times"],
        turns=tuple(map(datetime.fromisoformat, json.loads(row["turns"]))),
    )


class AlertRepository:
    """The alerts of all runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, stored: AlertWrite) -> None:
        """Add a stored alert, or replace it and count it once more."""
        alert = stored.alert
        self._database.write_later(
            "save_alarm",
            run=stored.run,
            dedup_key=stored.dedup_key,
            alert=stored.alert_json,
            service=alert.service,
            environment=alert.environment,
            group_key=alert.group_key,
            is_firing=int(alert.status != "resolved"),
            last_at=iso(stored.last_at),
            turns=json.dumps([iso(turn) for turn in stored.turns]),
        )

    def count(self, run: str, dedup_key: str, last_at: datetime) -> None:
        """Count a stored alert that came again unchanged."""
        self._database.write_later("count_alarm", run=run, dedup_key=dedup_key, last_at=iso(last_at))

    def rename(self, run: str, dedup_key: str, new_key: str) -> None:
        """Keep a stored alert of a run under another key."""
        self._database.write_later("rename_alarm", run=run, dedup_key=dedup_key, new_key=new_key)

    def remove(self, run: str, dedup_key: str) -> None:
        """Take a stored alert away from a run."""
        self._database.write_later("remove_alarm", run=run, dedup_key=dedup_key)

    def find(self, run: str, dedup_key: str) -> StoredAlert | None:
        """Find a stored alert of a run."""
        row = self._database.one("alarm", run=run, dedup_key=dedup_key)
        return _stored_alert(row) if row else None

    def under_either(self, one: str, other: str) -> list[StoredAlert]:
        """The alerts of all runs that are kept under one of two keys."""
        return self._many("alarms_under_either_key", one=one, other=other)

    def last(self, dedup_key: str) -> StoredAlert | None:
        """Find where a stored alert came last, in an open run or an ended one."""
        row = self._database.one("last_alarm", dedup_key=dedup_key)
        return _stored_alert(row) if row else None

    def open_run(self, dedup_key: str) -> str | None:
        """Find the open run that a stored alert belongs to."""
        row = self._database.one("open_run_of", dedup_key=dedup_key)
        return row["id"] if row else None

    def of_run(self, run: str) -> list[StoredAlert]:
        """The alerts of a run, by the time of their last alert."""
        return self._many("alarms_of_run", run=run)

    def of_group(self, group_key: str, since: datetime) -> Iterator[StoredAlert]:
        """The last alerts of open runs that their sender puts into a group, since a time."""
        return map(_stored_alert, self._database.many("alarms_of_group", group_key=group_key, since=iso(since)))

    def of_service(self, service: str, environment: str, since: datetime) -> Iterator[RecentAlert]:
        """When the last alerts of a service came, and to which open runs, since a time."""
        values = {"service": service, "environment": environment, "since": iso(since)}
        rows = self._database.many("alarms_of_service", **values)
        return (RecentAlert(row["run"], datetime.fromisoformat(row["last_at"])) for row in rows)

    def firing(self) -> list[StoredAlert]:
        """Every alert of an open run that fires, the latest first."""
        return self._many("firing_alarms")

    def firing_in(self, run: str) -> int:
        """How many alerts of a run fire."""
        row = self._database.one("firing_in_run", run=run)
        return row["alarms"] if row else 0

    def delete_of_run(self, run: str) -> None:
        """Delete the alerts of a run."""
        self._database.write("delete_alarms", run=run)

    def _many(self, query: str, **values: object) -> list[StoredAlert]:
        return [_stored_alert(row) for row in self._database.many(query, **values)]
