"""Report checks: what a model's report must be beyond its type. Each complaint is said so that it can be repaired."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from agents.reports.answer import Answer
from agents.reports.basis import Claim, Objection, Report
from agents.reports.investigation import Conclusion, Findings, Hypothesis
from agents.reports.mitigation import Proposal
from agents.reports.post_mortem import ActionItems, BacklogEntries
from agents.reports.triage import Classification, Scope
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyLog, LoggedEvent
from agents.runtime.free_words import Complaint, words_without_evidence
from agents.runtime.number_check import unsupported
from agents.runtime.outgoing_reports import CARE
from agents.runtime.public_claims import Care
from agents.runtime.quantities import topics_of
from agents.runtime.record_words import Statement, in_words, record_words, statements
from agents.runtime.sources import Sources, moment
from agents.tools.change import Change, UnfitChange

SEVERITIES = ("P0", "P1", "P2", "P3")
MOST_STATEMENTS = 300
LONGEST_STATEMENT = 2_000
"""Characters."""
UNOWNED, TRIAGE, TO_BE_NAMED = "unowned", "triage", "to be named"
"""What stands in place of an owner: nobody, whoever sorts new entries, and what the rules write of a service's."""
NEXT_SPRINT = "next sprint"
"""What the rules write where nothing is urgent."""
LONGEST_TERM = timedelta(days=366)
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


async def complaints(report: Report, briefing: Briefing, log: DutyLog) -> list[Complaint]:
    """What is wrong with a report; empty where nothing is."""
    said = list(statements(report))
    too_much = [complaint for statement in said for complaint in _measure(statement)]
    if len(said) > MOST_STATEMENTS:
        words = f"{len(said)} statements are too many to read; make at most {MOST_STATEMENTS}"
        too_much.append(Complaint("length", words))
    if too_much:
        return too_much
    refs = {ref: None for statement in said for ref in statement.cites}
    found = {ref: await log.cited(ref) for ref in refs}
    cited = {ref: Seen.of(entry) for ref, entry in found.items() if entry is not None}
    told, names = _told(report, briefing, cited), names_of(briefing)
    wrong = [each for statement in said for each in _evidence(statement, cited, Borne(told, report, names))]
    for kind, rule in RULES:
        if isinstance(report, kind):
            wrong += rule(report, briefing, cited)
    if type(report) not in CARE:  # the words of those are held against the book's
        wrong += words_without_evidence(report, briefing, [(seen.entry, seen.sources) for seen in cited.values()])
    return wrong


class Borne(NamedTuple):
    """What bears a statement beside the events that it cites."""

    told: Sources
    report: Report
    names: dict[str, str]


def names_of(briefing: Briefing) -> dict[str, str]:
    """The names of services as they may be written, each with the one in the catalogue."""
    services = briefing.catalogue.services
    return {name: key.lower() for key, listed in services.items() for name in (key, listed.public_name) if name}


def _told(report: Report, briefing: Briefing, cited: Cited) -> Sources:
    """What every statement of a report may say beside what it cites itself."""
    told = Sources()
    told.add(briefing.floor.reasons if briefing.floor else [])
    told.add({"revenue_lost": briefing.revenue_lost})
    for name, listed in briefing.catalogue.services.items():
        told.add({"service": name, "revenue_per_minute": listed.revenue_per_minute})
    if CARE.get(type(report), Care.GRAVE) >= Care.ADVICE:  # what tells of the run's record
        told.add(record_words(briefing))
        told.add(briefing.model_dump(mode="json", include={"ledger", "post_mortem", "scope"}))
    for seen in cited.values():  # when it began, another statement of the report shows
        told.add_times_of(seen.sources)
    return told


def _measure(statement: Statement) -> Iterator[Complaint]:
    """It is no longer than can be read."""
    where, length, number = statement.where, len(statement.text), len(statement.cites)
    if length > LONGEST_STATEMENT:
        words = f"{where} has {length} characters; say it in at most {LONGEST_STATEMENT}"
        yield Complaint("length", words, where)
    if number > MOST_CITATIONS:
        words = f"{where} cites {number} events; name the {MOST_CITATIONS} that show it best"
        yield Complaint("length", words, where)


def _evidence(statement: Statement, cited: Cited, borne: Borne) -> Iterator[Complaint]:
    """It cites events, they exist, and they or the severity rules that hold have its numbers."""
    where, unknown = statement.where, [ref for ref in statement.cites if ref not in cited]
    if unknown:
        words = f"{where} cites {', '.join(unknown)}: there is no such event. Use refs that you were given"
        yield Complaint("citation", words, where)
        return
    if not statement.cites:
        if statement.needs_evidence:
            words = f"{where} cites nothing. Name the refs of the events that show it, or leave it out"
            yield Complaint("citation", words, where)
        return
    sources = Sources(most=len(statement.cites))
    sources.add_all_of(borne.told)
    for ref in statement.cites:
        sources.add_all_of(cited[ref].sources)
    for number in unsupported(statement.text, sources, borne.report.calculations, borne.names):
        words = (
            f'{where}: "{number}" neither stands in {", ".join(statement.cites)} nor follows from it. '
            "Cite the event that holds it, add the calculation to `calculations`, or leave the number out"
        )
        yield Complaint("numbers", words, where)


def _findings(report: Findings, briefing: Briefing, cited: Cited) -> Iterator[Complaint]:
    for number, hypothesis in enumerate(report.hypotheses):
        yield from _hypothesis(f"hypotheses.{number}", hypothesis)


def _objection(report: Objection, briefing: Briefing, cited: Cited) -> Iterator[Complaint]:
    if report.objects and not report.reasons:
        yield Complaint("support", "the report objects, and `reasons` does not say by what")


def _hypothesis(where: str, hypothesis: Hypothesis) -> Iterator[Complaint]:
    if (hypothesis.status == "supported" or hypothesis.strength > 0) and not hypothesis.support:
        words = f"{where} has a strength or is supported, and nothing in `support` shows it"
        yield Complaint("support", words, where)
    if hypothesis.status == "ruled out" and not hypothesis.against:
        words = f"{where} is ruled out, and nothing in `against` says by what"
        yield Complaint("support", words, where)


def _conclusion(report: Conclusion, briefing: Briefing, cited: Cited) -> Iterator[Complaint]:
    for number, hypothesis in enumerate(report.hypotheses):
        yield from _hypothesis(f"hypotheses.{number}", hypothesis)
    if report.verdict != "cause found":
        return
    if report.cause is None or not report.component:
        yield Complaint("cause", 'the verdict is "cause found": `cause` and `component` must say which')
        return
    chosen = report.hypotheses[0] if report.hypotheses else None
    if chosen is None or (chosen.cause, chosen.component) != (report.cause, report.component):
        words = "the first of `hypotheses` must be the chosen one, of the same cause and component"
        yield Complaint("cause", words)
    elif not chosen.support:
        yield Complaint("cause", "hypotheses.0 is the cause, and nothing in `support` shows it")
    elif not is_shown(chosen, briefing, cited):
        words = (
            f"no event that the support of hypotheses.0 cites is about {chosen.component}. Cite a reading of it, or "
            'hand in the verdict "insufficient evidence"'
        )
        yield Complaint("cause", words)
    for number, rival in enumerate(report.hypotheses[1:], start=1):
        if not rival.against and not rival.support:
            words = f"hypotheses.{number} is a rival without a reason: `support` or `against` must say why"
            yield Complaint("support", words, f"hypotheses.{number}")


def is_shown(hypothesis: Hypothesis, briefing: Briefing, cited: Cited) -> bool:
    """Whether an event that supports a hypothesis tells of its component; that the alert names it shows no cause."""
    listed = briefing.catalogue.services.get(hypothesis.component)
    names = filter(None, [hypothesis.component, listed.public_name if listed else ""])
    pattern = re.compile("|".join(rf"(?<![\w-]){re.escape(name)}(?![\w-])" for name in names), re.IGNORECASE)
    refs = {ref for claim in hypothesis.support for ref in claim.cites if ref in cited and ref != briefing.alert_ref}
    return any(pattern.search(in_words(cited[ref].entry.payload)) for ref in refs)


def _proposal(report: Proposal, briefing: Briefing, cited: Cited) -> Iterator[Complaint]:
    """The target exists, can be acted on, and what the parameters name was seen."""
    if report.action is None:
        return
    try:
        Change(report.action, report.service, report.parameters).listed_in(briefing.catalogue)
    except UnfitChange as unfit:
        yield Complaint("target", str(unfit))
    if not report.reasons:
        yield Complaint("target", "reasons: a change to production needs one")
    seen = Sources()
    for event in cited.values():
        seen.add_all_of(event.sources)
    words = "\n".join([*seen.words, briefing.candidate_version])
    for name, value in report.parameters.items():
        if isinstance(value, str) and value not in words:
            yield Complaint("target", f"parameters.{name}: {value} stands in no event that the reasons cite")


def _classification(report: Classification, briefing: Briefing, cited: Cited) -> Iterator[Complaint]:
    """A severity is never below the floor, and above it only for harm that a cited event tells of."""
    floor = briefing.floor.severity if briefing.floor else "P3"
    above = SEVERITIES.index(floor) - SEVERITIES.index(report.severity)
    if above < 0:
        words = f"severity {report.severity} is below the floor {floor}; you may only go above it"
        yield Complaint("severity", words)
    if above > 0 and not any(_is_harm(reason, briefing, cited) for reason in report.reasons):
        words = (
            f"severity {report.severity} is above the floor {floor}, and no reason tells of harm that an event shows "
            f"which it cites. Give that reason, or hand in {floor}"
        )
        yield Complaint("severity", words)


def _scope(report: Scope, briefing: Briefing, cited: Cited) -> Iterator[Complaint]:
    """Its figures are such as can be measured, and something that was read shows them."""
    shares = {"users_share": report.users_share, "error_rate": report.error_rate, **report.error_rates}
    wrong = [f"{name} is {value}: a share is 0 to 1" for name, value in shares.items() if not 0 <= (value or 0) <= 1]
    others = {"users_affected": report.users_affected, "latency_ratio": report.latency_ratio}
    wrong += [f"{name} is {value}: it is never below 0" for name, value in others.items() if (value or 0) < 0]
    yield from (Complaint("numbers", words) for words in wrong)
    figures = [name for name, value in {**shares, **others}.items() if value is not None]
    if figures and not report.claims:
        words = f"{', '.join(figures)}: no claim cites what shows them. Add it to `claims`, or leave them out"
        yield Complaint("citation", words)


def _answer(report: Answer, briefing: Briefing, cited: Cited) -> Iterator[Complaint]:
    if report.is_answered and not any(claim.cites for claim in report.claims):
        words = "an answer needs `claims` with refs; where nothing that you saw answers it, `is_answered` is false"
        yield Complaint("citation", words)


def _is_harm(reason: Claim, briefing: Briefing, cited: Cited) -> bool:
    """Whether a reason tells of something measured or said by people, as an event beside the alert has it."""
    was_seen = briefing.scope is None or briefing.scope.abnormal or bool(briefing.ledger.said_of_harm)
    is_of_floor = briefing.floor is not None and reason.text in briefing.floor.reasons
    told, refs = topics_of(reason.text), [ref for ref in reason.cites if ref in cited and ref != briefing.alert_ref]
    shown = (topics_of(in_words(cited[ref].entry.payload)) for ref in refs)
    return was_seen and not is_of_floor and any(told & topics for topics in shown)


def _backlog(report: BacklogEntries, briefing: Briefing, cited: Cited) -> Iterator[Complaint]:
    for number, entry in enumerate(report.entries):
        yield from _owned(f"entries.{number}", entry.owner, briefing)
        due = moment(entry.deadline)
        if entry.deadline != NEXT_SPRINT and (due is None or not _is_soon(due, briefing)):
            words = f'entries.{number}.deadline: "{entry.deadline}" is no date to come, such as {briefing.now:%Y-%m-%d}'
            yield Complaint("date", words, f"entries.{number}")


def _action_items(report: ActionItems, briefing: Briefing, cited: Cited) -> Iterator[Complaint]:
    for number, item in enumerate(report.items):
        yield from _owned(f"items.{number}", item.owner, briefing)
        due = item.deadline if item.deadline.tzinfo else item.deadline.replace(tzinfo=UTC)
        if not _is_soon(due, briefing):
            words = f"items.{number}.deadline: {due:%Y-%m-%d} is past, or more than {LONGEST_TERM.days} days away"
            yield Complaint("date", words, f"items.{number}")


def _is_soon(due: datetime, briefing: Briefing) -> bool:
    return briefing.now.date() <= due.date() <= (briefing.now + LONGEST_TERM).date()


def _owned(where: str, owner: str, briefing: Briefing) -> Iterator[Complaint]:
    """The owner is a team or a person of the catalogue, or nobody yet."""
    catalogue = briefing.catalogue
    known = {listed.owner for listed in catalogue.services.values() if listed.owner}
    known |= {*catalogue.people, *catalogue.groups, UNOWNED, TRIAGE}
    if owner not in known and not owner.startswith(TO_BE_NAMED):
        words = f'{where}.owner: "{owner}" is no team or person of the catalogue; name one, or "{UNOWNED}"'
        yield Complaint("owner", words, f"{where}.owner")


RULES: tuple[tuple[type[Report], Callable[[Any, Briefing, Cited], Iterator[Complaint]]], ...] = (
    (Findings, _findings),
    (Conclusion, _conclusion),
    (Proposal, _proposal),
    (Classification, _classification),
    (Objection, _objection),
    (Scope, _scope),
    (Answer, _answer),
    (BacklogEntries, _backlog),
    (ActionItems, _action_items),
)
"""What each kind of report must be besides."""
