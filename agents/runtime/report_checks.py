"""Report checks: what a model's report must be beyond its type. Each complaint is said so that it can be repaired."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from agents.reports.basis import Report
from agents.reports.investigation import Conclusion, Findings, Hypothesis
from agents.reports.mitigation import Proposal
from agents.reports.triage import Classification
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyLog, LoggedEvent
from agents.runtime.number_check import unsupported
from agents.runtime.outgoing_reports import CARE, compared, secret_in, words
from agents.runtime.public_claims import Care, added
from agents.runtime.record_words import Statement, in_words, record_words, statements
from agents.runtime.sources import Sources
from agents.tools.change import Change, UnfitChange

SAFE = re.compile(r"\bsafe(?:r|st|ly)?\b", re.IGNORECASE)
SEVERITIES = ("P0", "P1", "P2", "P3")
MOST_STATEMENTS = 300
LONGEST_STATEMENT = 2_000
"""Characters."""
MOST_CITATIONS = 30
"""Of one statement. What is more than this is not checked but sent back: a report is read by tired people, and checking
is work. The reports of the simulated incidents have at most 44 statements, of 462 characters, with 6 citations."""


class Seen(NamedTuple):
    """A cited event, and all that can be taken from it."""

    entry: LoggedEvent
    sources: Sources

    @classmethod
    def of(cls, entry: LoggedEvent) -> "Seen":
        """Read an event, once for all that cites it."""
        sources = Sources()
        sources.add(dict(entry.payload))
        sources.add(entry.at.isoformat())
        return cls(entry, sources)


Cited = dict[str, Seen]


async def complaints(report: Report, briefing: Briefing, log: DutyLog) -> list[str]:
    """What is wrong with a report; empty where nothing is."""
    said = list(statements(report))
    too_much = [complaint for statement in said for complaint in _measure(statement)]
    if len(said) > MOST_STATEMENTS:
        too_much.append(f"{len(said)} statements are too many to read; make at most {MOST_STATEMENTS}")
    if too_much:
        return too_much
    refs = {ref: None for statement in said for ref in statement.cites}
    found = {ref: await log.cited(ref) for ref in refs}
    cited = {ref: Seen.of(entry) for ref, entry in found.items() if entry is not None}
    told = Sources()
    told.add(briefing.floor.reasons if briefing.floor else [])
    if CARE.get(type(report), Care.GRAVE) >= Care.ADVICE:  # what tells of the run's record
        told.add(record_words(briefing))
        told.add(briefing.model_dump(mode="json", include={"ledger", "post_mortem", "scope", "revenue_lost"}))
    for seen in cited.values():  # when it began, another statement of the report shows
        told.add_times_of(seen.sources)
    wrong = [complaint for statement in said for complaint in _evidence(statement, report, cited, told)]
    for kind, rule in RULES:
        if isinstance(report, kind):
            wrong += rule(report, briefing, cited)
    if type(report) not in CARE:  # the words of those are held against the book's
        wrong += _words_without_evidence(report, briefing, list(cited.values()))
    return wrong


def _measure(statement: Statement) -> Iterator[str]:
    """It is no longer than can be read."""
    if len(statement.text) > LONGEST_STATEMENT:
        yield f"{statement.where} has {len(statement.text)} characters; say it in at most {LONGEST_STATEMENT}"
    if len(statement.cites) > MOST_CITATIONS:
        yield f"{statement.where} cites {len(statement.cites)} events; name the {MOST_CITATIONS} that show it best"


def _evidence(statement: Statement, report: Report, cited: Cited, told: Sources) -> Iterator[str]:
    """It cites events, they exist, and they or the severity rules that hold have its numbers."""
    unknown = [ref for ref in statement.cites if ref not in cited]
    if unknown:
        yield f"{statement.where} cites {', '.join(unknown)}: there is no such event. Use refs that you were given"
        return
    if not statement.cites:
        if statement.needs_evidence:
            yield f"{statement.where} cites nothing. Name the refs of the events that show it, or leave it out"
        return
    sources = Sources(most=len(statement.cites))
    sources.add_all_of(told)
    for ref in statement.cites:
        sources.add_all_of(cited[ref].sources)
    for number in unsupported(statement.text, sources, report.calculations):
        yield (
            f'{statement.where}: "{number}" neither stands in {", ".join(statement.cites)} nor follows from it. '
            "Cite the event that holds it, add the calculation to `calculations`, or leave the number out"
        )


def _words_without_evidence(report: Report, briefing: Briefing, cited: list[Seen]) -> Iterator[str]:
    """Grave words anywhere, and numbers and states in texts without citations, that nothing on record bears."""
    record, said = record_words(briefing), [statement.text for statement in statements(report)]
    sources = Sources(most=max((seen.sources.most for seen in cited), default=0))
    sources.add([record, *said, *(briefing.floor.reasons if briefing.floor else [])])  # statements are checked by cites
    for seen in cited:
        sources.add_all_of(seen.sources)
    everything = words(report)
    free = "\n".join(text for text in everything if text not in said)
    for number in unsupported(free, sources, report.calculations):
        yield (
            f'"{number}" stands in no event that the report cites, and in nothing that you were told. '
            "Cite the event that holds it, add the calculation to `calculations`, or leave the number out"
        )
    evidence = "\n".join([record, *(in_words(seen.entry.payload) for seen in cited)])
    text, stated = "\n".join(everything), "\n".join([evidence, *said])
    if isinstance(report, Proposal):  # that a change is safe is a judgement, and claims nothing of any data
        text = SAFE.sub("wise", text)
    why = added(compared(text, evidence, briefing, Care.GRAVE))
    if not why and not isinstance(report, Proposal):  # a proposal tells of what may come
        why = added(compared(free, stated, briefing, Care.MEASURED, free))
    if why:
        yield f"the report says {why}: no event that it cites shows that. Cite the event that does, or leave it out"
    if why := secret_in(text, evidence):
        yield f"the words of the report may not be kept: {why}"


def _findings(report: Findings, briefing: Briefing, cited: Cited) -> Iterator[str]:
    for number, hypothesis in enumerate(report.hypotheses):
        yield from _hypothesis(f"hypotheses.{number}", hypothesis)


def _hypothesis(where: str, hypothesis: Hypothesis) -> Iterator[str]:
    if (hypothesis.status == "supported" or hypothesis.strength > 0) and not hypothesis.support:
        yield f"{where} has a strength or is supported, and nothing in `support` shows it"
    if hypothesis.status == "ruled out" and not hypothesis.against:
        yield f"{where} is ruled out, and nothing in `against` says by what"


def _conclusion(report: Conclusion, briefing: Briefing, cited: Cited) -> Iterator[str]:
    for number, hypothesis in enumerate(report.hypotheses):
        yield from _hypothesis(f"hypotheses.{number}", hypothesis)
    if report.verdict != "cause found":
        return
    if report.cause is None or not report.component:
        yield 'the verdict is "cause found": `cause` and `component` must say which'
        return
    chosen = report.hypotheses[0] if report.hypotheses else None
    if chosen is None or (chosen.cause, chosen.component) != (report.cause, report.component):
        yield "the first of `hypotheses` must be the chosen one, of the same cause and component"
    elif not chosen.support:
        yield "hypotheses.0 is the cause, and nothing in `support` shows it"
    for number, rival in enumerate(report.hypotheses[1:], start=1):
        if not rival.against and not rival.support:
            yield f"hypotheses.{number} is a rival without a reason: `support` or `against` must say why"


def _proposal(report: Proposal, briefing: Briefing, cited: Cited) -> Iterator[str]:
    """The target exists, can be acted on, and what the parameters name was seen."""
    if report.action is None:
        return
    try:
        Change(report.action, report.service, report.parameters).listed_in(briefing.catalogue)
    except UnfitChange as unfit:
        yield str(unfit)
    if not report.reasons:
        yield "reasons: a change to production needs one"
    seen = Sources()
    for event in cited.values():
        seen.add_all_of(event.sources)
    words = "\n".join([*seen.words, briefing.candidate_version])
    for name, value in report.parameters.items():
        if isinstance(value, str) and value not in words:
            yield f"parameters.{name}: {value} stands in no event that the reasons cite"


def _classification(report: Classification, briefing: Briefing, cited: Cited) -> Iterator[str]:
    floor = briefing.floor.severity if briefing.floor else "P3"
    if SEVERITIES.index(report.severity) > SEVERITIES.index(floor):
        yield f"severity {report.severity} is below the floor {floor}; you may only go above it"


RULES: tuple[tuple[type[Report], Callable[[Any, Briefing, Cited], Iterator[str]]], ...] = (
    (Findings, _findings),
    (Conclusion, _conclusion),
    (Proposal, _proposal),
    (Classification, _classification),
)
"""What each kind of report must be besides."""
