"""Public claims: whether a model's words say something that the book's words of the same duty do not say.

The book writes from the incident ledger and fresh readings. A model may phrase the same; what it adds has no evidence.
Where that cannot be told, as in another language, the answer is that it adds something. What leaves the house has to
be covered by the book's words (covered_words.py); elsewhere it is compared by what it claims, here.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, cached_property, lru_cache
from typing import NamedTuple
from unicodedata import normalize

from agents.runtime import claim_words
from agents.runtime.claimed_numbers import added_numbers
from agents.runtime.clauses import SERVICE
from agents.runtime.covered_words import uncovered
from agents.runtime.plain_words import TECHNICAL_WORDS, is_plain, lowered, stems
from agents.runtime.same_meaning import SAFEGUARDS


class Care(IntEnum):
    """How closely words are compared with the book's."""

    GRAVE = 1
    """What is grave, and names: every statement cites events, against which its numbers are checked."""
    MEASURED = 2
    """Numbers and good news, too: the book's report rests on the same measurements, and may be the brighter one."""
    ADVICE = 3
    """What shall be done later: every claim, number, name and word, and nothing but safeguards that are added."""
    COVERED = 4
    """Nothing but what the book says: what leaves the house, and what tells of the run's record."""


GRAVE = frozenset({"data", "money", "security", "blame"})
"""What is compared also where statements cite their events."""
GOOD_NEWS = frozenset({"works", "resolved", "verified", "improving", "helped", "calm", "again", "nobody"})
NOUGHT = re.compile(r"(?<![\w.,:])0 (?=[a-z])(?!of\b|utc\b)")
"""0 records lost: no records lost."""
WINDOW = 6
"""Words before a claim that may deny it or make it uncertain."""
BEGINNINGS = re.compile(r"^\w+|(?<=\band )(?!(?:an?|the|its?|each|that)\b)\w+")
LEADING_SIGNS = re.compile(r"^\W+")
"""A bullet, a quotation mark, a bracket."""
CAPITAL = re.compile(r"(?<![.!?:\n•\"“(-] )(?<![\n\"“(-])(?<!^)\b[A-Z][a-z][\w'-]*")


class Claim(NamedTuple):
    """Something that a text says, by its group."""

    kind: str
    group: str
    is_denied: bool
    is_certain: bool
    of_people: bool
    """Of a share: whether it is one of people."""
    written: str


@dataclass(frozen=True)
class Compared:
    """A model's text beside the book's."""

    text: str
    book: str
    public_names: Sequence[str]
    insider_names: Sequence[str]
    """Of services and owners: they may stand in the channel and in tickets."""
    care: Care
    has_numbers: str = ""
    """Words beside the book's that numbers may come from."""
    features: Sequence[str] = ()
    """Those of the public names that name a part of a service."""

    @cached_property
    def known(self) -> frozenset[str]:
        """Words that need no other reason to be there."""
        said = {*_words(plainly(self.book, ())), *_words(plainly(self.book, self.public_names)), SERVICE}
        words = said | {stem for word in said for stem in stems(word)}
        return frozenset(words | TECHNICAL_WORDS)


def added(compared: Compared) -> str:
    """What a text says that the book's does not, in words for the log; empty where it adds nothing."""
    if compared.care is Care.COVERED:
        return uncovered(compared.text, compared.book, compared.public_names, compared.features)
    checks = [_another_language, _other_claims, _other_names]
    if compared.care >= Care.MEASURED:
        checks += [_other_numbers]
    if compared.care is Care.ADVICE:
        checks += [_other_services, _other_words, _no_safeguard]
    return next((said for check in checks if (said := check(compared))), "")


def claims(text: str, names: Iterable[str]) -> Sequence[Claim]:
    """Everything that a text claims of states, causes, acts, data, money, blame, promises and shares."""
    return _claims(text, tuple(names))


@lru_cache(maxsize=64)
def _claims(text: str, names: tuple[str, ...]) -> Sequence[Claim]:
    found: list[Claim] = []
    for sentence in re.split(r"[.!?;:\n]+(?=\s|$)|[\u2013\u2014]", plainly(text, names)):
        for kind in claim_words.CLASSES:
            found += _claims_of_kind(sentence, kind)
    return found


def plainly(text: str, names: Iterable[str]) -> str:
    """A text in small letters, without accents and idioms, and with one word for each public name."""
    bare = re.sub(rf"\b(?:{claim_words.NOT_KNOWN}) (?=whether|if)", " ", lowered(_masked(text, names)))
    return NOUGHT.sub("no ", re.sub(rf"\b(?:{claim_words.IDIOMS})\b", " ", bare))


@lru_cache(maxsize=32_768)
def _claims_of_kind(sentence: str, kind: str) -> Sequence[Claim]:
    """Kept, because most sentences of a text stood in the one before it, too."""
    claims_found: list[Claim] = []
    for group, pattern in claim_words.CLASSES[kind].items():
        for found in list(_compiled(pattern).finditer(sentence)):
            before, after = sentence[: found.start()], sentence[found.end() :]
            if kind not in claim_words.GRAVE:
                before = " ".join(before.rpartition(",")[2].split()[-WINDOW:])
            if not _compiled(f"(?:{claim_words.OPEN})(?: (?:{claim_words.BETWEEN}))*\\s*$", whole=False).search(before):
                claim = _claim(kind, group, before, found[0])
                claims_found.append(claim._replace(of_people=kind == "a share" and _starts_with_people(after)))
        if kind == "a state":  # what is read as "not available" is not read as "available" too
            sentence = _compiled(pattern).sub(lambda found: "_" * len(found[0]), sentence)
    return claims_found


def _claim(kind: str, group: str, before: str, written: str) -> Claim:
    is_denied = _compiled(claim_words.NOT).search(before) is not None
    is_certain = _compiled(claim_words.PERHAPS).search(before) is None
    if is_denied and group in claim_words.DAMAGED:
        group, is_denied = "works", False
    elif is_denied and group == "works":
        group, is_denied = "degraded", False
    return Claim(kind, group, is_denied, is_certain, False, written)


def _starts_with_people(words: str) -> bool:
    return re.match(claim_words.PEOPLE, words) is not None


@cache
def _compiled(pattern: str, whole: bool = True) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})(?!\w)" if whole else rf"\b{pattern}")


def _other_claims(compared: Compared) -> str:
    said_by_book = claims(compared.book, compared.public_names)
    for claim in claims(compared.text, compared.public_names):
        is_compared = compared.care >= Care.ADVICE or claim.kind in GRAVE
        is_compared = is_compared or (compared.care is Care.MEASURED and claim.group in GOOD_NEWS)
        is_open = claim.is_denied and claim.group in ("resolved", "known cause", "verified")
        if is_compared and not is_open and not any(_bears(other, claim) for other in said_by_book):
            return f'{claim.kind} ("{claim.written}")'
    return ""


def _bears(book: Claim, claim: Claim) -> bool:
    """Whether a claim of the book holds up another: the same or a stronger one, and no less certain."""
    is_same = book.group == claim.group or book.group in claim_words.BORNE_BY.get(claim.group, ())
    is_same = is_same and (book.is_denied, book.of_people) == (claim.is_denied, claim.of_people)
    return is_same and (book.is_certain or not claim.is_certain)


def _another_language(compared: Compared) -> str:
    known = set(compared.book + "".join(compared.public_names))
    strange = next((letter for letter in compared.text if _is_foreign(letter) and letter not in known), "")
    if strange:
        return f'letters that are not English ("{strange}")'
    little = set(claim_words.STRANGE_WORDS.split("|")) - compared.known
    used = [word for word in _words(plainly(compared.text, compared.public_names)) if word in little]
    return f'another language ("{" ".join(used[:3])}")' if len(used) >= 2 else ""


def _is_foreign(letter: str) -> bool:
    return letter.isalpha() and not letter.isascii()


def _other_numbers(compared: Compared) -> str:
    known = f"{compared.book}\n{compared.has_numbers}"
    text, book = (_masked(words, compared.public_names) for words in (compared.text, known))
    wrong = added_numbers(normalize("NFKC", text), normalize("NFKC", book))
    return f"a number ({wrong[0]})" if wrong else ""


def _other_services(compared: Compared) -> str:
    """A service that the book does not speak of; its name may also be an ordinary word in small letters."""
    names = (name for name in compared.public_names if name and name.lower() not in compared.book.lower())
    other = next((name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", compared.text)), "")
    return f'another service ("{other}")' if other else ""


def _other_names(compared: Compared) -> str:
    insiders = compared.insider_names
    names = frozenset([*compared.known, *_words(" ".join([*compared.public_names, *insiders]).lower())])
    found = (each[0].removesuffix("'s") for each in CAPITAL.finditer(compared.text.replace("\u2019", "'")))
    other = next((name for name in found if not is_plain(name.lower(), names)), "")
    return f'a name ("{other}")' if other else ""


def _other_words(compared: Compared) -> str:
    insiders = compared.insider_names
    words = _words(plainly(compared.text, [*compared.public_names, *insiders]))
    other = next((word for word in words if not is_plain(word, compared.known)), "")
    return f'a word that nobody has checked ("{other}")' if other else ""


def _no_safeguard(compared: Compared) -> str:
    """A proposal that begins with no word for a safeguard, or goes on with one: it might take one away."""
    known = set(compared.book.splitlines())
    sentences = [
        part for line in compared.text.splitlines() if line not in known for part in re.split(r"[.;!?](?=\s|$)", line)
    ]
    for sentence in filter(None, (LEADING_SIGNS.sub("", part) for part in sentences)):
        first, *others = [found[0] for found in BEGINNINGS.finditer(sentence.lower())]
        wrong = [word for word in others if word not in SAFEGUARDS and not stems(word) & compared.known]
        if wrong or first not in SAFEGUARDS:
            return f'a proposal that adds no safeguard ("{[*wrong, first][0]}")'
    return ""


def _masked(text: str, names: Iterable[str]) -> str:
    """A text with one word for each public name: a name claims nothing."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", SERVICE, text, flags=re.IGNORECASE)
    return text


def _words(text: str) -> list[str]:
    """The words of a plain text, without 's and the like."""
    return re.findall(r"[^\W\d_]+", re.sub(r"'(?:s|re|ve|ll|m|d)\b", " ", text))
