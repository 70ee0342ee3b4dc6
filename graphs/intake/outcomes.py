"""Outcomes: what became of each alert that came in. What started nothing is kept, for people to look at."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from agents.runtime.briefing import Alert
from graphs.intake.alerts import STARTS_NO_RUN, AlertIntake, AlreadyOver, Placement
from graphs.intake.change_ledger import ChangeLedger
from graphs.intake.changes_of_alerts import changes_of
from graphs.intake.silences import Silences
from graphs.model.identity import identity, proof_of
from graphs.runtime.dependencies import Dependencies
from graphs.store.kept_alerts import KeptAlertRow
from graphs.store.silences import SilenceRow

HELD = "held: control message"
UNREADABLE = "kept: unreadable"
CHANGE = "kept: a change"
SILENT = "kept: planned silence"
COUNTED = "counted"
AT_ONCE = 100
"""Alerts that start their runs in one go after a silence."""


class UnknownKeptAlert(LookupError):
    """No such alert is kept."""


class Outcome(NamedTuple):
    """What became of an alert."""

    became: str
    run: str = ""
    """That it started, joined or says to be over."""
    joined: bool = False
    why: str = ""


class AlertOutcomes:
    """Takes in alerts of every kind, and says what became of each."""

    def __init__(self, deps: Dependencies, alerts: AlertIntake, silences: Silences, changes: ChangeLedger) -> None:
        self._deps = deps
        self._changes = changes
        self._kept = deps.store.kept_alerts
        self._alerts = alerts
        self._silences = silences
        self._planned: Sequence[SilenceRow] | None = None
        """The silences that hold, read once for all that is taken in within one batch."""

    @contextmanager
    def batch(self) -> Generator[None]:
        """Have all that is taken in within the block on disk together, or none of it. No await may be in it."""
        if self._planned is not None:
            yield
            return
        try:
            with self._alerts.batch():
                self._planned = self._silences.listed()
                yield
        finally:
            self._planned = None

    def take(self, alert: Alert, number: int) -> Outcome:
        """Take in an alert, whose secrets are out of it, by its place in its body. Call it in a batch.

        A change that it tells of is recorded, whatever becomes of the alert. Raises Overloaded.
        """
        recorded = self._record_changes(alert)
        if alert.status == "control":
            return self._keep(alert, number, HELD, "it speaks of the sender itself, and of nothing that is wrong")
        if alert.is_change:
            return self._keep(alert, number, CHANGE, f"a pipeline's result is a change and no alert; {recorded}")
        silence = self._silence_over(alert)
        if silence:
            why = f"{silence.set_by} planned silence until {silence.ends_at:%Y-%m-%d %H:%M} UTC: {silence.why}"
            return self._keep(alert, number, SILENT, why, silence.ends_at)
        if alert.status in STARTS_NO_RUN and self._kept.is_silent(identity(alert)):
            return self._over_in_silence(alert, number)
        try:
            return _outcome(self._alerts.place(alert))
        except AlreadyOver:
            return self._keep(alert, number, COUNTED, "nothing that it belongs to is open")

    def _record_changes(self, alert: Alert) -> str:
        """Record the change that an alert tells of; gives for which services, in words."""
        changes = changes_of(alert, self._deps.catalogue, self._deps.clock.now())
        self._changes.record(str(proof_of(alert)), changes, keep_first=True)
        services = ", ".join(change.service for change in changes)
        return f"recorded for {services}" if services else "not recorded: it says no result, or of no service"

    def keep_unreadable(self, alert: Alert, number: int) -> Outcome:
        """Keep what nobody can read, with the reason as its description. Call it in a batch."""
        return self._keep(alert, number, UNREADABLE, alert.description)

    def newest(self, most: int, before: datetime | None = None) -> list[KeptAlertRow]:
        """The newest alerts that started nothing."""
        return self._kept.newest(most, before)

    def find(self, ref: str, number: int) -> KeptAlertRow:
        """Find an alert by its body and its place in it. Raises UnknownKeptAlert."""
        kept = self._kept.find(ref, number)
        if kept is None:
            raise UnknownKeptAlert(f"{ref}/{number}")
        return kept

    def start_run(self, ref: str, number: int, by: str) -> str:
        """Start a run from an alert that started nothing; gives the run, that of before where there is one.

        Raises UnknownKeptAlert and Overloaded.
        """
        with self._alerts.batch():
            kept = self.find(ref, number)
            if kept.run:
                return kept.run
            return self._start(kept, f"{by} started it from an alert that had started nothing").run

    def end_silences(self) -> list[str]:
        """Start runs for some of what still fires after its silence has ended.

        Gives the runs, an empty name for an alert that another silence holds back; nothing is left when there is none.
        """
        return [self._take_after_silence(kept) for kept in self._silences.after_silence(AT_ONCE)]

    def _take_after_silence(self, kept: KeptAlertRow) -> str:
        """Let an alert go its usual way; another silence may hold it back again."""
        silence = self._silences.covering(kept.alert, self._silences.listed())
        with self._alerts.batch():
            self._kept.end_silence(kept.dedup_key)
            if silence:
                self._keep(kept.alert, kept.number, SILENT, silence.why, silence.ends_at)
                return ""
            placement = self._alerts.place(kept.alert)
            self._kept.note_run(kept, placement.run)
        return placement.run

    def _start(self, kept: KeptAlertRow, why: str) -> Placement:
        alert = kept.alert if kept.alert.status == "firing" else kept.alert.model_copy(update={"status": "firing"})
        with self._alerts.batch():
            incoming = self._alerts.incoming(alert)
            placement = self._alerts.start_run(incoming, why, may_queue=False)
            self._kept.end_silence(kept.dedup_key)
            self._kept.note_run(kept, placement.run)
        self._deps.transcripts.notify_followers(placement.run)
        return placement

    def _silence_over(self, alert: Alert) -> SilenceRow | None:
        """The silence that keeps an alert from starting a run; what belongs to an open run goes on."""
        planned = self._silences.listed() if self._planned is None else self._planned
        silence = None if alert.status in STARTS_NO_RUN else self._silences.covering(alert, planned)
        is_open = silence is not None and self._deps.store.alerts.open_run(identity(alert)) is not None
        return None if is_open else silence

    def _over_in_silence(self, alert: Alert, number: int) -> Outcome:
        if alert.status == "resolved":
            self._kept.end_silence(identity(alert))
        return self._keep(alert, number, COUNTED, "it came and went in a planned silence")

    def _keep(self, alert: Alert, number: int, became: str, why: str, silent_until: datetime | None = None) -> Outcome:
        row = KeptAlertRow(
            ref=alert.raw_ref,
            number=number,
            received_at=self._deps.clock.now(),
            dedup_key=identity(alert),
            alert_json=alert.model_dump_json(),
            became=became,
            why=why,
            silent_until=silent_until,
        )
        self._kept.keep(row)
        return Outcome(became, why=why)


def _outcome(placement: Placement) -> Outcome:
    return Outcome(placement.became, placement.run, placement.joined, placement.why)
