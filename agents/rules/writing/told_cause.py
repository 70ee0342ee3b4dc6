"""The cause in people's own words, for stakeholders: what somebody named, or plainly told in a note."""

import re

from agents.rules.writing.public_wording import CAUSES
from agents.rules.writing.separate import is_told_of_it
from agents.rules.writing.testimony import MOST_WORDS, NO, SENTENCE, spoken
from agents.rules.writing.wording import at
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Statement
from agents.runtime.outgoing_reports import unfit

TROUBLE = r"(?:the|this|that) (?:(?:first|second|third|whole) )?(?:outage|incident|failure|crash|stop)"
BAD = r"(?:bad|wrong|faulty|broken|expired|corrupt\w*)"
PART = r"process|server|service|host|machine|pod|container|database|table|index|certificate|queue|disk|cluster"
SAYS_SO = (
    rf"(?:it|this|that|{TROUBLE}) (?:was caused by|broke because|happened because)\b",
    rf"{TROUBLE} was (?:me|us|(?:my|our) (?:fault|mistake))(?=[:,.!]|$)",
    rf"(?:the )?(?:root )?cause(?: is| was|:) (?:a|an|our|my) {BAD}\b",
    rf"(?:a|an|the|our|my) {BAD} (?:[\w-]+ ){{1,3}}(?:was|were) (?:loaded|deployed|released|installed|merged)\b",
    r"(?:I|we) (?=.*\b(?:by mistake|by accident|accidentally)\b)(?:accidentally )?(?:killed|stopped|deleted|restarted"
    rf"|rebooted|unplugged|disabled|overwrote|shut down) (?:it|(?:[\w-]+ ){{1,4}}?(?:{PART}))\b",
)
"""How a sentence begins that tells a cause and nothing else."""
PLAIN = re.compile(rf"(?:\w+ team: )?(?:{'|'.join(SAYS_SO)})", re.I)
DOUBT = re.compile(
    r"\?|\b(?:doubt|suspect|think|thought|believe|guess|assum|suppos|wonder|unsure|sure\b|certain|maybe|perhaps|possib"
    r"|probab|likely|apparent|presum|seem|appear|looks? like|may\b|might\b|could (?:be|have)\b|should\b|would\b|whether"
    r"|unknown|unclear|said\b|says?\b|told\b|heard\b|claim|accord|rumou?r|theory|another\b|other\b|last\b|previous"
    r"|yesterday|correction|mistaken|i was wrong|not true|(?:is|was)(?:n't| not)\b|something\b|somebody\b)",
    re.I,
)
"""Anywhere in a note: whoever is not sure, has it from others, speaks of another time or takes it back."""
DENIED = re.compile(NO, re.I)


def of_the_cause(briefing: Briefing) -> Statement | None:
    """By what a person told the cause; what they told of separate trouble is not the cause of the rest."""
    return _foremost([said for said in briefing.ledger.statements if not is_told_of_it(said, briefing)])


def of_the_later_cause(briefing: Briefing) -> Statement | None:
    """By what a person told the cause of separate trouble."""
    return _foremost([said for said in briefing.ledger.statements if is_told_of_it(said, briefing)])


def _foremost(statements: list[Statement]) -> Statement | None:
    """The newest that names a cause; else that tells it plainly: first of those who ended it by hand."""
    named = [said for said in statements if said.cause]
    plain = [said for said in statements if _is_plain(said.words)]
    by_hand = [said for said in plain if said.is_by_hand]
    return next((told[-1] for told in (named, by_hand, plain) if told), None)


def in_their_words(said: Statement, briefing: Briefing, beside: str = "") -> str:
    """For stakeholders, who are told no names: our team said at 14:31 UTC: “a bad table was loaded”.

    The kind of cause that they named stands in it where their words do not tell why, and nothing beside it names it.
    Words that are not fit for others than us are not quoted.
    """
    quoted = quotation(said, briefing)
    named = CAUSES[said.cause] if said.cause and not (quoted and _is_plain(said.words)) else ""
    if named and named not in beside:
        return f"our team named {named} at {at(said.at)}{f': {quoted}' if quoted else ''}"
    if quoted:
        return f"our team said at {at(said.at)}: {quoted}"
    return "" if said.cause else f"our team noted a cause at {at(said.at)}, in the record of the incident"


def quotation(said: Statement, briefing: Briefing) -> str:
    """What a person said, in quotation marks; empty where it may not be read by others than us."""
    words = said.words.strip()
    return f"“{spoken(said, MOST_WORDS).rstrip('.')}”" if words and not unfit(words, "", briefing.catalogue) else ""


def _is_plain(words: str) -> bool:
    if DOUBT.search(words):
        return False
    return any(PLAIN.match(part) and not DENIED.search(part) for part in SENTENCE.split(words.strip()))
