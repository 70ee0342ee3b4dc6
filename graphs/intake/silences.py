"""Planned silence: times in which alerts of a service, an environment, a label, or one single alert start no run."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from fnmatch import fnmatch

from pydantic import BaseModel, Field, model_validator

from agents.io.redaction import cleaned
from agents.runtime.briefing import Alert
from graphs.model.identity import identity
from graphs.runtime.dependencies import Dependencies
from graphs.store.database import iso
from graphs.store.kept_alerts import KeptAlertRow
from graphs.store.silences import SilenceRow


class UnknownSilence(LookupError):
    """There is no such silence."""


class NewSilence(BaseModel):
    """A maintenance window: from when to when, for what, by whom and why. What it names must all fit an alert."""

    starts_at: datetime | None = None
    """Left out: now."""
    ends_at: datetime
    service: str = Field(default="", max_length=200)
    """A name, or a pattern such as checkout-*."""
    environment: str = Field(default="", max_length=200)
    label: str = Field(default="", max_length=200)
    """As name=value."""
    by: str = Field(min_length=1, max_length=200)
    why: str = Field(min_length=1, max_length=2_000)
    id: str = Field(default="", max_length=300)
    """Sent again under the same id, it changes the silence instead of adding one."""
    feed: str = Field(default="", max_length=300)
    """The calendar that it comes from."""

    @model_validator(mode="after")
    def _names_something(self) -> "NewSilence":
        if not (self.service or self.environment or self.label):
            raise ValueError("name a service, an environment or a label: a silence for everything is not taken")
        if self.label and "=" not in self.label:
            raise ValueError("label: expected name=value")
        if self.ends_at.tzinfo is None or (self.starts_at is not None and self.starts_at.tzinfo is None):
            raise ValueError("times need a zone, such as 2026-03-03T02:00:00Z")
        if self.starts_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("ends_at must be after starts_at")
        return self


class Silences:
    """Knows which alerts are silent now. All of it is kept in the store."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._store = deps.store

    def add(self, new: NewSilence) -> SilenceRow:
        """Add a maintenance window, or change one that is there."""
        now = self._deps.clock.now()
        label, _, value = new.label.partition("=")
        silence = SilenceRow(
            **cleaned({"service": new.service, "environment": new.environment, "why": new.why, "feed": new.feed}),
            id=new.id or _new_id(new.model_dump_json(), now),
            starts_at=new.starts_at or now,
            ends_at=new.ends_at,
            label=label.strip(),
            label_value=value.strip(),
            set_by=new.by,
            set_at=now,
        )
        return self._save(silence)

    def mute(self, alert: Alert, until: datetime, by: str, why: str) -> SilenceRow:
        """Mute one alert until a time: what is firing already goes on, and later it starts nothing."""
        now, key = self._deps.clock.now(), identity(alert)
        silence = SilenceRow(
            id=_new_id(key, now),
            starts_at=now,
            ends_at=until,
            set_by=by,
            why=why,
            set_at=now,
            dedup_key=key,
            title=alert.title,
        )
        return self._save(silence)

    def end(self, id: str) -> None:  # noqa: A002 - what the API calls it
        """End a silence now; what still fires starts its run at the next look. Raises UnknownSilence."""
        if self._store.silences.find(id) is None:
            raise UnknownSilence(id)
        now = self._deps.clock.now()
        with self._store.transaction():
            self._store.silences.end(id, now)
            self._store.kept_alerts.look_again(now)

    def listed(self) -> list[SilenceRow]:
        """Those that hold now or are to come."""
        return self._store.silences.from_now(self._deps.clock.now())

    def covering(self, alert: Alert, listed: Sequence[SilenceRow]) -> SilenceRow | None:
        """The silence of those listed that holds an alert back now: of several the one that ends last."""
        now = self._deps.clock.now()
        holding = (silence for silence in listed if silence.starts_at <= now and _fits(silence, alert))
        return max(holding, key=lambda one: one.ends_at, default=None)

    def after_silence(self, most: int) -> Sequence[KeptAlertRow]:
        """Alerts that still fire though the silence that held them back has ended, each once, as it came last."""
        rows = self._store.kept_alerts.after_silence(self._deps.clock.now(), most)
        return list({row.dedup_key: row for row in rows}.values())

    def _save(self, silence: SilenceRow) -> SilenceRow:
        with self._store.transaction():
            self._store.silences.save(silence)
        return silence


def _fits(silence: SilenceRow, alert: Alert) -> bool:
    if silence.dedup_key:
        return silence.dedup_key == identity(alert)
    wanted = {"service": silence.service, "environment": silence.environment}
    own = all(not pattern or _matches(getattr(alert, name), pattern) for name, pattern in wanted.items())
    return own and (not silence.label or _matches(alert.labels.get(silence.label, ""), silence.label_value))


def _matches(text: str, pattern: str) -> bool:
    return fnmatch(text.casefold(), pattern.casefold())


def _new_id(text: str, now: datetime) -> str:
    return hashlib.sha256(f"{text} {iso(now)}".encode()).hexdigest()[:12]
