"""The cause in people's own words: what somebody told of why it happened, in a note or with an answer."""

import re

from agents.rules.writing.public_wording import CAUSES
from agents.rules.writing.separate import is_told_of_it
from agents.rules.writing.testimony import CLAUSE, MOST_WORDS, NO, spoken
from agents.rules.writing.wording import at
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Statement

TOLD = re.compile(
    r"\b(?:because|due to|cause[ds]?(?! (?:is|was) (?:un|not))|root cause|the reason (?:is|was)|expired|r[au]n out"
    r"|out of (?:memory|disk|space)|(?:is|was|were) full|(?:by|a) mistake|by accident|accidentally|sorry"
    r"|(?:was|were) (?:me|us)|(?:my|our) (?:fault|mistake)|typo|misconfigur\w*|forgot(?:ten)?"
    r"|(?:a|an|the|our|my) (?:bad|wrong|faulty|broken|corrupt\w*) \w+)\b",
    re.I,
)
"""Words with which somebody tells why it happened, or takes it on themselves."""
DENIED = re.compile(rf"{NO}|\b(?:unknown|unclear|whether|may|might|maybe|looking for)\b", re.I)


def of_the_cause(briefing: Briefing) -> Statement | None:
    """The newest by which a person told why it happened; not what they told of separate trouble."""
    told = [said for said in briefing.ledger.statements if said.cause or _tells_why(said.words)]
    return next((said for said in reversed(told) if not is_told_of_it(said, briefing)), None)


def in_their_words(said: Statement, beside: str = "") -> str:
    """For stakeholders, who are told no names: our team said at 14:31 UTC: “a bad table was loaded”.

    The kind of cause that they named stands in it where their words do not tell why, and nothing beside it names it.
    """
    named = CAUSES[said.cause] if said.cause and not _tells_why(said.words) else ""
    words = f": “{spoken(said, MOST_WORDS).rstrip('.')}”" if said.words.strip() else ""
    if named and named not in beside:
        return f"our team named {named} at {at(said.at)}{words}"
    return f"our team said at {at(said.at)}{words}" if words else ""


def _tells_why(words: str) -> bool:
    found = [(part, TOLD.search(part)) for part in CLAUSE.split(words)]
    return any(one and "?" not in part and not DENIED.search(part[: one.end()]) for part, one in found)
