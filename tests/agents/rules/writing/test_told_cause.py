"""The cause in people's own words: what somebody named, or plainly told, in words that others may read."""

import pytest

from agents.rules.writing import executive_brief
from agents.rules.writing.told_cause import in_their_words, of_the_cause
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Ledger, Statement
from tests.agents.conftest import NOW
from tests.agents.roles.test_mitigation import concluded

PLAIN = (
    "I killed the pricing process myself by mistake; I have not started it again yet",
    "I accidentally restarted it",
    "That second stop was me: I tested the alarm, sorry",
    "Pricing team: a bad zone table was loaded at 16:18, we are reloading the old one",
    "it broke because the certificate had expired",
    "It was caused by a bad table",
    "Sorry for the delay. The outage was caused by a full disk.",
    "root cause: a wrong zone table",
)
NO_CAUSE = (
    "",
    "Two customers called: they get an error page",
    "I started the pricing process again at 16:08",
    "nobody can log in since 16:00",
    "was it a bad release?",
    "we do not know what caused it",
    "maybe it is the bad table",
    "Sorry for the noise, joining the bridge now",
    "Because of the outage I am looking at the dashboards now",
    "due to lunch I can only look at 14:00",
    "the cause is still open",
    "root cause analysis is scheduled for Monday",
    "I doubt that the disk is full",
    "I can rule out that it was caused by a bad table",
    "could be a bad deploy",
    "it was me who opened the ticket",
    "I have a bad feeling about payments",
    "the deploy was rolled back because of a failing check",
    "It was not caused by the release",
    "It was caused by the release, I think",
    "It was caused by the release. Not sure, though.",
    "It was caused by the release; no, it wasn't",
    "The outage was caused by something else",
    "This was caused by the vendor, they say",
    "The last outage was caused by a full disk",
    "I closed the ticket by mistake",
    "I stopped the recording by accident",
    "Rumour: a bad table was loaded",
    "if a bad table was loaded, tell me",
)


@pytest.mark.parametrize(("words", "is_told"), [(one, True) for one in PLAIN] + [(one, False) for one in NO_CAUSE])
def test_the_cause_is_told_by_words_that_say_it_plainly_and_without_doubt(
    briefing: Briefing, words: str, is_told: bool
) -> None:
    said = Statement(at=NOW, by="ada", words=words, cite="0a")
    told = briefing.model_copy(update={"ledger": Ledger(statements=[said])})
    assert of_the_cause(told) == (said if is_told else None)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "our team named a fault in our software at 14:30 UTC"),
        ("ask grace", "our team named a fault in our software at 14:30 UTC: “ask grace”"),
        ("it was caused by a typo.", "our team said at 14:30 UTC: “it was caused by a typo”"),
    ],
)
def test_a_cause_that_a_person_named_is_told_as_theirs_whatever_their_words(
    briefing: Briefing, words: str, told: str
) -> None:
    said = Statement(at=NOW, by="ada", words=words, cause="code bug", component="checkout", cite="0a")
    assert of_the_cause(briefing.model_copy(update={"ledger": Ledger(statements=[said])})) == said
    assert in_their_words(said, briefing) == told
    quoted = told.replace("named a fault in our software", "said") if words else ""
    assert in_their_words(said, briefing, beside="Known — a fault in our software") == quoted


@pytest.mark.parametrize(
    "inside",
    ["auth-07.prod.internal", "10.20.0.5", "ada@example.com", "password=Tr0ub4dor", "orders-db", "https://wiki/x"],
)
def test_words_that_are_only_for_insiders_are_not_quoted(briefing: Briefing, inside: str) -> None:
    words = f"it was caused by a bad key ({inside})"
    said = Statement(at=NOW, by="ada", words=words, cite="0a")
    assert in_their_words(said, briefing) == "our team noted a cause at 14:30 UTC, in the record of the incident"
    named = said.model_copy(update={"cause": "code bug"})
    assert in_their_words(named, briefing) == "our team named a fault in our software at 14:30 UTC"
    assert in_their_words(named, briefing, beside="Known — a fault in our software") == ""


def test_a_named_cause_comes_before_what_was_told_later_and_of_that_who_ended_it_and_the_newest(
    briefing: Briefing,
) -> None:
    words = ("ask grace", "it was caused by a full disk", "it was caused by a bad table", "it broke because I slept")
    named, by_hand, older, newest = (Statement(at=NOW, by="ada", words=one, cite="0a") for one in words)
    named = named.model_copy(update={"cause": "code bug"})
    by_hand = by_hand.model_copy(update={"is_by_hand": True})
    noise = Statement(at=NOW, by="bo", words="sorry for the noise, it was me who called", cite="0b")
    told = [named, by_hand, older, newest, noise]
    for dropped, first in enumerate((named, by_hand, newest, newest)):
        ledger = Ledger(statements=told[dropped:])
        assert of_the_cause(briefing.model_copy(update={"ledger": ledger})) == first


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Customers cannot pay", "our team said: “Customers cannot pay”"),
        (
            "Customers cannot pay, mail ada@example.com",
            "our team noted what it knows of the impact at 14:30 UTC, in the record of the incident",
        ),
    ],
)
async def test_a_brief_quotes_of_harm_only_what_others_may_read_and_names_nobody(
    briefing: Briefing, context: DutyContext, words: str, told: str
) -> None:
    harm = Statement(at=NOW, by="ada", words=words, cite="0b")
    found = concluded(briefing).model_copy(update={"ledger": Ledger(statements=[harm])})
    impact = (await executive_brief.write_brief(found, context)).impact
    assert impact.endswith(f"; {told}; reputation not assessed")
