"""Covered words: whether everything that a model's text says stands in the book's text of the same duty.

Each clause of the text has to be covered by one sentence of the book: by its words, by words that mean the same (which
same_meaning.py turns into one mark, such as beDown), and by words that only hold a sentence together. Denials, doubts,
numbers, times and the order of an actor and an act are part of what has to agree. A word that is in none of these is
not sent.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import pairwise

from agents.runtime.claimed_numbers import CLOCK, added_numbers, counts, lasting
from agents.runtime.clauses import FEATURE, SERVICE, Clause, Part, clauses_of, whole
from agents.runtime.plain_words import lowered
from agents.runtime.same_meaning import (
    COURTESY,
    ENDED,
    IMPLIED,
    LEFT_OPEN,
    PASSING,
    QUALIFYING,
    SAFEGUARDS,
    SAME,
    SHORT_FORMS,
    SOFTENED,
)

PLAIN_SIGNS = frozenset(" \n.,;:!?'\"()[]%/+-_&$€£#\u2019\u2018\u201c\u201d\u2013\u2014\u2026\u00a0\u2022")
"""The only characters besides English letters and digits, and those of the book."""
SENTENCE_END = re.compile(r"\n+|[.!?;]+(?=\s|$)|[\u2013\u2014]| - ")
VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|be|been|may|might|can|will|let|help|be[A-Z]\w+|theFailing|theCause|theLook"
    r"|theWait|theWatch|weBegan|must|\w{3,}ed)\b"
)
ATTACHED = re.compile(
    rf"\s*(?!(?:(?:is|are|has|have|been|be|will) )*(?:theLook|theWatch|theCause))(?:which\b|whose\b|{VERB.pattern})"
)
"""How a clause begins that tells of what the one before it names."""
PREPOSITION = re.compile(r"\s*(?:after|at|before|between|by|during|for|from|in|on|since|to|until|within)\b")
ORDER = re.compile(rf"\W*(?:{'|'.join(SAFEGUARDS)})\b(?! (?:\w+ed|is|was|has|\d+)\b)")
"""How a sentence begins that says what shall be done."""
ACTS = frozenset({"beCausing", "beApproved", "refus", "beExcluded"})
"""What one side does to the other."""
OF_PEOPLE = re.compile(
    r"(?:thirds?|quarters?|half|most|all|some|few|%|percent|in \w+)(?: of)?(?: (?:the|our|those|these))*"
    r" (?:active|theUsers)"
)
NOT_DONE = frozenset({"weBegan", "propos", "proposed"})
"""Of an act: it is begun or proposed, and nobody says that it was made."""
TOLD_AS_DONE = re.compile(
    r"\bwasDone\b|\b(?:after|following|since|upon|once)(?: (?:the|an?|our|this|that))* (?:theUndoing|restart|\w+ing)\b"
)
"""What was made, and what came after it: after the restart, since undoing it."""
PAST = re.compile(rf"\b(?:was|were) (?:\w+ )?(?:{'|'.join(PASSING)})\b")
WAS_HURT, IS_HURT = (
    re.compile(rf"\b(?:{be}) (?:\w+ )?(?:{'|'.join([*PASSING, 'beMet'])})\b") for be in ("was|were", "is|are|remains?")
)
"""What was hurt, and what is told of as if it still were."""
PAST_STATE = re.compile(
    r"\b(?:was|were|had been|has been(?=\s*$))(?: (?:an? |the |still )*(?:theIncident|theLook|theWork|theWatch)\b"
    r"| (?:at|in|on|with|under)\b(?! \d)(?: \w+)?| (?:it|there)\b|\s*$)"
)
"""What was, and is told of as if it were no more."""
PIECE_END = re.compile(r",(?!\d)(?! (?:at|for|from|since|until)\b)|;| and (?!\d)")
END_OR_BEGINNING = re.compile(
    r"\b(?:(?:from|since|between|after)|(?P<end>to|until|till|by|and|before)) (?:about )?(?P<time>\d\d?:\d\d)"
)


ABOUT = re.compile(r"\b(?:about|around|roughly|approximately|at most)\b")
ESTIMATE, OF_MONEY = "estimat", frozenset({"lost", "revenu"})
WORKING = Part("beWorking", False, False)
NOTHING = Clause("", ())
Names = tuple[tuple[str, str], ...]
"""Public names, each with the word that stands for it."""


def uncovered(text: str, book: str, public_names: Sequence[str], features: Sequence[str] = ()) -> str:
    """What a text says that the book's does not, in words for the log; empty where it says nothing of its own.

    `features`: those of the public names that name a part of a service.
    """
    if strange := next((sign for sign in text if not _is_plain_sign(sign) and sign not in book), ""):
        return f'a sign that is no plain text ("{strange}")'
    names = _tokens(public_names, features)
    known = _sentences_of(book, names)
    own_words = {sentence.written.strip() for sentence in known}
    has_ended = any(sentence.words & ENDED or PAST.search(sentence.written) for sentence in known)
    for written in SENTENCE_END.split(_in_common_words(text, names)):
        if written.strip() in own_words:
            continue
        if not has_ended and (past := PAST.search(written) or _other_past(written, known)):
            return f'something as past that the book says of now ("{past[0]}")'
        clauses = clauses_of(written)
        if counts(written) and not any(clause.parts for clause in clauses):
            return f'a number of nothing ("{written.strip()}")'
        if VERB.search(written) and not any(_tells_of_something(clause) for clause in clauses):
            return f'something that can mean anything ("{written.strip()}")'
        if why := _not_covered(clauses, known, written):
            return f'what it does not say in one place ("{why.strip()}")'
    return ""


def _other_past(written: str, known: Sequence[Clause]) -> re.Match[str] | None:
    """What a sentence tells of as past, and the book does not."""
    past = PAST_STATE.search(written)
    return past if past and not any(past[0].strip() in sentence.written for sentence in known) else None


def _not_covered(clauses: list[Clause], known: Sequence[Clause], written: str) -> str:
    """The first clause that nothing covers. One without a verb belongs to the next, or to the one before it."""
    before, earlier, waiting = NOTHING, NOTHING, NOTHING
    for clause, rest in ((clause, clauses[number + 1 :]) for number, clause in enumerate(clauses)):
        joined = _joined(waiting, clause)
        if _needs_the_next(clause, rest):
            waiting = joined
            continue
        belongs_back = NOTHING not in (waiting, before) and _is_covered(
            _joined(before, waiting), NOTHING, known, written
        )
        if waiting is NOTHING and _is_of(clause, before):
            joined = _joined(before, clause)
        if _is_covered(joined, earlier, known, written):
            before = joined
        elif belongs_back and _is_covered(clause, earlier, known, written):
            before = clause
        else:
            return joined.written
        earlier, waiting = _joined(earlier, joined), NOTHING
    return ""


def _needs_the_next(clause: Clause, rest: Sequence[Clause]) -> bool:
    """Whether a clause has no verb, and says when, where or of whom the next one speaks."""
    following = next((other for other in rest if VERB.search(other.written)), None)
    if VERB.search(clause.written) or following is None:
        return False
    return _is_adverbial(clause) or ATTACHED.match(following.written) is not None


def _is_adverbial(clause: Clause) -> bool:
    """Whether it only says when or where."""
    return PREPOSITION.match(clause.written) is not None and VERB.search(clause.written) is None


def _is_of(clause: Clause, before: Clause) -> bool:
    """Whether a clause without a verb only adds something to the one before it."""
    has_verb, had_verb = (VERB.search(each.written) is not None for each in (clause, before))
    is_added = not has_verb or not clause.parts
    return is_added and (had_verb or _is_adverbial(clause) or clause.written.lstrip().startswith("with "))


def _tells_of_something(clause: Clause) -> bool:
    """Whether it says anything but a name: "it is on them" has only words that hold a sentence together."""
    return any(not word.startswith(SERVICE) for word in clause.words)


def _joined(one: Clause, other: Clause) -> Clause:
    return other if one is NOTHING else Clause(f"{one.written},{other.written}", (*one.parts, *other.parts))


def _is_covered(clause: Clause, before: Clause, known: Sequence[Clause], written: str) -> bool:
    return any(_covers(sentence, clause, before, written) for sentence in known)


def _is_plain_sign(sign: str) -> bool:
    return sign in PLAIN_SIGNS or (sign.isascii() and sign.isalnum())


@lru_cache(maxsize=16)
def _sentences_of(book: str, names: Names) -> list[Clause]:
    """The sentences of the book's text, and what was decided together with what came of it."""
    written = dict.fromkeys(map(str.strip, SENTENCE_END.split(_in_common_words(book, names))))
    split = [whole(sentence) for sentence in written if sentence]
    works = any(_says(one, WORKING) and "beVerified" not in one.words for one in split)
    split = [one._replace(is_past=not works and "beVerified" in one.words) for one in split]
    services = {word for sentence in split for word in sentence.words if word.startswith(SERVICE)}
    services = {word for word in services if not word.startswith(FEATURE)}
    own: tuple[Part, ...] = ()
    if len(services) == 1:  # then all of it speaks of that service
        own = (Part(services.pop(), False, False),)
    split = [sentence._replace(parts=(*sentence.parts, *own)) for sentence in split]
    decided = [
        Clause(f"{one.written}; {after.written}", (*one.parts, *after.parts))
        for one, after in pairwise(sentence for sentence in split if len(sentence.parts) > len(own))
        if "beApproved" in one.words
    ]
    return [NOTHING, *split, *decided]


def _tokens(public_names: Sequence[str], features: Sequence[str]) -> Names:
    """The names, the longest first, each with the word that stands for it."""
    given = {name: FEATURE if name in features else SERVICE for name in public_names if name}
    longest_first = sorted(given, key=len, reverse=True)
    return tuple((name, given[name] + re.sub(r"[\W\d_]", "", name.lower())) for name in longest_first)


def _in_common_words(text: str, names: Names) -> str:
    """A text in small letters, in which everything that means the same is the same word."""
    for name, token in names:
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", token, text, flags=re.IGNORECASE)
    plain = re.sub(r"(?<=\d)(?:t(?=\d\d:)|z\b)", lambda found: found[0].upper(), lowered(text))
    for short, long in SHORT_FORMS.items():
        plain = plain.replace(short, long)
    for pattern, word in _tables():
        plain = pattern.sub(word, re.sub(r" {2,}", " ", plain))
    return plain


@cache
def _tables() -> list[tuple[re.Pattern[str], str]]:
    rows = [*((pattern, " ") for pattern in COURTESY), *SAME]
    return [(re.compile(rf"\b(?:{row.replace(SERVICE, SERVICE + '[a-z]*')})(?!\w)"), word) for row, word in rows]


def _covers(sentence: Clause, clause: Clause, before: Clause, written: str) -> bool:
    """Whether a sentence of the book says all that a clause does."""
    if not all(_says(sentence, part) for part in clause.parts):
        return False
    return (
        _keeps_its_subject(sentence, clause, before)
        and _keeps_its_limits(sentence, clause, before, written)
        and _names_its_feature(sentence, clause, before)
        and _is_of_the_same_people(sentence, clause)
        and _in_order(sentence, clause)
        and _at_the_same_time(sentence, clause)
        and _keeps_its_ends(sentence, clause)
        and _counts(sentence, clause, written)
    )


def _keeps_its_subject(sentence: Clause, clause: Clause, before: Clause) -> bool:
    """Whether the book, too, says it of what the text has named before."""
    is_attached = ATTACHED.match(clause.written) is not None and before.parts
    return not is_attached or bool(_told_of(before) & sentence.words)


def _names_its_feature(sentence: Clause, clause: Clause, before: Clause) -> bool:
    """Whether what fails in one part of a service alone is told of that part, and of no other or the whole service."""
    hit = {word for word in sentence.words if word.startswith(FEATURE)}
    told = clause.words if any(word.startswith(SERVICE) for word in clause.words) else clause.words | before.words
    if not hit or hit <= told or not clause.words & {"theFailing", "beDown", "beMet", "request"}:
        return True
    of_the_whole = [piece for piece in sentence.written.split(";") if FEATURE not in piece]
    return any(all(_says(piece, part) for part in clause.parts) for piece in map(whole, of_the_whole))


def _keeps_its_limits(sentence: Clause, clause: Clause, before: Clause, written: str) -> bool:
    """Whether it says, as the sentence does, by whose word, as far as it was measured, or how far it has come."""
    said, all_said = clause.words, whole(written).words
    if any(mark not in said and (not of or of & said) for mark, of in QUALIFYING.items() if mark in sentence.limits):
        return False
    if ESTIMATE in sentence.words - all_said and said & OF_MONEY and not ABOUT.search(clause.written):
        return False
    if "beTold" in sentence.words - all_said and not any(part.is_open for part in clause.parts):
        return False
    if WAS_HURT.search(sentence.written) and IS_HURT.search(clause.written):
        return False
    if sentence.words & NOT_DONE and TOLD_AS_DONE.search(clause.written):
        return False
    if "suspected" in clause.written and "suspected" not in sentence.written:
        return False
    if "measured" in sentence.words and "measured" not in all_said and _is_as_far_as_measured(sentence):
        return False
    if "theWait" in sentence.words and not said & {"theWait", "proposed"}:
        return "theWait" in before.words and re.search(rf":\s*{re.escape(clause.written.strip())}", written) is not None
    return not _is_order(sentence) or any(map(_is_order, clauses_of(written)))


def _is_order(sentence: Clause) -> bool:
    """Whether it says what shall be done, and nothing of what happened."""
    return ORDER.match(sentence.written) is not None


def _is_as_far_as_measured(sentence: Clause) -> bool:
    return "last" in sentence.words or any(part.is_denied for part in sentence.parts)


def _is_of_the_same_people(sentence: Clause, clause: Clause) -> bool:
    """Whether a share of users is one in the book, too."""
    return OF_PEOPLE.search(clause.written) is None or OF_PEOPLE.search(sentence.written) is not None


def _told_of(clause: Clause) -> set[str]:
    """What a clause names; the service alone only where it names nothing else."""
    others = {word for word in clause.words if not word.startswith(SERVICE)}
    return others if any(word == word.lower() for word in others) else clause.words


def _says(sentence: Clause, part: Part) -> bool:
    implied = {} if _is_order(sentence) else IMPLIED
    for own in sentence.parts:
        is_same = _is_word(own.word, part.word) or (not own.is_denied and part.word in implied.get(own.word, ()))
        is_same = is_same or (part.is_open and part.word in LEFT_OPEN.get(own.word, ()))
        is_as_certain = part.is_open or not own.is_open
        if part.is_softened and not any(other.is_open for other in sentence.parts):
            is_as_certain = part.word in SOFTENED or part.word.startswith(SERVICE) or part.word in LEFT_OPEN
        if is_same and own.is_denied == part.is_denied and is_as_certain:
            return True
    return False


def _is_word(own: str, other: str) -> bool:
    """A version is also the one that something went to or came from."""
    return own == other or ("." in own and own.split()[-1] == other)


def _in_order(sentence: Clause, clause: Clause) -> bool:
    """Whether what an act is done to is no one who did it."""
    for act in clause.words & sentence.words & ACTS:
        mine, others = ([part.word for part in each.parts] for each in (clause, sentence))
        after = mine[mine.index(act) + 1 :]
        if any(word in others and word not in others[others.index(act) :] for word in after if word == word.lower()):
            return False
    return True


def _at_the_same_time(sentence: Clause, clause: Clause) -> bool:
    """Whether what a clause puts at a time of day is what the book puts there."""
    times = list(CLOCK.finditer(clause.written))
    pieces = [whole(piece) for piece in PIECE_END.split(sentence.written)] if times else []
    for time in times:
        there = [piece for piece in pieces if time[0] in piece.written]
        if there and clause.parts and not any(_shares(piece, clause) for piece in there):
            return False
    return True


def _keeps_its_ends(sentence: Clause, clause: Clause) -> bool:
    """Whether what lasted from or to a time does so in the book; a minute may pass."""
    others = _ends(sentence.written)
    for time, is_end in _ends(clause.written):
        alike = [other for other, ends in others if ends == is_end]
        contrary = [other for other, ends in others if ends != is_end]
        if not _is_near(time, alike) and (alike or _is_near(time, contrary)):
            return False
    return True


def _is_near(time: str, others: Sequence[str]) -> bool:
    return any(lasting(_minute(time), _minute(other)) <= 1 for other in others)


def _minute(time: str) -> int:
    hours, _, minutes = time.partition(":")
    return 60 * int(hours) + int(minutes)


def _ends(written: str) -> set[tuple[str, bool]]:
    """The times of day from or to which something lasted, and whether each is an end."""
    plain = re.sub(r"\d{4}-\d\d-\d\d ", "", written)
    return {(found["time"], found["end"] is not None) for found in END_OR_BEGINNING.finditer(plain)}


def _shares(piece: Clause, clause: Clause) -> bool:
    return not piece.parts or any(_says(piece, part) for part in clause.parts)


def _counts(sentence: Clause, clause: Clause, written: str) -> bool:
    """Whether the book has the clause's numbers and times; how long it is between two of its own times is known."""
    named = [int(hours) * 60 + int(minutes) for hours, minutes in CLOCK.findall(written)]
    between = [f"{lasting(other, one)} minutes" for number, one in enumerate(named) for other in named[:number]]
    return not added_numbers(clause.written, "\n".join([sentence.written, *between]))
