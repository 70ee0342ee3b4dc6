"""When users were hurt, in public words: each service and each stretch for itself, as far as it was measured."""

from collections.abc import Set
from datetime import datetime
from typing import NamedTuple

from agents.io.catalogue import NO_PUBLIC_NAME
from agents.rules.writing.ending import is_end_measured
from agents.rules.writing.last_look import name
from agents.rules.writing.wording import at, listed, on
from agents.runtime.briefing import Briefing

MOST_STRETCHES = 3
"""That are told one by one."""


class Stretch(NamedTuple):
    """From the first to the last bad sample."""

    since: datetime
    until: datetime


def disturbed(briefing: Briefing) -> str:
    """From when to when users of the service that is spoken of were hurt, as far as that was measured."""
    if when := disturbed_when(name(briefing), briefing):
        return f"It was disturbed {when}."
    if briefing.conclusion and briefing.conclusion.verdict == "nothing wrong":
        return "No disturbance was measured."
    if around := disturbed_when(NO_PUBLIC_NAME, briefing):
        return f"Systems around it were disturbed {around}; how long it was itself was not measured."
    return "How long it was disturbed was not measured."


def disturbed_when(who: str, briefing: Briefing) -> str:
    """When what customers know by a name was disturbed, such as: from 14:02 UTC to 14:19 UTC; empty if unmeasured."""
    own = {entry.service for entry in briefing.ledger.hurt(briefing.detected_at)}
    own = {service for service in own if briefing.catalogue.public_name(service) == who}
    stretches = _stretches(own, briefing)
    if not stretches:
        return ""
    *earlier, last = stretches
    if not is_end_measured(briefing, own):
        told = [*map(_when, earlier, [None, *earlier]), f"from {_begin(last, earlier[-1] if earlier else None)}"]
        return f"{_and_again(told)}; when that ended was not measured"
    if len(stretches) > MOST_STRETCHES:
        first = on(stretches[0].since)
        told = [f"{len(stretches)} times between {first} and {at(last.until, stretches[0].since)}"]
    else:
        told = list(map(_when, stretches, [None, *stretches]))
    return f"{_and_again(told)}{_unseen_after(last, own, briefing)}"


def _stretches(own: Set[str], briefing: Briefing) -> list[Stretch]:
    """Those that a reader can tell apart, and between which it was measured to be well."""
    whole: list[Stretch] = []
    for entry in briefing.ledger.hurt(briefing.detected_at):
        if entry.service not in own:
            continue
        new = Stretch(entry.since, entry.until)
        if whole and _is_one(whole[-1], new, own, briefing):
            new = Stretch(whole[-1].since, max(whole.pop().until, new.until))
        whole.append(new)
    return whole


def _is_one(before: Stretch, after: Stretch, own: Set[str], briefing: Briefing) -> bool:
    ledger = briefing.ledger
    is_near = after.since <= before.until + ledger.gap or on(after.since) == on(before.until)
    unread = [one for one in ledger.unknown(briefing.detected_at) if one.service in own]
    return is_near or any(one.since <= before.until and one.until >= after.since for one in unread)


def _when(stretch: Stretch, before: Stretch | None) -> str:
    began = _begin(stretch, before)
    return f"at {began}" if on(stretch.since) == on(stretch.until) else f"from {began} to {_end(stretch)}"


def _begin(stretch: Stretch, before: Stretch | None) -> str:
    return at(stretch.since, before.since) if before else on(stretch.since)


def _end(stretch: Stretch) -> str:
    return at(stretch.until, stretch.since)


def _and_again(told: list[str]) -> str:
    return listed([told[0], *(f"again {one}" for one in told[1:])])


def _unseen_after(last: Stretch, own: Set[str], briefing: Briefing) -> str:
    """That nobody knows how it did after the last bad sample, where requests were not counted for longer than that."""
    well_at = None if briefing.is_vouched else briefing.fixed_at
    unread = [one for one in briefing.ledger.unknown(briefing.detected_at, well_at) if one.service in own]
    until = max((one.served_at or one.until for one in unread if one.since <= last.until), default=last.until)
    if until - last.until <= briefing.minute or on(until) == on(last.until):
        return ""
    return f"; from then until {at(until, last.since)} it was not measured"
