"""Damage in words: what was hurt, how badly, from when to when, as it was measured."""

from collections.abc import Sequence

from agents.rules.writing.wording import at, seconds, share
from agents.runtime.ledger import Damage


def in_words(entry: Damage) -> str:
    """One stretch, such as: shop: up to 97.0 % of requests failed from 14:02 UTC to 14:19 UTC."""
    until = "when it was last measured, at " if entry.is_open else ""
    return f"{entry.service}: {_what(entry)} from {at(entry.since)} to {until}{at(entry.until)}"


def worst_first(entries: Sequence[Damage], most: int = 3) -> str:
    """The longest stretches in words; empty where there is none."""
    longest = sorted(entries, key=lambda entry: entry.since - entry.until)[:most]
    return "; ".join(in_words(entry) for entry in sorted(longest, key=lambda entry: entry.since))


def _what(entry: Damage) -> str:
    worst = entry.worst or 0.0
    match entry.kind:
        case "errors":
            return f"up to {share(worst)} of requests failed"
        case "slow":
            return f"requests took up to {seconds(worst)}"
        case "lost traffic":
            return "traffic had collapsed"
        case "client errors":
            return f"up to {share(worst)} of page views met an error"
        case "slow pages":
            return f"pages took up to {seconds(worst)} to load"
        case "refused":
            return "endpoints of it failed when they were checked"
