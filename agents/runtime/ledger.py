"""The incident ledger: what was measured, said and done. It only grows: no later look takes anything out of it."""

from collections.abc import Iterable, Set
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel

from agents.io.catalogue import Catalogue
from agents.reports.basis import Cause, Claim, Parameters
from agents.reports.post_mortem import TimelineEntry
from agents.runtime.data_entries import DataFinding, DataLook, DataReading
from agents.runtime.false_alert import is_called_false
from agents.runtime.uncounted import Count, Uncounted, learned

DamageKind = Literal[
    "errors", "slow", "lost traffic", "client errors", "slow pages", "refused", "down", "affected users"
]
FAILS: frozenset[DamageKind] = frozenset({"errors", "refused", "down", "lost traffic"})
"""Damage that keeps users from what they want; the rest makes it slow, or hurts a part of the page."""
USERS_NOTICED_FROM, USERS_AT_LEAST = 0.02, 5
"""Share and number of a service's active users from which a count of those who meet a fault is harm."""
USERS_PER_REQUEST = 5
"""Times as many users as requests that meet a fault, where each makes several requests."""


def is_met_by_many(affected: int, active: int) -> bool:
    """Whether so many of a service's active users meet a fault that it is harm."""
    return active > 0 and affected >= max(USERS_AT_LEAST, USERS_NOTICED_FROM * active)


GAP = 5
"""Minutes of the runbook: two stretches of one kind that are no further apart are one."""


class Damage(BaseModel, frozen=True):
    """A stretch in which a service did not serve its users, as far as it was measured."""

    service: str
    kind: DamageKind
    since: datetime
    until: datetime
    """The last bad sample so far."""
    is_open: bool
    """Whether it was still going on when it was last measured."""
    worst: float | None = None
    """A share for errors and users, seconds for what is slow, a factor for lost traffic."""
    newest: float | None = None
    """The same by the newest reading, where that found less."""
    endpoints: list[str] = []
    """Those that failed their checks, where others passed all the time."""
    cites: list[str] = []

    @property
    def at_last(self) -> float | None:
        """How much, by the newest reading."""
        return self.worst if self.newest is None else self.newest

    def merged(self, other: "Damage") -> "Damage":
        """Both as one; whether it goes on, the newer one says."""
        worst = max((value for value in (self.worst, other.worst) if value is not None), default=None)
        both = list(dict.fromkeys([*self.endpoints, *other.endpoints]))
        return self.model_copy(
            update={
                "since": min(self.since, other.since),
                "until": max(self.until, other.until),
                "is_open": other.is_open,
                "worst": worst,
                "newest": None if other.at_last == worst else other.at_last,
                "endpoints": both if self.endpoints and other.endpoints else [],
                "cites": list(dict.fromkeys([*self.cites, *other.cites])),
            }
        )

    def is_shown_by(self, signals: "Iterable[Damage]") -> bool:
        """Whether signals show what a count of users says: requests that fail or are slow, for as many of them.

        One user makes several requests, so that more users than requests meet a fault.
        """
        return any(
            entry.kind != "errors" or USERS_PER_REQUEST * (entry.worst or 0.0) >= (self.worst or 0.0)
            for entry in signals
        )

    def touches(self, other: "Damage", gap: timedelta) -> bool:
        """Whether both are of one kind and service, and no further apart than the gap."""
        return (
            (self.service, self.kind) == (other.service, other.kind)
            and self.since <= other.until + gap
            and other.since <= self.until + gap
        )


class Statement(BaseModel, frozen=True):
    """What a person said of the incident, word for word."""

    at: datetime
    by: str
    words: str
    cause: Cause | None = None
    """The class of cause that they named, with the component."""
    component: str = ""
    is_over: bool | None = None
    """What they say of whether it is over; None: nothing."""
    is_by_hand: bool = False
    """They say that they ended it themselves."""
    cite: str

    @property
    def says_that_nothing_failed(self) -> bool:
        """Whether they call the alert false, and name no cause."""
        return self.cause is None and is_called_false(self.words)


BY_HAND = "by hand"


class Act(BaseModel, frozen=True):
    """A change to production that was made, with the cause that it was aimed at."""

    at: datetime
    action: str
    """`by hand`: what a person says that they did themselves."""
    service: str
    cause: Cause | None
    component: str
    cite: str
    parameters: Parameters = {}
    """Of an act of ours, beside the service."""


class Tried(Act, frozen=True):
    """A change of version that was begun, and whose call did not say that it was made."""

    seen_at: datetime | None = None
    """When a reading showed that the wanted version ran all the same."""


class Suspected(BaseModel, frozen=True):
    """A cause that a round of investigation has concluded; a later round may find less, and takes nothing back."""

    at: datetime
    cause: Cause
    component: str
    is_firm: bool
    """Its confidence was more than low."""
    cite: str
    words: str = ""
    """What the cause did, as it was stated."""
    support: list[Claim] = []
    """The readings that it was concluded from."""
    version: str = ""
    """Of the release that is blamed, where one is."""
    is_kept: bool = False
    """It stands from the round before, and this one has read nothing new for it."""


class Narrowed(BaseModel, frozen=True):
    """How far a round of investigation came that named no cause."""

    at: datetime
    component: str
    words: str
    cite: str


class Confirmed(BaseModel, frozen=True):
    """A cause after whose change recovery was measured."""

    at: datetime
    cause: Cause
    component: str
    cite: str


class Relapse(BaseModel, frozen=True):
    """A status that took a recovery back: as it was measured, as a person said, or only because a cause was named."""

    at: datetime
    """When it was measured; where it never was, when the status changed."""
    over_since: datetime | None = None
    """When that recovery was concluded."""
    measured: bool = True
    said_over: Statement | None = None
    """The word that it was over, where that recovery rested on nothing else."""
    said_on: Statement | None = None
    """The word that it was not over."""

    def is_shown_by(self, entry: Damage) -> bool:
        """Whether damage goes on after the recovery, or after the status that took it back."""
        since = self.over_since or self.at
        return entry.until > self.at or (entry.is_open and entry.until > since)


class Ledger(BaseModel, frozen=True):
    """All entries, in the order in which they were learned."""

    minute: timedelta = timedelta(minutes=1)
    """How long a minute of the runbook lasts in this run."""
    damage: list[Damage] = []
    uncounted: list[Uncounted] = []
    """When metrics had stopped: no damage, and not that all was well."""
    answering: list[str] = []
    """Services of which an endpoint answered when they were last checked."""
    statements: list[Statement] = []
    acts: list[Act] = []
    tried: list[Tried] = []
    suspected: list[Suspected] = []
    narrowed: Narrowed | None = None
    """The newest."""
    unread: list[str] = []
    """What the newest round of investigation asked for in vain; a person's word that it is over leaves it as it is."""
    confirmed: list[Confirmed] = []
    users_affected: int | None = None
    """The highest count; it never falls."""
    affected_share: float | None = None
    """Of the active users, in that count."""
    scope_cite: str = ""
    """The event that holds that count, or else the first scope."""
    users_share: float | None = None
    """The highest share in any count."""
    share_cite: str = ""
    """The event that holds that share."""
    measured_well_at: datetime | None = None
    """When a check of recovery, or a look during the watch, last found all metrics back to normal."""
    relapses: list[Relapse] = []
    """Each time that a status took a recovery back."""
    alerted: dict[str, TimelineEntry] = {}
    """Service -> the first alert of monitoring about it, with its title; not what a user reports."""
    was_abnormal: bool = False
    """A look at the scope found it out of its usual range."""
    troubled_at: dict[str, datetime] = {}
    """Service -> when the newest look began that found it in trouble; failed_at: that found that its requests fail."""
    failed_at: dict[str, datetime] = {}
    data: DataFinding | None = None
    """The worst that a look found of the data; None: never anything."""
    data_found_well: DataLook | None = None
    """The newest look that found no harm to data; a later one that could not tell does not take it back."""
    data_readings: list[DataReading] = []
    """Of services whose data was found harmed, from then on: the first and the newest with each figure."""
    services: list[str] = []
    """Every service that was found in trouble, named as the component at fault, or acted on."""

    @property
    def gap(self) -> timedelta:
        """Stretches of damage that are no further apart are one."""
        return GAP * self.minute

    @property
    def last_named(self) -> Statement | None:
        """The newest word of a person that names a cause."""
        return next((said for said in reversed(self.statements) if said.cause), None)

    @property
    def said_over(self) -> Statement | None:
        """The newest word of a person that it is over."""
        return next((said for said in reversed(self.statements) if said.is_over), None)

    @property
    def said_to_go_on(self) -> Statement | None:
        """The word of the person who said last whether it is over, where they said that it is not."""
        last = next((said for said in reversed(self.statements) if said.is_over is not None), None)
        return last if last is not None and not last.is_over else None

    @property
    def said_of_harm(self) -> list[Statement]:
        """What people told of the incident, but that it is over or that nothing failed: it may tell of harm."""
        return [
            said
            for said in self.statements
            if said.words.strip() and (said.is_by_hand or not said.is_over) and not said.says_that_nothing_failed
        ]

    def with_damage(self, seen: Iterable[Damage]) -> "Ledger":
        """The ledger with more damage: stretches that touch become one, and none is ever taken out."""
        entries = list(self.damage)
        for new in seen:
            touching = [entry for entry in entries if entry.touches(new, self.gap)]
            whole = new
            for entry in touching:
                whole = entry.merged(whole)
            entries = [entry for entry in entries if entry not in touching] + [whole]
        return self.model_copy(update={"damage": entries})

    def failing(self, since: datetime | None = None, kinds: Set[DamageKind] = FAILS) -> list[Damage]:
        """What failed by the newest measurement of it, whichever duty took it; with a time: measured after that."""
        newest = {(entry.service, entry.kind): entry for entry in sorted(self.damage, key=lambda one: one.until)}
        fails = [entry for entry in newest.values() if entry.is_open and entry.kind in kinds]
        return [entry for entry in fails if since is None or entry.until > since]

    def with_version(self, service: str, running: str | None, at: datetime) -> "Ledger":
        """The ledger with what now runs of a service: the change of version that was tried last has taken effect."""
        for number, one in reversed(list(enumerate(self.tried))):
            if one.service == service and one.seen_at is None and one.parameters.get("version") == running:
                seen = one.model_copy(update={"seen_at": at})
                return self.model_copy(update={"tried": [*self.tried[:number], seen, *self.tried[number + 1 :]]})
        return self

    def with_data(self, read: DataReading) -> "Ledger":
        """The ledger with one more check of data; what was never harmed is not kept."""
        own = [one for one in self.data_readings if one.service == read.service]
        if not own and not read.finds_harm:
            return self
        is_repeated = len(own) > 1 and own[-1].counts_as(read) and own[-2].counts_as(read)
        kept = [one for one in self.data_readings if not (is_repeated and one is own[-1])]
        return self.model_copy(update={"data_readings": [*kept, read]})

    def data_going_on(self, since: datetime) -> list[str]:
        """Harm to data that goes on by what was read after a time: more errors, totals that grow."""
        words: list[str] = []
        for service in dict.fromkeys(one.service for one in self.data_readings):
            later = [one for one in self.data_readings if one.service == service and one.at > since]
            if later and (later[-1].integrity_errors, later[-1].totals) > (later[0].integrity_errors, later[0].totals):
                words.append(later[-1].words)
        return words

    def data_not_seen_to_end(self, since: datetime, detected: datetime) -> list[str]:
        """Harm to data of which nothing that was read after a time shows that it is over, and nothing that it goes on.

        A total that stands still shows neither by itself; nor does data that was not checked again. Where the signals
        showed the fault too, or errors in the data that are gone by now, they show its end; and what stands still
        after a change of ours, which is on record, has ended with it.
        """
        by_signals = any(entry.kind != "affected users" for entry in self.hurt(detected))
        by_change = any(act.action != BY_HAND and act.at >= since for act in self.acts)
        words: list[str] = []
        for service in dict.fromkeys(one.service for one in self.data_readings):
            own = [one for one in self.data_readings if one.service == service]
            newest, is_shown = own[-1], by_signals or by_change or any(one.integrity_errors for one in own)
            if newest.at <= since:
                words.append(f"{newest.words}, and not checked again since")
            elif newest.integrity_errors:
                words.append(f"{newest.words}, still there")
            elif newest.finds_harm and not is_shown:
                words.append(f"{newest.words}, and a total does not show whether it goes on")
        return words

    def with_count(self, read: Count) -> "Ledger":
        """The ledger with one more reading of whether a service's requests are counted."""
        stretches = learned(self.uncounted, read)
        return self if stretches == self.uncounted else self.model_copy(update={"uncounted": stretches})

    @property
    def last_relapse(self) -> Relapse | None:
        """The last time that a recovery was taken back by what was measured."""
        return next((one for one in reversed(self.relapses) if one.measured), None)

    @property
    def relapsed_at(self) -> datetime | None:
        """When that was."""
        return self.last_relapse.at if self.last_relapse else None

    def unknown(self, detected: datetime, well_at: datetime | None = None) -> list[Uncounted]:
        """When the requests of this incident's services were not counted; up to when they were measured to be well."""
        earliest = detected - 2 * self.gap
        own = [one for one in self.uncounted if one.service in self.services and one.until >= earliest]
        if well_at is not None:
            own = [one.seen_to_serve(well_at) for one in own if one.since + self.minute <= well_at]
        return sorted(own, key=lambda one: one.since)

    def hurt(self, detected: datetime) -> list[Damage]:
        """The damage that belongs to an incident detected at a time: of services in trouble, and not over long before.

        Damage of other services may have reasons of its own. Where the signals show it as large, a count of users,
        which is taken now and then, says nothing more of when it was.
        """
        earliest = detected - 2 * self.gap
        own = [entry for entry in self.damage if entry.service in self.services and entry.until >= earliest]
        by_signals = [entry for entry in own if entry.kind != "affected users"]
        by_count = [entry for entry in own if entry.kind == "affected users" and not entry.is_shown_by(by_signals)]
        return sorted([*by_signals, *by_count], key=lambda entry: entry.since)

    def impact(self, detected: datetime) -> timedelta | None:
        """The length of the union of all damage; None where none was measured."""
        own = self.hurt(detected)
        if not own:
            return None
        total, (since, until) = timedelta(0), (own[0].since, own[0].until)
        for entry in own[1:]:
            if entry.since > until:
                total += until - since
                since, until = entry.since, entry.until
            until = max(until, entry.until)
        return total + (until - since)

    def most_revenue_lost(self, detected: datetime, catalogue: Catalogue) -> float | None:
        """An estimate: the worst share of users for the whole measured time. None where a figure is missing."""
        rate = sum(catalogue.services[name].revenue_per_minute for name in self.services if name in catalogue.services)
        lasted = self.impact(detected)
        if not rate or not lasted or self.users_share is None:
            return None
        return round(rate * self.users_share * (lasted / self.minute), 2)

    def first_damage(self, detected: datetime) -> datetime | None:
        """When users were first hurt, as far as it was measured."""
        return min((entry.since for entry in self.hurt(detected)), default=None)

    def last_damage(self, detected: datetime) -> datetime | None:
        """When users were last hurt, as far as it was measured."""
        return max((entry.until for entry in self.hurt(detected)), default=None)
