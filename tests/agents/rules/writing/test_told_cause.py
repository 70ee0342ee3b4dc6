"""The cause in people's own words: only what tells why it happened."""

import pytest

from agents.rules.writing.told_cause import in_their_words, of_the_cause
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Ledger, Statement
from tests.agents.conftest import NOW


@pytest.mark.parametrize(
    ("words", "is_told"),
    [
        ("I killed the pricing process myself by mistake; I have not started it again yet", True),
        ("That second stop was me: I tested the alarm, sorry", True),
        ("seat-map host ran out of memory and was killed", True),
        ("Pricing team: a bad zone table was loaded at 16:18, we are reloading the old one", True),
        ("it broke because the certificate could not be renewed", True),
        ("the disk of orders-db is full", True),
        ("Two customers called: they get an error page", False),
        ("I started the pricing process again at 16:08", False),
        ("nobody can log in since 16:00", False),
        ("was it a bad release?", False),
        ("we do not know what caused it", False),
        ("maybe it is the bad table", False),
        ("", False),
    ],
)
def test_the_cause_is_told_by_words_that_say_why(briefing: Briefing, words: str, is_told: bool) -> None:
    said = Statement(at=NOW, by="ada", words=words, cite="0a")
    told = briefing.model_copy(update={"ledger": Ledger(statements=[said])})
    assert of_the_cause(told) == (said if is_told else None)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "our team named a fault in our software at 14:30 UTC"),
        ("ask grace", "our team named a fault in our software at 14:30 UTC: “ask grace”"),
        ("it was a typo.", "our team said at 14:30 UTC: “it was a typo”"),
    ],
)
def test_a_cause_that_a_person_named_is_told_as_theirs_whatever_their_words(
    briefing: Briefing, words: str, told: str
) -> None:
    said = Statement(at=NOW, by="ada", words=words, cause="code bug", component="checkout", cite="0a")
    assert of_the_cause(briefing.model_copy(update={"ledger": Ledger(statements=[said])})) == said
    assert in_their_words(said) == told
    quoted = told.replace("named a fault in our software", "said") if words else ""
    assert in_their_words(said, beside="Known — a fault in our software") == quoted


def test_the_newest_that_was_told_of_the_cause_is_taken(briefing: Briefing) -> None:
    words = ("it was me", "it was caused by a bad table", "all well")
    said = [Statement(at=NOW, by="ada", words=one, cite="0a") for one in words]
    assert of_the_cause(briefing.model_copy(update={"ledger": Ledger(statements=said)})) == said[1]
