"""Clauses: a text taken apart into what each clause says, with what is denied, left open or softened in it."""

import re
from typing import NamedTuple

from agents.runtime.claimed_numbers import DAY, SCALES, VALUES, in_shares
from agents.runtime.figures import TIME
from agents.runtime.same_meaning import CONDITIONS, DENYING, FUNCTION_WORDS, OPENING, SOFTENING

SERVICE = "theservice"
"""Stands for a public name."""
FEATURE = f"{SERVICE}offeature"
"""How what stands for the name of a part of a service begins."""
CLAUSE_END = re.compile(
    r":(?=\s|$)|,(?!\d)|[()]|\band\b(?! \d\d?:)"
    r"|\b(?=(?:but|so|because|which|where|whose|while|whether|if|when|until(?! \d)|though|although|as|with|that also)"
    r"\b)"
)
ENDS_A_DENIAL = frozenset(["but", "so", "because", "which", "where", "while", "whether", "though", "although"])
TOKEN = re.compile(r"(?:to |from )?v?\d+(?:\.\d+){2,}[\w.+-]*|[^\W\d_]+")
NUMBERS = frozenset([*VALUES, *SCALES])
"""They are compared as numbers."""
ENDINGS = re.compile(r"(?:ments?|ings?|ions?|es|ly|s|e)$")


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

    is_past: bool = False
    """Of a verified recovery: the book does not say that it works now."""

    @property
    def words(self) -> set[str]:
        return {part.word for part in self.parts}

    @property
    def limits(self) -> set[str]:
        return self.words | ({"wasVerified"} if self.is_past else set())


def whole(sentence: str) -> Clause:
    """A sentence as one clause."""
    return Clause(sentence, tuple(part for clause in clauses_of(sentence) for part in clause.parts))


def clauses_of(sentence: str) -> list[Clause]:
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
