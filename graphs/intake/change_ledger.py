"""The ledger of changes: whatever was changed on any component, by whoever reports it, each change once."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field

from agents.io.catalogue import Catalogue
from agents.io.clock import Clock
from agents.io.redaction import cleaned
from agents.readings.history import ChangeHistory, ChangeKind, RecordedChange
from graphs.model.identity import plain
from graphs.store.changes import ReportedChange
from graphs.store.database import iso
from graphs.store.store import Store

DRIVER = "driver"
"""The reporter of what connected systems say when they are asked."""
SCOPE = "changes"
"""Those who write the ledger take turns, and keep nobody waiting who writes a run."""
MOST = 60
"""Changes that an investigator is told of, the newest; besides pipelines."""
MOST_PIPELINES = 10
"""Besides them, builds and checks of which nobody says that they changed production."""
SAME_TIME = timedelta(minutes=30)
"""Two reports of the same change are no further apart: one tells when it began, the other when it was done."""
AHEAD = timedelta(minutes=5)
"""So much a reporter's clock may be ahead of ours."""
REPORTED_WITHIN = timedelta(days=90)
"""A service whose releases are reported has had one within this time."""
PRODUCTION = re.compile(r"(?:|live|main|prd|prod\b.*|production\b.*)", re.IGNORECASE)
"""Names of an environment that mean production; so does none. Any other is not taken for it."""
COMMIT = re.compile(r"[0-9a-f]{7,64}")
OTHER_WORDS: dict[str, ChangeKind] = {
    "config": "configuration",
    "setting": "configuration",
    "deploy": "release",
    "deployment": "release",
    "rollback": "release",
    "featureflag": "flag",
    "cert": "certificate",
    "credential": "secret",
    "act": "operator",
    "manual": "operator",
    "build": "pipeline",
}
"""What else people write for a kind."""


class IdUsedBefore(ValueError):
    """Another change was reported under this id. Give every change its own."""


class ChangeAhead(ValueError):
    """A change is recorded once it is made, and this one is in the future. Planned work is a silence: /v1/silences."""


def _as_we_write_it(kind: object) -> object:
    return OTHER_WORDS.get(plain(kind), kind.strip().lower()) if isinstance(kind, str) else kind


def _written_out(at: object) -> object:
    """A bare number would be read as seconds since 1970."""
    if isinstance(at, int | float) or (isinstance(at, str) and not re.match(r"\d{4}-", at)):
        raise ValueError("expected a time such as 2026-03-03T02:30Z")
    return at


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    return text.strip()


Named = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_not_blank)]


class NewChange(BaseModel, extra="forbid"):
    """A change that was made, as somebody reports it."""

    kind: Annotated[ChangeKind, BeforeValidator(_as_we_write_it)]
    service: Named
    """The service, database, cache, queue or provider, by its name in the catalogue."""
    at: Annotated[AwareDatetime | None, BeforeValidator(_written_out)] = None
    """When it took effect. Left out: now."""
    what: str = Field(default="", max_length=2_000)
    """In a sentence, what was changed."""
    by: str = Field(default="", max_length=200)
    """Who made it."""
    old: str = Field(default="", max_length=500, alias="from")
    """What was there before: a version, a setting."""
    new: str = Field(default="", max_length=500, alias="to")
    status: Literal["succeeded", "failed", "running", "rolled back"] = "succeeded"
    environment: str = Field(default="", max_length=200)
    link: str = Field(default="", max_length=2_000, pattern=r"^https?://\S+$")
    id: str = Field(default="", max_length=300)
    """Sent again under the same id, it is recorded once. Left out: made of what the change says."""


class Filed(NamedTuple):
    """A change in the ledger."""

    change: RecordedChange
    was_known: bool
    """It was reported before, under the same id."""


class ChangeLedger:
    """Records changes, and finds them again."""

    def __init__(self, store: Store, clock: Clock, catalogue: Catalogue) -> None:
        self._store = store
        self.clock = clock
        self.catalogue = catalogue

    def report(self, told: Sequence[NewChange], reporter: str, source: str) -> list[Filed]:
        """Record changes, all of them or none; they are on disk afterwards. Raises IdUsedBefore and ChangeAhead."""
        now = self.clock.now()
        with self._store.transaction(SCOPE):
            return [self._file(_recorded(one, source, now), one, reporter) for one in told]

    def record(self, reporter: str, changes: Iterable[RecordedChange], keep_first: bool = False) -> None:
        """Write down what a system says of changes, without its secrets; it may say more of one later on."""
        now, clean = self.clock.now(), [without_secrets(change) for change in changes]
        if not clean:
            return
        with self._store.transaction(SCOPE):
            for change in clean:
                known = self._store.changes.find(reporter, change.id) if keep_first else []
                if change.service not in (one.service for one in known):
                    self._save(change, reporter, now)

    def newest(
        self, most: int, service: str = "", kind: ChangeKind | None = None, before: datetime | None = None
    ) -> list[RecordedChange]:
        """The newest changes as they were reported, newest first."""
        return self._store.changes.newest(most, service, kind, before)

    def history(self, service: str, hours: int) -> ChangeHistory:
        """The changes of a service over the last hours, oldest first, each once, whoever reported it."""
        now = self.clock.now()
        since = now - timedelta(hours=hours)
        found = each_once(self._store.changes.of(service, since, now + AHEAD))
        pipelines = [change for change in found if change.kind == "pipeline"][-MOST_PIPELINES:]
        others = [change for change in found if change.kind != "pipeline"][-MOST:]
        listed = sorted([*pipelines, *others], key=lambda change: change.at)
        return ChangeHistory(service=service, since=since, changes=listed, left_out=len(found) - len(listed))

    def reported_releases(self, service: str, since: datetime) -> list[RecordedChange]:
        """The releases in production that anybody but a connected system reported, oldest first."""
        found = self._store.changes.of(service, since, self.clock.now() + AHEAD)
        releases = [one for one in found if one.reporter != DRIVER and one.change.kind == "release"]
        return each_once([one for one in releases if is_production(one.change.environment)])

    def has_reported_releases(self, service: str) -> bool:
        """Whether others report the releases of a service, so that none from them means that there was none."""
        return bool(self.reported_releases(service, self.clock.now() - REPORTED_WITHIN))

    def _file(self, change: RecordedChange, told: NewChange, reporter: str) -> Filed:
        if change.at > self.clock.now() + AHEAD:
            raise ChangeAhead(ChangeAhead.__doc__)
        known = self._store.changes.find(reporter, change.id)
        if not known:
            return Filed(self._save(change, reporter, self.clock.now()), was_known=False)
        (first,) = known
        same = change if told.at else change.model_copy(update={"at": first.at})  # without a time it came again later
        if same != first:
            raise IdUsedBefore(f"{IdUsedBefore.__doc__} ({change.id})")
        return Filed(first, was_known=True)

    def _save(self, change: RecordedChange, reporter: str, now: datetime) -> RecordedChange:
        self._store.changes.save(ReportedChange(reporter, change, now))
        return change


def without_secrets(change: RecordedChange) -> RecordedChange:
    """A change as it may be kept: harmless, and without secrets. An id that would be taken for one is replaced."""
    clean = RecordedChange.model_validate(cleaned(change.model_dump(mode="json")))
    return clean if clean.id == change.id else clean.model_copy(update={"id": named_by(change.id)})


def _recorded(told: NewChange, source: str, now: datetime) -> RecordedChange:
    fields = told.model_dump(exclude={"at", "id", "what"})
    at = told.at or now
    named = told.id or named_by(told.service, told.kind, iso(at), told.what, told.old, told.new, told.status)
    what = told.what or _in_words(told)
    return without_secrets(RecordedChange(**fields, id=named, at=at, what=what, source=source))


def _in_words(told: NewChange) -> str:
    between = " ".join(
        part for part in (f"from {told.old}" * bool(told.old), f"to {told.new}" * bool(told.new)) if part
    )
    return " ".join(part for part in (told.kind, "of", told.service, between) if part)


def named_by(*parts: str) -> str:
    """An id for a change whose reporter gives it none: the same for the same change."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


def each_once(reported: Sequence[ReportedChange]) -> list[RecordedChange]:
    """Changes, oldest first, without those that two report; what a connected system says comes before other reports."""
    kept: list[RecordedChange] = []
    for one in sorted(reported, key=lambda one: one.reporter != DRIVER):
        place = next((number for number, known in enumerate(kept) if is_same(known, one.change)), None)
        if place is None:
            kept.append(one.change)
        else:
            kept[place] = _completed(kept[place], one.change)
    return sorted(kept, key=lambda change: change.at)


def is_same(one: RecordedChange, other: RecordedChange) -> bool:
    """Whether two reports are of the same change: of the same service, to the same version, about the same time."""
    if (one.service, one.kind) != (other.service, other.kind) or abs(one.at - other.at) > SAME_TIME:
        return False
    if one.environment and other.environment and one.environment != other.environment:
        return False
    if one.kind == "release":
        ended = {one.status, other.status} - {"running"}
        return bool(one.new) and len(ended) < 2 and is_same_version(one.new, other.new)
    told = (one.old, one.new, "" if one.new else one.what)
    return one.source != other.source and told == (other.old, other.new, "" if other.new else other.what)


def is_production(environment: str) -> bool:
    """Whether a change in an environment is one of production."""
    return bool(PRODUCTION.fullmatch(environment.strip()))


def is_same_version(one: str, other: str) -> bool:
    """Whether two names are of one version; a commit may be named by its first characters."""
    short, long = sorted((one.lower(), other.lower()), key=len)
    return short == long or (bool(COMMIT.fullmatch(short) and COMMIT.fullmatch(long)) and long.startswith(short))


def _completed(known: RecordedChange, other: RecordedChange) -> RecordedChange:
    """A change with what another report says beyond it."""
    sources = list(dict.fromkeys([*known.source.split(", "), *other.source.split(", ")]))
    more = {name: said for name in ("by", "old", "link", "environment") if (said := getattr(other, name))}
    blank = {name: said for name, said in more.items() if not getattr(known, name)}
    return known.model_copy(update={**blank, "source": ", ".join(sources)})


def services_meant(catalogue: Catalogue, names: Sequence[str], repository: str = "") -> list[str]:
    """The services that a reporter means: by a name however it is spelled, else whatever is deployed from a repository.

    Where the catalogue lists none of them, the first name stays as it is.
    """
    given = [name for name in names if name]
    for name in given:
        listed = [name] if name in catalogue.services else [s for s in catalogue.services if plain(s) == plain(name)]
        if listed:
            return listed[:1]
    return [name for name in catalogue.services if repository and _is_from(catalogue, name, repository)] or given[:1]


def _is_from(catalogue: Catalogue, service: str, repository: str) -> bool:
    """Whether a driver of a service is told of a repository."""
    listed = catalogue.services[service]
    entries = [*listed.observe.values(), *listed.act.values()]
    return any((entry.model_extra or {}).get("repository") == repository for entry in entries)
