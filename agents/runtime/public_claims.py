"""Public claims: whether a model's words say something that the book's words of the same duty do not say.

The book writes from the incident ledger and fresh readings. A model may phrase the same; what it adds has no evidence.
Where that cannot be told, as in another language, the answer is that it adds something.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from functools import cache
from typing import NamedTuple
from unicodedata import combining, normalize

from agents.runtime import claim_words
from agents.runtime.claimed_numbers import added_numbers
from agents.runtime.plain_words import is_plain


class Care(IntEnum):
    """How closely words are compared with the book's."""

    CITED = 1
    """Every statement cites events and is checked against them: only what is grave is compared."""
    INTERNAL = 2
    """For people of the house: every claim, number and name."""
    PUBLIC = 3
    """Besides, nothing but plain words and those of the book."""


SERVICE = "theservice"
NEVER_ADDED = ("data", "money", "security", "blame", "a promise")
"""What is compared also where statements cite their events."""
WINDOW = 6
"""Words before a claim that may deny it or make it uncertain."""
LETTERS = re.compile(r"[^\W\d_]")
CAPITAL = re.compile(r"(?<![.!?:\n•\"“(-] )(?<![\n\"“(-])(?<!^)\b[A-Z][a-z][\w'-]*")


class Claim(NamedTuple):
    """Something that a text says, by its group."""

    kind: str
    group: str
    is_denied: bool
    is_certain: bool
    written: str


def added(text: str, book: str, names: Sequence[str], care: Care) -> str:
    """What a text says that the book's does not, in words for the log; empty where it adds nothing."""
    checks = [_another_language, _other_claims]
    checks += [_other_numbers, _other_services, _other_names] if care >= Care.INTERNAL else []
    checks += [_other_words] if care >= Care.PUBLIC else []
    return next((said for check in checks if (said := check(text, book, names, care))), "")


def claims(text: str, names: Iterable[str]) -> list[Claim]:
    """Everything that a text claims of states, causes, acts, data, money, blame, promises and shares."""
    found: list[Claim] = []
    for sentence in re.split(r"[.!?;:\n]+(?=\s|$)|[—–]", plainly(text, names)):
        for kind, groups in claim_words.CLASSES.items():
            found += _claims_of_kind(sentence, kind, groups)
    return found


def plainly(text: str, names: Iterable[str]) -> str:
    """A text in small letters, without accents and idioms, and with one word for each public name."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", SERVICE, text, flags=re.IGNORECASE)
    bare = "".join(letter for letter in normalize("NFKD", text.lower()) if not combining(letter))
    bare = bare.replace("’", "'").replace("cannot", "can not").replace("won't", "will not").replace("can't", "can not")
    bare = re.sub(r"n't\b", " not", bare)
    return re.sub(rf"\b(?:{claim_words.IDIOMS})\b", " ", bare)


def _claims_of_kind(sentence: str, kind: str, groups: dict[str, str]) -> Iterator[Claim]:
    for group, pattern in groups.items():
        for found in list(_compiled(pattern).finditer(sentence)):
            before = sentence[: found.start()]
            if kind not in claim_words.GRAVE:
                before = " ".join(before.rpartition(",")[2].split()[-WINDOW:])
            if not _compiled(f"(?:{claim_words.OPEN})(?: (?:{claim_words.BETWEEN}))*\\s*$", whole=False).search(before):
                yield _claim(kind, group, before, found[0])
        if kind == "a state":  # what is read as "not available" is not read as "available" too
            sentence = _compiled(pattern).sub(lambda found: "_" * len(found[0]), sentence)


def _claim(kind: str, group: str, before: str, written: str) -> Claim:
    is_denied = _compiled(claim_words.NOT).search(before) is not None
    is_certain = _compiled(claim_words.PERHAPS).search(before) is None
    if is_denied and group in claim_words.DAMAGED:
        group, is_denied = "works", False
    elif is_denied and group == "works":
        group, is_denied = "degraded", False
    return Claim(kind, group, is_denied, is_certain, written)


@cache
def _compiled(pattern: str, whole: bool = True) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})(?!\w)" if whole else rf"\b{pattern}")


def _other_claims(text: str, book: str, names: Sequence[str], care: Care) -> str:
    said_by_book = claims(book, names)
    for claim in claims(text, names):
        is_compared = care > Care.CITED or claim.kind in NEVER_ADDED
        is_open_end = claim.group == "resolved" and claim.is_denied
        if is_compared and not is_open_end and not any(_bears(other, claim) for other in said_by_book):
            return f'{claim.kind} ("{claim.written}")'
    return ""


def _bears(book: Claim, claim: Claim) -> bool:
    """Whether a claim of the book holds up another: the same or a stronger one, and no less certain."""
    is_same = book.group == claim.group or book.group in claim_words.BORNE_BY.get(claim.group, ())
    return is_same and book.is_denied == claim.is_denied and (book.is_certain or not claim.is_certain)


def _another_language(text: str, book: str, names: Sequence[str], care: Care) -> str:
    known = set(filter(LETTERS.match, book + "".join(names)))
    strange = next(
        (letter for letter in text if LETTERS.match(letter) and not letter.isascii() and letter not in known), ""
    )
    if strange:
        return f'letters that are not English ("{strange}")'
    words = _words(plainly(text, names))
    little = set(re.findall(r"[a-z]+", claim_words.STRANGE_WORDS)) - set(_words(plainly(book, names)))
    used = [word for word in words if word in little]
    return f'another language ("{" ".join(used[:3])}")' if len(used) >= 2 else ""


def _other_numbers(text: str, book: str, names: Sequence[str], care: Care) -> str:
    wrong = added_numbers(_masked(text, names), _masked(book, names))
    return f"a number ({wrong[0]})" if wrong else ""


def _masked(text: str, names: Sequence[str]) -> str:
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", SERVICE, text, flags=re.IGNORECASE)
    return normalize("NFKC", text)


def _other_services(text: str, book: str, names: Sequence[str], care: Care) -> str:
    """A service that the book does not speak of; its name may also be an ordinary word in small letters."""
    other = (name for name in names if name and name.lower() not in book.lower() and _names(text, name))
    return next((f'another service ("{name}")' for name in other), "")


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _other_names(text: str, book: str, names: Sequence[str], care: Care) -> str:
    known = set(_words(plainly(book, ()))) | set(_words(" ".join(names).lower()))
    other = (found[0] for found in CAPITAL.finditer(text) if not is_plain(found[0].lower(), frozenset(known)))
    return next((f'a name ("{name}")' for name in other), "")


def _other_words(text: str, book: str, names: Sequence[str], care: Care) -> str:
    known = frozenset([*_words(plainly(book, names)), SERVICE])
    other = (word for word in _words(plainly(text, names)) if not is_plain(word, known) and word not in ("'s", "s"))
    return next((f'a word that nobody has checked ("{word}")' for word in other), "")


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", re.sub(r"'(?:s|re|ve|ll|m|d)\b", " ", text)) if word]
