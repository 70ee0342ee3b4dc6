"""Post-mortem words: a model's root cause blames what was concluded, and its timeline puts things where they were."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from agents.reports.basis import Report
from agents.reports.investigation import Hypothesis
from agents.reports.post_mortem import RootCause, Timeline
from agents.runtime.briefing import Briefing
from agents.runtime.figures import VERSION
from agents.runtime.record_words import record_words

SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|\n")
EXCLUDED = re.compile(r"\b(?:ruled out|excluded)\b", re.IGNORECASE)
DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
A_MINUTE = timedelta(minutes=1)
Adds = Callable[[str, str], str]
"""Gives what a text adds to another; empty where it adds nothing."""


def record_for(report: Report, by_book: Report, briefing: Briefing) -> str:
    """What of the run's record bears a part of the post-mortem: for a root cause nothing that speaks of a rival."""
    lines = record_words(briefing).split("\n")
    if isinstance(report, RootCause) and isinstance(by_book, RootCause):
        told = " ".join([by_book.what_failed.text, by_book.why.text])
        rivals = {rival.statement for rival in _hypotheses(briefing) if rival.statement not in told}
        rivals |= {earlier.words for earlier in briefing.ledger.suspected if earlier.words not in told}
        rivals |= {str(rival.cause) for rival in _hypotheses(briefing) if not _is_concluded(rival, briefing)}
        lines = [line for line in lines if not any(rival in line for rival in rivals if rival)]
    return "\n".join(lines)


def misplaced(report: Report, by_book: Report, briefing: Briefing, adds: Adds) -> str:
    """What a root cause blames, or a timeline puts at a minute, that the record does not; empty where all is right."""
    if isinstance(report, RootCause) and isinstance(by_book, RootCause):
        other = next(_blamed(report, by_book, briefing), "")
        return f'"{other}", which the concluded cause does not name' if other else ""
    if isinstance(report, Timeline) and isinstance(by_book, Timeline):
        return next(_at_another_time(report, by_book, briefing, adds), "")
    return ""


def _blamed(report: RootCause, by_book: RootCause, briefing: Briefing) -> Iterator[str]:
    """What the texts of a root cause name beside what the book's does, but to say that it is ruled out."""
    told = " ".join(_texts(by_book)).lower()
    listed = [name for key, one in briefing.catalogue.services.items() for name in (key, one.public_name)]
    guessed = [name for one in _hypotheses(briefing) for name in (one.component, one.dependency, one.version)]
    names = [name for name in {*listed, *guessed} if name and not _names(told, name)]
    for sentence in (part for text in _texts(report) for part in SENTENCE_END.split(text)):
        if not EXCLUDED.search(sentence):
            yield from (name for name in names if _names(sentence, name))
            yield from (found[0] for found in VERSION.finditer(sentence) if found[0].lstrip("v") not in told)


def _texts(report: RootCause) -> list[str]:
    claims = [report.what_failed, report.why, report.why_not_caught, *report.five_whys]
    return [report.summary, *(claim.text for claim in claims)]


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?i)(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def _hypotheses(briefing: Briefing) -> list[Hypothesis]:
    rounds = [*(briefing.conclusion.hypotheses if briefing.conclusion else [])]
    return [*rounds, *(one for each in briefing.findings for one in each.findings.hypotheses)]


def _is_concluded(rival: Hypothesis, briefing: Briefing) -> bool:
    return briefing.conclusion is not None and rival.cause == briefing.conclusion.cause


def _at_another_time(report: Timeline, by_book: Timeline, briefing: Briefing, adds: Adds) -> Iterator[str]:
    """The lines of a timeline whose words the record does not have of their minute."""
    known = [*by_book.entries, *briefing.history]
    lines = [*record_words(briefing).split("\n"), by_book.summary]
    begins = min([briefing.started_at, *(entry.at for entry in known), *filter(None, [by_book.introduced_at])])
    for entry in report.entries:
        at = entry.at if entry.at.tzinfo else entry.at.replace(tzinfo=UTC)
        there = [other.what for other in known if abs(other.at - at) < A_MINUTE]
        is_within = begins - A_MINUTE <= at <= briefing.now + A_MINUTE
        there += [line for line in lines if _is_of(line, at, is_within)]
        if not there or adds(entry.what, "\n".join(there)):
            yield f'"{entry.what}" at {at:%Y-%m-%d %H:%M} UTC, where the record does not have it'


def _is_of(line: str, at: datetime, is_within: bool) -> bool:
    """Whether a line names a minute; without a day it is of one within the run."""
    clock = f"{at.astimezone(UTC):%H:%M}"
    return clock in line and (f"{at.astimezone(UTC):%Y-%m-%d}" in line if DATE.search(line) else is_within)
