"""Testimony: what people told in free words of harm, the cause and what they did. It is quoted, and never counted."""

import re

from agents.rules.writing.in_vain import aftermath
from agents.rules.writing.wording import at, short
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Ledger, Statement

MOST_WORDS = 160
"""Characters of what a person said, within a sentence."""
MOST_ACCOUNTS, KNOWN_BY = 3, 80
"""Of people, beside each other; and the characters by which one is seen to stand in a text."""
THOSE_HURT = re.compile(
    r"\b(?:customers?|users?|people|visitors|tenants|clients|merchants|drivers|couriers|patients|guests|nobody)\b", re.I
)
STORED = r"(?:\w+ )?data|databases?|tables?"
ITEMS = r"records|rows|orders|bookings|carts|payments|invoices|tickets|transactions"
LOST = (
    r"(?:lost(?! (?:its|connections?|contact)\b)|corrupt\w*|deleted|wiped|erased|destroyed|overwritten"
    r"|damaged|gone|vanished|disappeared|dropped|truncated)"
)
ELSEWHERE = (
    r"to|from|with|by|connections?|access|contact|pages?|screens?|buttons?|services?|apis?|process(?:es)?|instances?|pods?"
    r"|servers?|hosts?|containers?|apps?|machines?|workers?|sessions?|queues?"
)
BETWEEN, AS_MANY = (rf"(?: (?!(?:{words})\b)[\w',]+){{0,4}} " for words in (ELSEWHERE, f"{ELSEWHERE}|is|was|has"))
DATA_LOST = re.compile(
    rf"\b(?:{STORED})\b{BETWEEN}{LOST}\b|\b(?:{ITEMS})\b{AS_MANY}{LOST}\b|\b{LOST}\b{BETWEEN}(?:{STORED}|{ITEMS})\b"
    r"|\b(?:data|records?) loss\b",
    re.I,
)
"""Of items that are also names of services, such as payments, only what is said of many: "payments is gone" is not."""
DENIED = re.compile(
    r"\b(?:no|not|never|none|without|nothing|neither|nor|hardly|cannot|if)\b|n't\b|\?"
    r"|\b(?:restored|recovered|brought back|back again)\b",
    re.I,
)
"""Who denies it, asks, only supposes it, or tells of its return does not tell of it."""
DID = (
    r"(?:(?:re)?start|boot|roll|revert|switch|scal|repair|fix|replac|renew|end|kill|delet|free|remov|chang|put|turn|mov"
    r"|add|rais|stop|clear|drain|fail|deploy|increas|lower|reduc|disabl|enabl|flush|reset|set|bounc|restor)[a-z]*\b"
    r"(?! (?:nothing|no|to|\w+ing)\b)"
)
DEED = re.compile(rf"\b(?:I|we)(?:'ve| have| had)?(?: (?:just|now|then|also))? {DID}|^{DID}(?<=ed)(?= )", re.I)
"""What somebody says that they did, or a sentence that begins with it."""
ASKED = re.compile(r"\?|\b(?:shall|should|could|can|may|might|if|will|would|until|before) (?:I|we)\b", re.I)
SENTENCE = re.compile(r"(?<=[.;!?])\s+|\n+")
CLAUSE = re.compile(r"(?<=[.;:,!?])\s+|\n+|\s(?=(?:and|but|because|so|while|though|although)\b)")


def of_harm(ledger: Ledger) -> Statement | None:
    """The newest that a person told of data, or of those who were hurt."""
    told = [said for said in ledger.said_of_harm if THOSE_HURT.search(said.words) or _tells_of_data(said.words)]
    return told[-1] if told else None


def of_lost_data(ledger: Ledger) -> Statement | None:
    """The newest by which a person told that data was lost or damaged."""
    told = [said for said in ledger.statements if _tells_of_data(said.words)]
    return told[-1] if told else None


def _tells_of_data(words: str) -> bool:
    return any(DATA_LOST.search(part) and not DENIED.search(part) for part in CLAUSE.split(words))


def of_a_deed(ledger: Ledger) -> Statement | None:
    """The newest by which a person told of something that they did, where they did not say that it ended it."""
    told = [said for said in ledger.statements if _tells_of_a_deed(said.words) and not said.is_by_hand]
    return told[-1] if told else None


def of_the_alert(ledger: Ledger) -> Statement | None:
    """The newest by which a person told that nothing but the alert was wrong, and what they did about that."""
    told = [said for said in ledger.statements if said.says_that_nothing_failed and _tells_of_a_deed(said.words)]
    return told[-1] if told else None


def _tells_of_a_deed(words: str) -> bool:
    return any(DEED.search(part) and not ASKED.search(part) for part in SENTENCE.split(words))


def accounts(ledger: Ledger, beside: str = "") -> list[Statement]:
    """What people told, the newest first, but for what stands beside it and for words that it is over and no more.

    A note may tell of the cause, in any words. Where there are too many, those who name one, or what they did, come
    before it.
    """
    once = {one.words.strip(): one for one in ledger.statements if one.words.strip() and _may_explain(one)}
    told = [said for said in once.values() if short(said.words, KNOWN_BY).rstrip(".…") not in beside]
    first = sorted(told, key=lambda said: (_explains(said), said.at), reverse=True)[:MOST_ACCOUNTS]
    return sorted(first, key=lambda said: said.at, reverse=True)


def _explains(said: Statement) -> bool:
    return said.cause is not None or said.is_by_hand or said.says_that_nothing_failed


def _may_explain(said: Statement) -> bool:
    return not said.is_over or _explains(said)


def account(said: Statement, briefing: Briefing) -> str:
    """Such as: ada said at 14:31 UTC: “I drained the queue”; it went on after that."""
    return f"{quoted_with_time(said)}{aftermath(said, briefing)}."


def quoted(said: Statement, length: int = MOST_WORDS) -> str:
    """Such as: ada said: “nobody can pay”."""
    return f"{said.by} said: “{short(said.words, length).rstrip('.')}”"


def quoted_with_time(said: Statement, length: int = 200) -> str:
    """Such as: ada said at 14:31 UTC: “nobody can pay”."""
    return f"{said.by} said at {at(said.at)}: “{short(said.words, length).rstrip('.')}”"
