"""Wording: figures, times and damage as people read them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from agents.readings.production import Series
from agents.reports.triage import FailingFeatures
from agents.runtime.ledger import FAILS, Damage
from agents.runtime.uncounted import Uncounted

MOST_ENDPOINTS = 3
"""That are told by name."""


def share(value: float) -> str:
    """0.3412 -> 34.1 %."""
    return f"{100 * value:.1f} %" if value < 0.995 else f"{100 * value:.0f} %"


def seconds(value: float) -> str:
    """0.3412 -> 0.34 s."""
    return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"


FRACTIONS = {
    1.0: "nearly all requests",
    0.9: "about nine in ten requests",
    0.75: "about three quarters of the requests",
    2 / 3: "about two thirds of the requests",
    0.6: "about three in five requests",
    0.5: "about half of the requests",
    0.4: "about two in five requests",
    1 / 3: "about a third of the requests",
    0.25: "about a quarter of the requests",
    0.2: "about one in five requests",
    0.1: "about one in ten requests",
    0.0: "some requests",
}
"""Shares of failed requests in the words of users."""


def requests_in_words(part: float) -> str:
    """A share of requests as users would say it: the nearest fraction that has a name."""
    return FRACTIONS[min(FRACTIONS, key=lambda fraction: abs(fraction - part))]


def requests_to(who: str, rate: float, features: FailingFeatures | None) -> str:
    """So many of the requests to a service, or to the features of it that fail alone."""
    if features is None:
        return f"{requests_in_words(rate)} to {who}"
    part = "part" if len(features.names) == 1 else "parts"
    return f"{requests_in_words(features.share)} to {listed(features.names)} ({part} of {who})"


def figure(value: float, unit: str) -> str:
    """Write a sample in its unit."""
    if unit == "share":
        return share(value)
    if unit == "seconds":
        return seconds(value)
    number = f"{value:.1f}" if abs(value) < 10 else f"{value:,.0f}"
    return f"{number}/s" if unit == "per second" else number


def sample(series: Series, value: float) -> str:
    """Write a value in the unit of its series."""
    return figure(value, series.unit)


def at(moment: datetime, seen_from: datetime | None = None) -> str:
    """The time of day, UTC; with the date where it is another day than that of `seen_from`."""
    return f"{moment:%H:%M} UTC" if seen_from is None or moment.date() == seen_from.date() else on(moment)


def on(moment: datetime) -> str:
    """Date and time of day, UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def minutes(duration: timedelta, minute: timedelta) -> int:
    """Whole minutes of the runbook, rounded."""
    return round(duration / minute)


def apart(one: datetime, other: datetime, minute: timedelta) -> int:
    """Minutes between two moments as a reader counts them who sees both written to the minute."""
    if minute == timedelta(minutes=1):
        one, other = (moment.replace(second=0, microsecond=0) for moment in (one, other))
    return minutes(abs(other - one), minute)


def lasting(duration: timedelta, minute: timedelta) -> str:
    """A duration in words, in minutes and hours of the runbook: 8 minutes, 2 h 5 min."""
    whole = max(0, minutes(duration, minute))
    if not whole:
        return "less than a minute"
    if whole < 100:
        return f"{whole} minute{'' if whole == 1 else 's'}"
    return f"{whole // 60} h {whole % 60} min"


def listed(names: Sequence[str]) -> str:
    """a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def users_in_words(count: int) -> str:
    """1 user, 1,204 users."""
    return f"{count:,} user{'' if count == 1 else 's'}"


def capital(words: str) -> str:
    """With a capital letter at the beginning."""
    return words[:1].upper() + words[1:]


def short(text: str, length: int = 120) -> str:
    """Cut a long text at a word, and close a quotation that is cut with it; line breaks become spaces."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    kept = line[: length - 1]
    words = kept if line[length - 1] == " " else kept.rpartition(" ")[0]
    kept = (words if len(words) >= length // 2 else kept).rstrip(" ,;:(“")
    end = "…”" if kept.count("“") > kept.count("”") else "…"
    return f"{kept[: length - len(end)]}{end}"


def amount(value: float, currency: str) -> str:
    """Money."""
    return f"{value:,.0f} {currency}"


def span(since: datetime, until: datetime, up_to: str = "") -> str:
    """Such as: from 14:02 UTC to 14:19 UTC; one minute has one time. `up_to` stands before an end."""
    began, ended = at(since, until), at(until, since)
    return f"at {began}" if began == ended else f"from {began} to {up_to}{ended}"


def damage_in_words(entry: Damage) -> str:
    """One stretch, such as: shop: up to 97.0 % of requests failed from 14:02 UTC to 14:19 UTC."""
    up_to = "when it was last measured, at " if entry.is_open else ""
    return f"{entry.service}: {_extent(entry)} {span(entry.since, entry.until, up_to)}"


def uncounted_in_words(entry: Uncounted, name: str) -> str:
    """One stretch of it, such as: the metrics of shop stopped at 14:02 UTC; whether it served since is not known."""
    gone = (
        f"stopped at {at(entry.since, entry.until)}"
        if entry.is_open
        else f"were missing {span(entry.since, entry.until)}"
    )
    when = uncounted_span(entry) if entry.served_at else "since" if entry.is_open else "then"
    return f"the metrics of {name} {gone}; whether it served {when} is not known"


def uncounted_span(entry: Uncounted) -> str:
    """When that was, such as: from 14:02 UTC to 14:31 UTC."""
    if entry.is_open and entry.served_at is None:
        return f"since {at(entry.since, entry.until)}"
    return span(entry.since, entry.served_at or entry.until)


def uncounted_beside_damage(entry: Uncounted, name: str) -> str:
    """The same where damage was measured, such as: the requests of shop were not counted from 14:02 UTC to 14:31 UTC.

    Other signals may have shown how it served then.
    """
    up_to = "at least " if entry.is_open else ""
    return f"the requests of {name} were not counted {span(entry.since, entry.until, up_to)}"


def gravest(entries: Sequence[Damage], most: int = 3) -> list[Damage]:
    """The stretches that hurt most, in the order of time: what failed before what was slow, the longest first."""
    hardest = sorted(entries, key=lambda entry: (entry.kind not in FAILS, entry.since - entry.until))[:most]
    return sorted(hardest, key=lambda entry: entry.since)


def gravest_in_words(entries: Sequence[Damage], most: int = 3) -> str:
    """The stretches that hurt most; empty where there is none."""
    return "; ".join(map(damage_in_words, gravest(entries, most)))


def slowest(entry: Damage, is_now: bool = False) -> str:
    """How slow it was at worst, by what is measured: the 95th percentile of requests, the 75th of page loads."""
    what, end = ("page view in four", " to load") if entry.kind == "slow pages" else ("request in twenty", "")
    return f"at worst one {what} {'takes' if is_now else 'took'} longer than {seconds(entry.worst or 0.0)}{end}"


def _extent(entry: Damage) -> str:
    worst = entry.worst or 0.0
    match entry.kind:
        case "errors":
            return f"up to {share(worst)} of requests failed"
        case "slow" | "slow pages":
            return slowest(entry)
        case "lost traffic":
            return "traffic had collapsed"
        case "client errors":
            return f"up to {share(worst)} of page views met an error"
        case "refused":
            return f"{_which(entry.endpoints)} failed {'its' if len(entry.endpoints) == 1 else 'their'} checks"
        case "down":
            return "none of its instances answered"
        case "affected users":
            return f"up to {share(worst)} of its users met a fault"


def _which(endpoints: Sequence[str]) -> str:
    """Those that failed, by name where they are few; without a name: all of them did at some time."""
    if not endpoints:
        return "its endpoints"
    if len(endpoints) > MOST_ENDPOINTS:
        return f"{len(endpoints)} of its endpoints"
    return f"its endpoint{'' if len(endpoints) == 1 else 's'} {listed([f'“{name}”' for name in endpoints])}"
