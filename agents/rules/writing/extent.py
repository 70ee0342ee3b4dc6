"""The extent of an incident in texts: how many users it hit, for how long, and what it cost. Only what was measured."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from agents.rules.writing import testimony
from agents.rules.writing.ending import is_end_measured
from agents.rules.writing.public_wording import is_over, was_unnoticed
from agents.rules.writing.wording import (
    amount,
    at,
    listed,
    on,
    share,
    uncounted_beside_damage,
    uncounted_in_words,
    uncounted_span,
    users_in_words,
)
from agents.runtime.briefing import Alert, Briefing
from agents.runtime.ledger import Damage, Ledger, Statement
from agents.runtime.uncounted import Uncounted

UNKNOWN_REVENUE = "revenue not known"


def users(briefing: Briefing) -> str:
    """How many users, for stakeholders: by the newest look; once it is over, by the worst one."""
    return users_at_worst(briefing) if is_over(briefing) else _counted(briefing, _newest(briefing))


def users_at_worst(briefing: Briefing) -> str:
    """How many users, for stakeholders, by the worst look so far; by two where another one counted a larger share."""
    ledger = briefing.ledger
    return by_two_counts(ledger) or _counted(briefing, (ledger.users_affected, ledger.affected_share))


def by_two_counts(ledger: Ledger) -> str:
    """The highest count and the highest share, where that share is of another count; empty where one tells both."""
    count, part, most = ledger.users_affected, ledger.affected_share, ledger.users_share
    if count and part is not None and most is not None and most > part and share(most) != share(part):
        return f"up to {users_in_words(count)} ({share(part)} of those active), and up to {share(most)} at another time"
    return ""


def _newest(briefing: Briefing) -> tuple[int | None, float | None]:
    return (briefing.scope.users_affected, briefing.scope.users_share) if briefing.scope else (None, None)


def _counted(briefing: Briefing, seen: tuple[int | None, float | None]) -> str:
    """What a look counted, users and their share; that it counted nobody says little where damage was measured."""
    count, part = seen
    if (harmed := data_harm(briefing)) and not count:
        return f"an unknown number of users ({harmed})"
    if seen == (None, None) or (not any(seen) and hurt(briefing)):
        so_far = "" if is_over(briefing) else " so far"
        failed = f" ({failed_requests(briefing)})" if failed_requests(briefing) else ""
        return f"an unknown number of users{so_far}{failed}"
    who = users_in_words(count) if count is not None else "users"
    return f"{who} ({share(part)} of those active)" if part is not None else who


DATA = {
    "records_lost": "records lost",
    "user_records_exposed": "user records exposed",
    "integrity_errors": "integrity errors",
    "suspicious_accesses": "suspicious accesses",
}


def data_harm(briefing: Briefing) -> str:
    """The most that any check counted of harm to data, such as: 38,000 records lost; empty where none did."""
    ledger, known = briefing.ledger, briefing.catalogue.services
    services = list(dict.fromkeys(read.service for read in ledger.data_readings))
    below = {name: known[name].depends_on if name in known else [] for name in services}
    words: list[str] = []
    for field, what in DATA.items():
        worst = {
            name: max(getattr(read, field) for read in ledger.data_readings if read.service == name)
            for name in services
        }
        if total := counted_once(worst, below):
            words.append(f"{total:,} {what}")
    return listed(words) or (ledger.data.words if ledger.data else "")


def counted_once(counts: Mapping[str, int], below: Mapping[str, Sequence[str]]) -> int:
    """The sum of what was counted by service: what one counts of the stores `below` it is counted with these."""
    total = 0
    for name, count in counts.items():
        of_stores = sum(counts[store] for store in below[name] if store in counts)
        total += count - of_stores if count >= of_stores else count
    return total


CUSTOMERS = (
    r"(?:customers?|users?|people|visitors|companies|tenants|clients|shops|merchants|drivers|couriers|riders|guests"
    r"|tickets|complaints|(?:contacts|posts|calls|mails|messages|reports)(?= (?:from|by|about|that|saying)\b))"
)
"""Those who use it, or what they send; mails that wait in a queue, or calls that fail, are nobody's words."""
SEVERAL = re.compile(
    r"\b(?:\d*[2-9]|\d+\d|two|three|four|five|six|several|many|some|(?:a )?dozens?(?: of)?|hundreds of)\b(?: \w+)? "
    rf"{CUSTOMERS}\b"
    r"|\b(?:customers|users|people|visitors|drivers|couriers|merchants) "
    r"(?:say|said|write|wrote|report|reported|complain|tell|cannot|can not|see|get)\b",
    re.IGNORECASE,
)
"""More than one of those who use it, or more than one message of theirs."""


def told_by_customers(alert: Alert) -> str:
    """The alert's words by which several customers tell of it; empty where none of its words do."""
    found = SEVERAL.search(f"{alert.title}. {alert.description}")
    return found[0] if found else ""


def is_without_harm(briefing: Briefing) -> bool:
    """Whether it was measured that hardly any user met it, no data was harmed, and nobody tells of harm."""
    told = bool(briefing.ledger.said_of_harm) or bool(told_by_customers(briefing.alert))
    return was_unnoticed(briefing) and not told and not _stretches(briefing)


def failed_requests(briefing: Briefing) -> str:
    """The greatest measured share of failed requests, and to all of which it was; empty where none was measured."""
    worst, services = worst_errors(briefing), briefing.catalogue.services
    if not worst:
        return ""
    names = dict.fromkeys(services[entry.service].public_name for entry in worst if entry.service in services)
    public = listed(list(filter(None, names)))
    return f"up to {share(worst[0].worst or 0.0)} of requests{f' to {public}' if public else ''} failed"


def worst_errors(briefing: Briefing) -> list[Damage]:
    """The stretches in which the greatest share of requests failed."""
    errors = [entry for entry in hurt(briefing) if entry.kind == "errors" and entry.worst]
    most = share(max((entry.worst or 0.0 for entry in errors), default=0.0))
    return [entry for entry in errors if share(entry.worst or 0.0) == most]


def hurt(briefing: Briefing) -> list[Damage]:
    """The damage that belongs to this incident."""
    return briefing.ledger.hurt(briefing.detected_at)


def hurt_for(briefing: Briefing) -> timedelta | None:
    """How long users were hurt, up to the last measurement of it; None where that was not measured."""
    return briefing.ledger.impact(briefing.detected_at) or None


def minutes_of(lasted: float) -> str:
    """A number of the runbook's minutes, such as: 1 minute."""
    if 0 < lasted < 0.5:
        return "less than a minute"
    return f"{lasted:.0f} minute{'' if f'{lasted:.0f}' == '1' else 's'}"


def not_measured(briefing: Briefing) -> str:
    """That nobody measured how long users were hurt, with when it was reported and what ended it."""
    reported = f"not measured; {unknown(briefing)}reported at {on(briefing.detected_at)}"
    if briefing.fixed_at is None:
        return reported
    ended = "people said that it was over" if briefing.is_vouched else "its recovery was verified"
    return f"{reported}, and {ended} at {at(briefing.fixed_at, briefing.detected_at)}"


def unknown(briefing: Briefing) -> str:
    """When nobody counted the requests, up to a semicolon; empty where they were counted."""
    tell = uncounted_beside_damage if hurt(briefing) else uncounted_in_words
    known, stretches = briefing.catalogue.services, _stretches(briefing)
    names = {one.service: known[one.service].public_name for one in stretches if one.service in known}
    return "".join(f"{tell(one, names.get(one.service) or 'a service')}; " for one in stretches)


def unmeasured(briefing: Briefing) -> str:
    """That nobody knows whether users were affected then, where it is the only harm that there may be; else empty."""
    ledger, spans = briefing.ledger, dict.fromkeys(map(uncounted_span, _stretches(briefing)))
    if not spans or hurt(briefing) or ledger.was_abnormal or ledger.users_affected:
        return ""
    return f"whether users were affected {listed(list(spans))} was not measured"


def measured_for(lasted: str, briefing: Briefing) -> str:
    """How long users were hurt, by what was measured, with when their requests were not counted."""
    beside = unknown(briefing).rstrip("; ")
    return f"{lasted}, as far as it was measured; {beside}" if beside else lasted


def _stretches(briefing: Briefing) -> list[Uncounted]:
    """When the requests were not counted, up to where recovery was verified."""
    return briefing.ledger.unknown(briefing.detected_at, verified_well_at(briefing))


def verified_well_at(briefing: Briefing) -> datetime | None:
    """When recovery was verified; None where it was not, or where people alone say so."""
    return None if briefing.is_vouched else briefing.fixed_at


def was_false_alert(briefing: Briefing) -> bool:
    """Whether nothing was found, no look saw anything out of its range, and no person tells of anything else."""
    ledger, found = briefing.ledger, briefing.conclusion
    is_denied = found is not None and found.verdict == "nothing wrong"
    was_calm = not hurt(briefing) and not ledger.was_abnormal and ledger.data is None
    was_calm = was_calm and not _stretches(briefing)
    return is_denied and was_calm and not ledger.said_of_harm and not told_by_customers(briefing.alert)


def told_of_harm(briefing: Briefing) -> Statement | None:
    """The newest that a person told of harm; where nothing was measured, the newest that they told at all."""
    ledger, told = briefing.ledger, testimony.of_harm(briefing.ledger)
    if told is None and ledger.said_of_harm and not hurt(briefing):
        return ledger.said_of_harm[-1]
    return told


def said_of_harm(briefing: Briefing) -> str:
    """The same in their words; empty where nobody told of any."""
    told = told_of_harm(briefing)
    return testimony.quoted(told) if told is not None else ""


def revenue(briefing: Briefing) -> str:
    """An estimate of the revenue lost over the measured damage; not known where a figure is missing."""
    most = most_revenue_lost(briefing)
    so_far = "" if is_over(briefing) and is_end_measured(briefing) else " so far"
    lost = amount(most, currency(briefing)) if most else ""
    return f"revenue at most about {lost} lost{so_far} (estimate)" if lost else UNKNOWN_REVENUE


def most_revenue_lost(briefing: Briefing) -> float | None:
    """An estimate of the loss over the measured damage; None where a figure is missing."""
    return briefing.ledger.most_revenue_lost(briefing.detected_at, briefing.catalogue)


def currency(briefing: Briefing) -> str:
    """The currency of the services in trouble."""
    listed_services = briefing.catalogue.services
    names = [briefing.service, *(briefing.scope.services if briefing.scope else []), *briefing.ledger.services]
    return next((listed_services[n].currency for n in names if n in listed_services), "USD")
