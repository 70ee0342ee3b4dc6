"""Free words: what a report says in sentences that cite nothing, held against the cited events and the run's record.

Each sentence is looked at by itself, so that one that nothing bears can be left out and the rest can stay.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, cast

from pydantic import BaseModel

from agents.reports.basis import Report
from agents.reports.mitigation import Proposal
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import LoggedEvent
from agents.runtime.number_check import unsupported
from agents.runtime.outgoing_reports import NO_WORDS, compared, is_choice, secret_in
from agents.runtime.public_claims import Care, added
from agents.runtime.record_words import in_words, record_words, statements
from agents.runtime.sources import Sources

SAFE = re.compile(r"\bsafe(?:r|st|ly)?\b", re.IGNORECASE)
SENTENCE = re.compile(r"[^.!?\n]*(?:[.!?](?!\s|$)[^.!?\n]*)*[.!?]*")
CheckName = Literal[
    "length", "citation", "numbers", "support", "cause", "target", "severity", "owner", "date", "words", "secret"
]


class Complaint(NamedTuple):
    """What is wrong with a report: which check says so, in words that tell how to repair it, and where."""

    check: CheckName
    words: str
    place: str = ""
    """The path of the field or list item, such as claims.0; empty where it is of the whole."""
    sentence: str = ""
    """The sentence of that field, where the rest of it may stay."""


class Text(NamedTuple):
    """A text of a report, and where it stands."""

    place: str
    words: str
    is_free: bool
    """Whether it cites nothing itself."""


@dataclass(frozen=True)
class Borne:
    """What a sentence is held against."""

    briefing: Briefing
    report: Report
    sources: Sources
    evidence: str
    """The record of the run, and the cited events in words."""
    stated: str
    """The same with the report's own statements, which were held against what they cite."""

    def objections(self, sentence: str, is_free: bool) -> Iterator[tuple[CheckName, str]]:
        """What is wrong with a sentence."""
        for number in unsupported(sentence, self.sources, self.report.calculations) if is_free else []:
            yield (
                "numbers",
                f'"{number}" stands in no event that the report cites, and in nothing that you were told. '
                "Cite the event that holds it, add the calculation to `calculations`, or leave the number out",
            )
        if why := self._added(sentence, is_free):
            yield (
                "words",
                f"the report says {why}: no event that it cites shows that. Cite the event that does, or leave it out",
            )
        if why := secret_in(sentence, self.evidence):
            yield "secret", f"the words of the report may not be kept: {why}"

    def _added(self, sentence: str, is_free: bool) -> str:
        is_proposal = isinstance(self.report, Proposal)
        # that a change is safe is a judgement, and claims nothing of any data
        grave = SAFE.sub("wise", sentence) if is_proposal else sentence
        why = added(compared(grave, self.evidence, self.briefing, Care.GRAVE))
        if why or is_proposal or not is_free:  # a proposal tells of what may come
            return why
        return added(compared(sentence, self.stated, self.briefing, Care.MEASURED, sentence))


def words_without_evidence(
    report: Report, briefing: Briefing, cited: Sequence[tuple[LoggedEvent, Sources]]
) -> Iterator[Complaint]:
    """Grave words anywhere, and numbers and states in texts without citations, that nothing on record bears."""
    record, said = record_words(briefing), [statement.text for statement in statements(report)]
    sources = Sources(most=max((seen.most for _, seen in cited), default=0))
    sources.add([record, *said, *(briefing.floor.reasons if briefing.floor else [])])  # statements are checked by cites
    for _, seen in cited:
        sources.add_all_of(seen)
    evidence = "\n".join([record, *(in_words(entry.payload) for entry, _ in cited)])
    borne = Borne(briefing, report, sources, evidence, "\n".join([evidence, *said]))
    for text in texts_of(report):
        for sentence in sentences(text.words):
            for check, words in borne.objections(sentence, text.is_free):
                yield Complaint(check, words, text.place, sentence)


def texts_of(value: Any, place: str = "", is_free: bool = True) -> Iterator[Text]:
    """All texts of a report with their places; times and choices among given words are no texts."""
    if isinstance(value, BaseModel):
        is_statement = isinstance(getattr(value, "cites", None), list)
        for name in type(value).model_fields:
            if name not in NO_WORDS and not is_choice(type(value), name):
                inside = f"{place}.{name}" if place else name
                yield from texts_of(getattr(value, name), inside, not is_statement)
    elif isinstance(value, list):
        for number, part in enumerate(cast(list[Any], value)):
            yield from texts_of(part, f"{place}.{number}", is_free)
    elif isinstance(value, str) and value:
        yield Text(place, value, is_free)


def sentences(text: str) -> list[str]:
    """The sentences of a text, each as it is written."""
    return [sentence for found in SENTENCE.finditer(text) if (sentence := found[0].strip())]
