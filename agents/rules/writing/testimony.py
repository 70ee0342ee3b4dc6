"""Testimony: what people told in free words of harm, the cause and what they did. It is quoted, and never counted."""

import re
from datetime import datetime

from agents.rules.writing.wording import at, short
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
NO = r"\b(?:no|not|never|none|without|nothing|neither|nor|hardly|cannot|if)\b|n't\b|\?"
RETURNED = r"restored|recovered|brought back|back again"
DENIED = re.compile(rf"{NO}|\b(?:{RETURNED})\b", re.I)
"""Who denies it, asks, only supposes it, or tells of its return does not tell of it."""
VERBS = (
    "(?:re)?start|(?:re)?boot|roll|revert|switch|scal|repair|fix|replac|renew|end|kill|delet|free|remov|chang|put|turn"
    "|mov|add|rais|stop|clear|drain|fail|(?:re)?deploy|increas|lower|reduc|disabl|enabl|flush|re?set|bounc|restor|open"
    "|(?:un)?block|clos|purg|rotat|bump|kick|cycl|(?:re|un)?mount|extend|enlarg|expand|resiz|reload|recreat|rebuil"
    "|reinstall|patch|upgrad|downgrad|promot|detach|attach|(?:un)?pin|prun|clean|evict|cordon|throttl|rerout|push|correct"
)
OF_THE_DESK = r"tickets?|cases?|issues?|incidents?|dashboards?|questions?|notes?"
NO_CHANGE = rf"nothing|no|to|by|into|since|up|\w+ing|(?:\w+ )?(?:{OF_THE_DESK})"
"""What follows where somebody tells of no change to what runs."""
DID = rf"(?:{VERBS})[a-z]*\b(?! (?:{NO_CHANGE})\b)"
ADVERB = "(?: (?:just|now|then|also|already|manually))?"
DEED = re.compile(rf"\b(?:I|we)(?:'ve| have| had(?: to)?)?{ADVERB} {DID}|^{DID}(?<=ed)(?= )", re.I)
"""What somebody says that they did, or a sentence that begins with it."""
WAS_DONE = re.compile(
    rf"\b(?:was|were|has been|have been){ADVERB} "
    r"(?:(?:re)?booted|restarted|rolled back|reverted|(?:un)?blocked|opened|flushed|purged|drained|rotated|renewed"
    r"|enabled|disabled|turned (?:on|off)|switched (?:on|off|back)|bumped|raised|lowered|kicked|bounced|cycled"
    r"|remounted|freed|extended|enlarged|replaced|redeployed|reloaded|restored)\b(?! by\b)",
    re.I,
)
"""The same in the passive; not of what may have happened by itself, such as that something was closed."""
ASKED = re.compile(r"\?|\b(?:shall|should|could|can|may|might|if|will|would|until|before) (?:I|we)\b", re.I)
IN_A_CASE = "if|whether|unless|until|before|after|when|once|should|would|could"
SUPPOSED = re.compile(rf"\b(?:{IN_A_CASE}|since)\b", re.I)
NOTHING_NAMED = (
    "it|all|everything|things|we|i|me|you|that|this|metrics|please|bugs?|issues?|errors?"
    "|be|am|is|are|was|were|has|have|been|does|did"
)
IT_IS = "(?:'s)? (?:has|have|is|are|was|were|does|did|has been|have been)"
RECOVERED = re.compile(
    rf"\b(?!(?:{NOTHING_NAMED})\b)\w[\w')]*(?:"
    rf"(?:{IT_IS})?{ADVERB} (?:{RETURNED}|recovers|restores?|fixed|repaired|resolved|solved|mended|rolled back|reverted"
    r"|switched back|c[ao]me back|(?:working|works?|respond\w*|answer\w*) again)"
    rf"|{IT_IS}{ADVERB} (?:back(?= (?:up|online|to normal|in service|on\b)|\W*$)"
    r"|(?:up|online|running|available|healthy|reachable) again))\b",
    re.I,
)
"""Something of which somebody says that it is well again, or somebody else who has mended it."""
NOT_YET = re.compile(
    rf"{NO}|\b(?:{IN_A_CASE}|will|can|may|might|expect\w*|hop\w+|wait\w*|almost|nearly|partly|partially)\b",
    re.I,
)
BECAUSE = re.compile(
    r"\b(?:because|since|due to|caused?|broke\w*|fault|reason|root cause|full|expired|ran out)\b", re.I
)
"""Words with which somebody tells why."""
CHATTER = re.compile(
    r"\b(?:ok(?:ay)?|thanks?|thank you|thx|ack|yes|no|hi|hello|i'?m|i am|we are|on it|(?:still )?(?:looking|checking)"
    r"(?: into it| at it)?|investigating|joining|here|back|got it|will do|done|noted|sorry|great|good)\b",
    re.I,
)
"""Words that tell nothing of an incident by themselves."""
LONGEST_NAME = 60
SENTENCE = re.compile(r"(?<=[.;!?])\s+|\n+")
CLAUSE = re.compile(r"(?<=[.;:,!?])\s+|\n+|\s(?=(?:and|but|because|so|while|though|although)\b)")


def of_harm(ledger: Ledger) -> Statement | None:
    """The newest that a person told of data, or of those who were hurt."""
    told = [said for said in ledger.said_of_harm if THOSE_HURT.search(said.words) or _tells_of_data(said.words)]
    return next(reversed(first_of_each(told)), None)


def of_lost_data(ledger: Ledger) -> Statement | None:
    """The newest by which a person told that data was lost or damaged."""
    told = [said for said in ledger.statements if _tells_of_data(said.words)]
    return told[-1] if told else None


def _tells_of_data(words: str) -> bool:
    return any(DATA_LOST.search(part) and not DENIED.search(part) for part in CLAUSE.split(words))


def of_a_deed(ledger: Ledger) -> Statement | None:
    """The newest by which a person told of something that they did, where they did not say that it ended it."""
    told = [said for said in ledger.statements if tells_of_a_deed(said.words) and not said.is_by_hand]
    return told[-1] if told else None


def of_recovery(ledger: Ledger) -> list[Statement]:
    """All by which a person told that something has recovered, or that others have mended it."""
    return [said for said in ledger.statements if tells_of_recovery(said.words)]


def tells_of_recovery(words: str) -> bool:
    """Whether somebody tells that something has recovered, or that others have mended it."""
    found = [(part, RECOVERED.search(part)) for part in CLAUSE.split(words)]
    return any(one and "?" not in part and not NOT_YET.search(part[: one.end()]) for part, one in found)


def of_the_alert(ledger: Ledger) -> Statement | None:
    """The newest by which a person told that nothing but the alert was wrong, and what they did about that."""
    told = [said for said in ledger.statements if said.says_that_nothing_failed and tells_of_a_deed(said.words)]
    return told[-1] if told else None


def tells_of_a_deed(words: str) -> bool:
    """Whether somebody tells of something that they did."""
    return any(_is_deed(part) for part in SENTENCE.split(words))


def _is_deed(sentence: str) -> bool:
    if ASKED.search(sentence):
        return False
    return bool(DEED.search(sentence) or (WAS_DONE.search(sentence) and not SUPPOSED.search(sentence)))


def accounts(ledger: Ledger, beside: str = "") -> list[Statement]:
    """What people told, the newest first, but for what stands beside it and for words that it is over and no more.

    A note may tell of the cause, in any words. Where there are too many, those who name one, or what they did, or tell
    why, come before the others, and of these the longer ones.
    """
    once = first_of_each([one for one in ledger.statements if one.words.strip() and _may_explain(one)])
    told = [said for said in once if spoken(said, KNOWN_BY).rstrip(".…") not in beside]
    return weightiest(told, MOST_ACCOUNTS)


def first_of_each(told: list[Statement]) -> list[Statement]:
    """The same words of one person once, with when they were said first; as what explains more, if they were that."""
    first: dict[tuple[str, str], Statement] = {}
    for said in sorted(told, key=_explains, reverse=True):
        first.setdefault((said.by, said.words.strip()), said)
    return sorted(first.values(), key=lambda said: said.at)


def weightiest(told: list[Statement], most: int) -> list[Statement]:
    """Those that tell most of why it happened, the newest first."""
    first = sorted(told, key=_weight, reverse=True)[:most]
    return sorted(first, key=lambda said: said.at, reverse=True)


def _weight(said: Statement) -> tuple[bool, bool, int, datetime]:
    tells_why = tells_of_a_deed(said.words) or bool(BECAUSE.search(said.words))
    return _explains(said), tells_why, min(len(said.words), MOST_WORDS), said.at


def _explains(said: Statement) -> bool:
    return said.cause is not None or said.is_by_hand or said.says_that_nothing_failed


def _may_explain(said: Statement) -> bool:
    return _explains(said) or (not said.is_over and not is_chatter(said))


def is_chatter(said: Statement) -> bool:
    """Whether all sentences of a note ask, or have no more than one word beside those of chatter."""
    if said.is_over is not None or _explains(said):
        return False
    told = [part for part in SENTENCE.split(said.words) if not part.rstrip().endswith("?")]
    return not any(len(re.findall(r"\w+", CHATTER.sub("", part))) > 1 or not part.isascii() for part in told)


def blamed(cause: str | None, component: str | None) -> str:
    """Such as: infrastructure of shop; an external dependency is the component itself, and not one of it."""
    return f"{cause} {component}" if cause == "external dependency" else f"{cause} of {component}"


def name_of(said: Statement) -> str:
    """Who said it, in signs that are no speech by themselves."""
    cleaned = " ".join("".join(sign for sign in said.by if sign.isalnum() or sign in " .-_@").split())
    return cleaned[:LONGEST_NAME].strip() or "somebody"


def spoken(said: Statement, length: int) -> str:
    """Their words, to stand within quotation marks: those within become single ones."""
    return short(said.words.translate(str.maketrans("“”", "\u2018\u2019")), length)


def quoted(said: Statement, length: int = MOST_WORDS) -> str:
    """Such as: ada said: “nobody can pay”."""
    return f"{name_of(said)} said: “{spoken(said, length).rstrip('.')}”"


def quoted_with_time(said: Statement, length: int = 200, when: str = "") -> str:
    """Such as: ada said at 14:31 UTC: “nobody can pay”."""
    return f"{name_of(said)} said at {when or at(said.at)}: “{spoken(said, length).rstrip('.')}”"


def quoted_since(said: Statement, ledger: Ledger) -> str:
    """The same of words that were said before: ada said at 14:12 UTC, and again at 14:31 UTC: “I drained the queue”."""
    same = [one for one in ledger.statements if (one.by, one.words.strip()) == (said.by, said.words.strip())]
    first, again = at(min((one.at for one in same), default=said.at), said.at), at(said.at)
    when = again if first == again else f"{first}, and again at {again}"
    return quoted_with_time(said, when=when)
