"""Neighbours: services beside the one that is spoken of, by what was measured of each."""

import re
from collections.abc import Iterable
from datetime import datetime

from agents.io.catalogue import Catalogue
from agents.reports.triage import FailingFeatures
from agents.rules.writing.last_look import (
    FELT,
    as_of,
    has_ended_since,
    is_failing,
    is_fresh,
    is_of_these_minutes,
    name,
    was_well_after,
)
from agents.rules.writing.wording import at, listed
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import FAILS, Damage, DamageKind, Ledger

SLOW: frozenset[DamageKind] = frozenset({"slow", "slow pages"})
A_TIME = re.compile(r"(?:\d{4}-\d\d-\d\d )?\d\d:\d\d UTC")


def failing(briefing: Briefing) -> list[Damage]:
    """What fails or is slow by the newest measurement of it, and was not measured well since."""
    return going_on(briefing.ledger)


def going_on(ledger: Ledger) -> list[Damage]:
    """The same by the ledger alone."""
    entries = [e for e in ledger.failing(kinds=FAILS | SLOW) if not _is_outdated(e, ledger)]
    return [e for e in entries if _is_its_own(e, ledger) and not was_well_after(e.until, ledger)]


def _is_outdated(entry: Damage, ledger: Ledger) -> bool:
    """Whether checks that failed were not made again, while its requests were read to fail later and not any more."""
    own = [one for one in ledger.damage if one.service == entry.service and one.kind == "errors"]
    newest = max(own, key=lambda one: one.until, default=entry)
    return entry.kind == "refused" and newest.until > entry.until and not newest.is_open


def _is_its_own(entry: Damage, ledger: Ledger) -> bool:
    """Whether it shows trouble of the service itself: what is slow, or gets no requests, a look has to have found."""
    return entry.kind in ("errors", "refused", "down") or entry.service in ledger.services


def is_for_want_of_calls(entry: Damage, ledger: Ledger, catalogue: Catalogue) -> bool:
    """Whether a service gets no requests because what calls it did not run, or got none, at that time."""
    callers = catalogue.callers(entry.service) if entry.kind == "lost traffic" else ()
    silent = [one for one in ledger.damage if one.service in callers and one.kind in ("down", "lost traffic")]
    return any(one.since <= entry.until and entry.since <= one.until for one in silent)


def failing_by_scope(briefing: Briefing) -> list[str]:
    """What fails by a look that is fresh, whatever that found of the service that is spoken of."""
    looked = briefing.scope_at
    is_over = looked is not None and was_well_after(looked, briefing.ledger)
    return failed_by_scope(briefing) if is_fresh(briefing) and not is_over else []


def failing_now(briefing: Briefing) -> list[str]:
    """What fails, or is slow, by a look of these minutes: a newer reading tells how it was, and may lag behind."""
    if briefing.scope_at is None or not is_of_these_minutes(briefing.scope_at, briefing):
        return []
    failing_too = {entry.service for entry in failing(briefing)}
    is_of_now = not was_well_after(briefing.scope_at, briefing.ledger)
    found = briefing.scope.services if briefing.scope and briefing.scope.abnormal and is_of_now else []
    going_on = [one for one in found if one in failing_too and not has_ended_since(briefing, one)]
    return [*failing_by_scope(briefing), *(going_on if is_fresh(briefing) else [])]


def failed_by_scope(briefing: Briefing) -> list[str]:
    """What failed by the newest look, however long ago, and was not seen to end by a later reading of it."""
    scope = briefing.scope
    if scope is None or not scope.abnormal:
        return []
    going_on = [name for name in scope.services if not has_ended_since(briefing, name)]
    return [name for name in going_on if is_failing(name, scope)]


def failing_before(briefing: Briefing) -> dict[str, datetime]:
    """When each service was last measured that failed then, and of which no look says how it does at this minute.

    By the look alone where no reading of the service showed that its requests failed.
    """
    ledger, looked, now = briefing.ledger, briefing.scope_at, failing_now(briefing)
    before: dict[str, datetime] = {}
    for entry in failing(briefing):
        if entry.service not in now:
            before[entry.service] = max(entry.until, before.get(entry.service, entry.until))
    if looked is not None and not was_well_after(looked, ledger):
        read = {entry.service for entry in ledger.hurt(briefing.detected_at) if entry.kind in FAILS}
        for service in failed_by_scope(briefing):
            if service not in now and (service in before or service not in read):
                before[service] = max(looked, before.get(service, looked))
    return before


def last_affected(briefing: Briefing, beside: str, told: list[str]) -> tuple[list[str], str]:
    """The public names of those beside the ones that are told, and a phrase with the time of each, given once."""
    names: list[str] = []
    when: dict[str, list[str]] = {}
    for service, measured in failing_before(briefing).items():
        new = [who for who in public_names(briefing, [service]) if who not in (*told, *names)]
        when.setdefault(at(measured, briefing.now), []).extend(new)
        names += new
    when = {moment: group for moment, group in when.items() if group}
    if len(when) > 1:
        each = [f"{listed(group)} (at {moment})" for moment, group in when.items()]
        return names, f"affected when last measured: {listed(each)}"
    measured_at = "then" if _is_told(beside, *when, briefing=briefing) else f"when last measured, at {''.join(when)}"
    return names, f"affected {measured_at}: {listed(names)}" if names else ""


def as_of_the_look(phrases: list[str], beside: str, briefing: Briefing) -> list[str]:
    """What that look found of others, with its time unless it is of these minutes; the same time is given once."""
    when = as_of(briefing.scope_at or briefing.now, briefing)
    same = when and ", as last measured at the same time"
    is_told = _is_told(beside, *A_TIME.findall(when), briefing=briefing)
    return [f"{phrase}{same if number or is_told else when}" for number, phrase in enumerate(phrases)]


def _is_told(beside: str, *moments: str, briefing: Briefing) -> bool:
    """Whether a sentence of present trouble tells these times, and no other."""
    return set(A_TIME.findall(beside)) == set(moments) and briefing.status in ("Investigating", "Identified")


def is_down(who: str, briefing: Briefing) -> bool:
    """Whether all that customers know by a name is down, by a look that is fresh."""
    own = [service for service, known in briefing.catalogue.services.items() if known.public_name == who]
    failing, down = failing_by_scope(briefing), briefing.scope.down if briefing.scope else []
    return all(service in failing and service in down for service in own)


def shares(briefing: Briefing) -> dict[str, float]:
    """Public names, each with its share of failed requests by a look that is fresh; not where several have one name."""
    if briefing.scope is None or not is_fresh(briefing):
        return {}
    known = {service: rate for service, rate in briefing.scope.error_rates.items() if rate >= FELT}
    going_on = {service: rate for service, rate in known.items() if not has_ended_since(briefing, service)}
    named = list(map(briefing.catalogue.public_name, going_on))
    return {who: rate for who, rate in zip(named, going_on.values(), strict=True) if named.count(who) == 1}


def features(briefing: Briefing) -> dict[str, FailingFeatures]:
    """Public names, each with those of its features that alone fail by the newest look."""
    known, name_of = briefing.scope.features if briefing.scope else {}, briefing.catalogue.public_name
    return {name_of(service): hit for service, hit in known.items() if not has_ended_since(briefing, service)}


def hurt_before(briefing: Briefing) -> list[str]:
    """What was hurt in this incident, or failed at a look of it, and does not fail by the newest measurement."""
    hurt, looked, ledger = briefing.ledger.hurt(briefing.detected_at), briefing.scope_at, briefing.ledger
    still = [entry for entry in hurt if entry.is_open and not _is_outdated(entry, ledger)]
    going_on = {entry.service for entry in still if not was_well_after(entry.until, ledger)}
    by_look = failed_by_scope(briefing) if looked is not None and was_well_after(looked, ledger) else []
    before = [*(entry.service for entry in hurt), *by_look, *ledger.failed_at]
    return [service for service in before if service not in going_on]


def public_names(briefing: Briefing, services: Iterable[str]) -> list[str]:
    """What customers call these services, each once, but for the one that is spoken of."""
    catalogue = briefing.catalogue
    named = [s for s in services if s in catalogue.services and catalogue.services[s].public_name]
    return [other for other in dict.fromkeys(map(catalogue.public_name, named)) if other != name(briefing)]
