"""Alerts that started nothing: what they said, what became of them, and until when one is silent."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from agents.runtime.briefing import Alert
from graphs.store.alerts import read_alert
from graphs.store.database import Database, Row, iso, time_or_none


@dataclass(frozen=True)
class KeptAlertRow:
    """An alert that started nothing."""

    ref: str
    """Under which its body is kept."""
    number: int
    """Its place in that body, from 0."""
    received_at: datetime
    dedup_key: str
    """The alert's identity."""
    alert_json: str
    became: str
    why: str
    run: str = ""
    """The run that a person started from it, or that it started when a silence ended."""
    silent_until: datetime | None = None
    """None where no silence holds it back any more."""
    times: int = 1
    """How often the same body came."""

    @cached_property
    def alert(self) -> Alert:
        """The alert; read only where it is needed."""
        return read_alert(self.alert_json)


def _kept(row: Row) -> KeptAlertRow:
    return KeptAlertRow(
        ref=row["ref"],
        number=row["number"],
        received_at=datetime.fromisoformat(row["received_at"]),
        dedup_key=row["dedup_key"],
        alert_json=row["alert"],
        became=row["became"],
        why=row["why"],
        run=row["run"],
        silent_until=time_or_none(row["silent_until"]),
        times=row["times"],
    )


class KeptAlertRepository:
    """All alerts that started nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, kept: KeptAlertRow) -> None:
        """Keep an alert; the same one of the same body is counted once more."""
        self._database.write_later(
            "keep_alert",
            ref=kept.ref,
            number=kept.number,
            received_at=iso(kept.received_at),
            dedup_key=kept.dedup_key,
            alert=kept.alert_json,
            became=kept.became,
            why=kept.why,
            silent_until=iso(kept.silent_until) if kept.silent_until else "",
        )

    def find(self, ref: str, number: int) -> KeptAlertRow | None:
        """Find an alert by its body and its place in it."""
        row = self._database.one("kept_alert", ref=ref, number=number)
        return _kept(row) if row else None

    def newest(self, most: int, before: datetime | None = None) -> list[KeptAlertRow]:
        """The newest of them, or the newest of those that came before a time."""
        rows = self._database.many("kept_alerts", most=most, before=iso(before) if before else "")
        return [_kept(row) for row in rows]

    def note_run(self, kept: KeptAlertRow, run: str) -> None:
        """Note the run that was started from an alert."""
        self._database.write_later("note_run_of_kept_alert", ref=kept.ref, number=kept.number, run=run)

    def is_silent(self, dedup_key: str) -> bool:
        """Whether an alert fires that a silence holds back."""
        return self._database.one("alert_in_silence", dedup_key=dedup_key) is not None

    def end_silence(self, dedup_key: str) -> None:
        """Note that nothing has to be done about an alert when its silence ends."""
        self._database.write("end_silence_of_alert", dedup_key=dedup_key)

    def after_silence(self, now: datetime, most: int) -> list[KeptAlertRow]:
        """Alerts that still fire though their silence has ended, oldest first."""
        return [_kept(row) for row in self._database.many("alerts_after_silence", now=iso(now), most=most)]

    def look_again(self, now: datetime) -> None:
        """Have every alert that is held back looked at again now."""
        self._database.write("shorten_silence_of_alerts", now=iso(now))

    def delete_of(self, ref: str) -> None:
        """Delete the alerts of a body."""
        self._database.write("delete_kept_alerts_of", ref=ref)

    def delete_of_run(self, run: str) -> None:
        """Delete the alerts from which a run was started."""
        self._database.write("delete_kept_alerts_of_run", run=run)

    def delete_before(self, moment: datetime) -> None:
        """Delete the alerts that came before a time."""
        self._database.write("delete_kept_alerts_before", before=iso(moment))
