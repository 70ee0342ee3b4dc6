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
from typing import NamedTuple

from agents.runtime.claimed_numbers import CLOCK, DAY, SCALES, VALUES, added_numbers, counts, in_shares
from agents.runtime.figures import TIME
from agents.runtime.plain_words import lowered
from agents.runtime.same_meaning import (
    CONDITIONS,
    COURTESY,
    DENYING,
    ENDED,
    FUNCTION_WORDS,
    IMPLIED,
    LEFT_OPEN,
    OPENING,
    PASSING,
    SAME,
    SHORT_FORMS,
    SOFTENED,
    SOFTENING,
)

PLAIN_SIGNS = frozenset(" \n.,;:!?'\"()[]%/+-_&$€£#\u2019\u2018\u201c\u201d\u2013\u2014\u2026\u00a0\u2022")
"""The only characters besides English letters and digits, and those of the book."""
SENTENCE_END = re.compile(r"\n+|[.!?;]+(?=\s|$)|[\u2013\u2014]| - ")
CLAUSE_END = re.compile(
    r":(?=\s|$)|,(?!\d)|[()]|\band\b(?! \d\d?:)"
    r"|\b(?=(?:but|so|because|which|where|whose|while|whether|if|when|until(?! \d)|though|although|as|with)\b)"
)
ENDS_A_DENIAL = frozenset(["but", "so", "because", "which", "where", "while", "whether", "though", "although"])
TOKEN = re.compile(r"(?:to |from )?v?\d+(?:\.\d+){2,}[\w.+-]*|[^\W\d_]+")
VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|be|been|may|might|can|will|let|help|be[A-Z]\w+|theFailing|theCause|theLook"
    r"|theWait|theWatch|must|\w{3,}ed)\b"
)
ATTACHED = re.compile(
    rf"\s*(?!(?:(?:is|are|has|have|been|be|will) )*(?:theLook|theWatch|theCause))(?:which\b|whose\b|{VERB.pattern})"
)
"""How a clause begins that tells of what the one before it names."""
PREPOSITION = re.compile(r"\s*(?:after|at|before|between|by|during|for|from|in|on|since|to|until|within)\b")
ACTS = frozenset({"beCausing", "beApproved", "refus", "beExcluded"})
"""What one side does to the other."""
OF_PEOPLE = re.compile(
    r"(?:thirds?|quarters?|half|most|all|some|few|%|percent|in \w+)(?: of)?(?: (?:the|our|those|these))*"
    r" (?:active|theUsers)"
)
PAST = re.compile(rf"\b(?:was|were) (?:\w+ )?(?:{'|'.join(PASSING)})\b")
NUMBERS = frozenset([*VALUES, *SCALES])
"""They are compared as numbers."""
PIECE_END = re.compile(r",(?!\d)(?! (?:at|for|from|since|until)\b)|;| and (?!\d)")
ENDINGS = re.compile(r"(?:ments?|ings?|ions?|es|ly|s|e)$")
SERVICE = "theservice"
"""Stands for a public name."""


class Part(NamedTuple):
    """A word that says something, and how it is said."""

    word: str
    is_denied: bool
    is_open: bool
    is_softened: bool = False


class Clause(NamedTuple):
    """A clause of a text, or a sentence of the book."""

    written: str
    parts: tuple[Part, ...]

    @property
    def words(self) -> set[str]:
        return {part.word for part in self.parts}


NOTHING = Clause("", ())


def uncovered(text: str, book: str, public_names: Sequence[str]) -> str:
    """What a text says that the book's does not, in words for the log; empty where it says nothing of its own."""
    if strange := next((sign for sign in text if not _is_plain_sign(sign) and sign not in book), ""):
        return f'a sign that is no plain text ("{strange}")'
    names = tuple(filter(None, public_names))
    known = _sentences_of(book, names)
    own_words = {sentence.written.strip() for sentence in known}
    has_ended = any(sentence.words & ENDED or PAST.search(sentence.written) for sentence in known)
    for written in SENTENCE_END.split(_in_common_words(text, names)):
        if written.strip() in own_words:
            continue
        if not has_ended and (past := PAST.search(written)):
            return f'something as past that the book says of now ("{past[0]}")'
        clauses = _clauses(written)
        if counts(written) and not any(clause.parts for clause in clauses):
            return f'a number of nothing ("{written.strip()}")'
        if why := _not_covered(clauses, known, written):
            return f'what it does not say in one place ("{why.strip()}")'
    return ""


def _not_covered(clauses: list[Clause], known: Sequence[Clause], written: str) -> str:
    """The first clause that nothing covers. One without a verb belongs to the next, or to the one before it."""
    before, earlier, waiting = NOTHING, NOTHING, NOTHING
    for clause, rest in ((clause, clauses[number + 1 :]) for number, clause in enumerate(clauses)):
        whole = _joined(waiting, clause)
        if _needs_the_next(clause, rest):
            waiting = whole
            continue
        belongs_back = NOTHING not in (waiting, before) and _is_covered(
            _joined(before, waiting), NOTHING, known, written
        )
        if waiting is NOTHING and _is_of(clause, before):
            whole = _joined(before, clause)
        if _is_covered(whole, earlier, known, written):
            before = whole
        elif belongs_back and _is_covered(clause, earlier, known, written):
            before = clause
        else:
            return whole.written
        earlier, waiting = _joined(earlier, whole), NOTHING
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
    return not has_verb and (had_verb or _is_adverbial(clause))


def _joined(one: Clause, other: Clause) -> Clause:
    return other if one is NOTHING else Clause(f"{one.written},{other.written}", (*one.parts, *other.parts))


def _is_covered(clause: Clause, before: Clause, known: Sequence[Clause], written: str) -> bool:
    return any(_covers(sentence, clause, before, written) for sentence in known)


def _is_plain_sign(sign: str) -> bool:
    return sign in PLAIN_SIGNS or (sign.isascii() and sign.isalnum())


@lru_cache(maxsize=16)
def _sentences_of(book: str, names: tuple[str, ...]) -> list[Clause]:
    """The sentences of the book's text, and what was decided together with what came of it."""
    written = dict.fromkeys(map(str.strip, SENTENCE_END.split(_in_common_words(book, names))))
    split = [_whole(sentence) for sentence in written if sentence]
    services = {word for sentence in split for word in sentence.words if word.startswith(SERVICE)}
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


def _in_common_words(text: str, names: tuple[str, ...]) -> str:
    """A text in small letters, in which everything that means the same is the same word."""
    for name in sorted(names, key=len, reverse=True):
        token = SERVICE + re.sub(r"[\W\d_]", "", name.lower())
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", token, text, flags=re.IGNORECASE)
    plain = re.sub(r"(?<=\d)(?:t(?=\d\d:)|z\b)", lambda found: found[0].upper(), lowered(text))
    for short, long in SHORT_FORMS.items():
        plain = plain.replace(short, long)
    for pattern, word in _tables():
        plain = pattern.sub(word, plain)
    return plain


@cache
def _tables() -> list[tuple[re.Pattern[str], str]]:
    rows = [*((pattern, " ") for pattern in COURTESY), *SAME]
    return [(re.compile(rf"\b(?:{row.replace(SERVICE, SERVICE + '[a-z]*')})(?!\w)"), word) for row, word in rows]


def _whole(sentence: str) -> Clause:
    return Clause(sentence, tuple(part for clause in _clauses(sentence) for part in clause.parts))


def _clauses(sentence: str) -> list[Clause]:
    """The clauses of a sentence."""
    found: list[Clause] = []
    state = _Read((), False, False)
    for written in CLAUSE_END.split(sentence):
        if written.strip():
            state = _read(written, state)
            found.append(Clause(written, state.parts))
    return found


class _Read(NamedTuple):
    """The words of a clause, and what of it goes on in the next: a "no" and an "if" do, a "not" and a "may" do not."""

    parts: tuple[Part, ...]
    is_denied: bool
    is_open: bool


def _read(written: str, before: _Read) -> _Read:
    parts: list[Part] = []
    is_denied = goes_on = before.is_denied
    is_softened = False
    is_dangling, is_open, is_condition = False, before.is_open or "unclear" in written, before.is_open
    for found in TOKEN.finditer(in_shares(DAY.sub(" ", TIME.sub(" ", written)), " ")):
        word = found[0]
        if word in ENDS_A_DENIAL:
            is_denied = goes_on = False
        if word in DENYING:
            is_denied = is_dangling = True
            goes_on = goes_on or word != "not"
        elif word in OPENING:
            is_softened = is_softened or word in SOFTENING
            is_dangling = is_dangling or word == "should"
            is_open, is_condition = True, is_condition or word in CONDITIONS
        elif word not in FUNCTION_WORDS and word not in NUMBERS:
            parts.append(Part(_root(word), is_denied, is_open, is_softened))
            is_dangling = False
    if is_dangling:
        parts.append(Part("not", False, False))
    return _Read(tuple(parts), goes_on, is_condition)


def _root(word: str) -> str:
    """A word without its ending; words that stand for others stay as they are."""
    return word if not word.islower() or word.startswith(SERVICE) or len(word) < 4 else ENDINGS.sub("", word)


def _covers(sentence: Clause, clause: Clause, before: Clause, written: str) -> bool:
    """Whether a sentence of the book says all that a clause does."""
    if not all(_says(sentence, part) for part in clause.parts):
        return False
    return (
        _keeps_its_subject(sentence, clause, before)
        and _is_of_the_same_people(sentence, clause)
        and _in_order(sentence, clause)
        and _at_the_same_time(sentence, clause)
        and _counts(sentence, clause, written)
    )


def _keeps_its_subject(sentence: Clause, clause: Clause, before: Clause) -> bool:
    """Whether the book, too, says it of what the text has named before."""
    is_attached = ATTACHED.match(clause.written) is not None and before.parts
    return not is_attached or bool(_told_of(before) & sentence.words)


def _is_of_the_same_people(sentence: Clause, clause: Clause) -> bool:
    """Whether a share of users is one in the book, too."""
    return OF_PEOPLE.search(clause.written) is None or OF_PEOPLE.search(sentence.written) is not None


def _told_of(clause: Clause) -> set[str]:
    """What a clause names; the service alone only where it names nothing else."""
    others = {word for word in clause.words if not word.startswith(SERVICE)}
    return others if any(word == word.lower() for word in others) else clause.words


def _says(sentence: Clause, part: Part) -> bool:
    for own in sentence.parts:
        is_same = _is_word(own.word, part.word) or (not own.is_denied and part.word in IMPLIED.get(own.word, ()))
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
    pieces = [_whole(piece) for piece in PIECE_END.split(sentence.written)] if times else []
    for time in times:
        there = [piece for piece in pieces if time[0] in piece.written]
        if there and clause.parts and not any(_shares(piece, clause) for piece in there):
            return False
    return True


def _shares(piece: Clause, clause: Clause) -> bool:
    return not piece.parts or any(_says(piece, part) for part in clause.parts)


def _counts(sentence: Clause, clause: Clause, written: str) -> bool:
    """Whether the book has the clause's numbers and times; how long it is between two of its own times is known."""
    named = [int(hours) * 60 + int(minutes) for hours, minutes in CLOCK.findall(written)]
    between = [f"{abs(one - other)} minutes" for number, one in enumerate(named) for other in named[:number]]
    return not added_numbers(clause.written, "\n".join([sentence.written, *between]))
