"""Words that leave: a model may say in other words what the book says, and may add nothing."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from agents.io.clock import VirtualClock
from agents.io.outside_text import sanitize
from agents.reports.basis import Report, Status
from agents.reports.communication import RegulatoryAssessment
from agents.reports.post_mortem import TimelineEntry
from agents.rules.writing import public_wording
from agents.runtime import claim_words, covered_words, public_claims
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.outgoing_reports import unfit
from agents.runtime.performing import more_cautious
from agents.runtime.public_claims import Care, Compared, added, claims
from tests.agents.conftest import CATALOGUE, NOW, MemoryLog, healthy
from tests.agents.runtime.outgoing_places import PLACES, duty

TEXTS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("outgoing_words.yaml").read_text(encoding="utf-8"))


class Sentence(NamedTuple):
    """A text that a model might write, and what it rests on."""

    place: str
    status: Status
    book: str
    record: Sequence[str]
    """Lines of the run's history."""
    text: str

    def briefing(self, briefing: Briefing) -> Briefing:
        history = [TimelineEntry(at=NOW, what=line) for line in self.record]
        return briefing.model_copy(update={"status": self.status, "history": history})

    def report(self, text: str) -> Report:
        return PLACES[self.place].report(text, self.status)


def sentences(kind: str) -> list[Sentence]:
    return [
        Sentence(group.get("place", "status page"), group["status"], group["book"], group.get("record", ()), text)
        for group in TEXTS[kind]
        for text in group["texts"]
    ]


HONEST = sentences("honest")
FALSE = sentences("untrue")
HOSTILE = [sanitize(text) for text in TEXTS["hostile"]["texts"]]
SECRET: list[str] = TEXTS["secret"]


def test_there_are_enough_texts() -> None:
    assert len(set(HOSTILE)) >= 60
    assert len({honest.text for honest in HONEST}) >= 60
    assert len({false.text for false in FALSE}) >= 200
    fewest = Counter(honest.place for honest in HONEST)
    assert {place: number for place, number in fewest.items() if number < 4} == {}
    assert fewest.keys() == PLACES.keys()


class Stood(NamedTuple):
    """What was published in the end, whose it was, and why the model's was not, where it was not."""

    report: Report
    by: str
    whys: list[str]


async def stood(by_book: Report, by_model: Report, briefing: Briefing, place: str) -> Stood:
    """Let the two reports of one duty be compared, in a run of their own."""
    log = MemoryLog()
    context = DutyContext("main/node#1", log, VirtualClock(NOW), healthy())
    stands, by = await more_cautious(duty(by_book, place), by_model, briefing, context)
    return Stood(stands, by, [payload["why"] for payload in log.of_kind("degraded")])


@pytest.mark.parametrize("place", PLACES)
async def test_an_honest_text_in_other_words_leaves(briefing: Briefing, place: str) -> None:
    wrong: list[tuple[str, list[str]]] = []
    for honest in [honest for honest in HONEST if honest.place == place]:
        book, model = honest.report(honest.book), honest.report(honest.text)
        outcome = await stood(book, model, honest.briefing(briefing), place)
        wrong += [(honest.text, outcome.whys)] if outcome != (model, "model", []) else []
    assert wrong == []


NOT_MEASURED = [place for place in PLACES if place != "verification"]
"""Where every word is compared."""


@pytest.mark.parametrize("place", NOT_MEASURED)
async def test_where_a_text_adds_something_the_book_s_stands(briefing: Briefing, place: str) -> None:
    book = PLACES[place].report(TEXTS["hostile"]["book"], "Investigating")
    wrong: list[tuple[str, list[str]]] = []
    for text in HOSTILE:
        outcome = await stood(book, PLACES[place].report(text, "Investigating"), briefing, place)
        says_why = "the book's report stands" in " ".join(outcome.whys[:1])
        wrong += [(text, outcome.whys)] if outcome[:2] != (book, "book") or not says_why else []
    assert wrong == []


@pytest.mark.parametrize("place", sorted({sentence.place for sentence in FALSE}))
async def test_a_false_sentence_of_plain_words_does_not_leave(briefing: Briefing, place: str) -> None:
    left: list[str] = []
    for false in [false for false in FALSE if false.place == place]:
        book = false.report(false.book)
        outcome = await stood(book, false.report(false.text), false.briefing(briefing), place)
        left += [false.text] if outcome[:2] != (book, "book") else []
    assert left == []


@pytest.mark.parametrize(
    "check",
    [
        "_in_order",
        "_at_the_same_time",
        "_counts",
        "_keeps_its_subject",
        "_is_of_the_same_people",
        "_keeps_its_limits",
        "_keeps_its_ends",
    ],
)
async def test_each_part_of_the_comparison_holds_back_sentences_that_no_other_does(
    monkeypatch: pytest.MonkeyPatch, briefing: Briefing, check: str
) -> None:
    monkeypatch.setattr(covered_words, check, agrees)
    left: list[str] = []
    for false in FALSE:
        report = false.report(false.text)
        outcome = await stood(false.report(false.book), report, false.briefing(briefing), false.place)
        left += [false.text] if outcome.by == "model" else []
    assert left


@pytest.mark.parametrize("place", ["timeline", "root cause", "impact", "prevention", "action item"])
async def test_a_post_mortem_may_say_what_the_record_of_the_run_says_and_nothing_else(
    briefing: Briefing, place: str
) -> None:
    honest = next(honest for honest in HONEST if honest.place == place)
    left: list[str] = []
    for text in HOSTILE:
        outcome = await stood(honest.report(honest.book), honest.report(text), honest.briefing(briefing), place)
        left += [text] if outcome.by == "model" else []
    assert [text for text in left if text not in TEXTS["true_of_the_record"]] == []
    assert place not in ("timeline", "root cause", "impact") or left != []


@pytest.mark.parametrize(
    "text",
    [
        "Everything works as usual.",
        "The incident is resolved.",
        "Recovery is verified.",
        "No users are affected.",
        "It was a false alarm.",
        "Only 3 users notice it.",
        "Customers' data was stolen.",
        "It was Kim from the night shift.",
    ],
)
async def test_a_verification_gives_no_better_news_than_the_book_and_accuses_nobody(
    briefing: Briefing, text: str
) -> None:
    book = PLACES["verification"].report(TEXTS["hostile"]["book"], "Investigating")
    worse = PLACES["verification"].report("Checkout is down for some users, and slow for others.", "Investigating")
    better = PLACES["verification"].report(text, "Investigating")
    assert (await stood(book, better, briefing, "verification"))[:2] == (book, "book")
    assert (await stood(book, worse, briefing, "verification"))[:2] == (worse, "model")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("secret", SECRET)
async def test_a_secret_leaves_nowhere_even_where_the_words_around_it_are_the_book_s(
    briefing: Briefing, place: str, secret: str
) -> None:
    words = TEXTS["hostile"]["book"]
    book, spilt = (PLACES[place].report(text, "Investigating") for text in (words, f"{words} {secret}"))
    assert (await stood(book, spilt, briefing, place))[:2] == (book, "book")


async def test_the_book_s_own_words_never_add_anything(briefing: Briefing) -> None:
    wrong: list[tuple[str, list[str]]] = []
    for honest in HONEST:
        own = honest.report(honest.book)
        outcome = await stood(own, own, honest.briefing(briefing), honest.place)
        wrong += [(honest.book, outcome.whys)] if outcome.by != "model" else []
    assert wrong == []


@pytest.mark.parametrize("text", TEXTS["never_fit"])
def test_what_is_internal_or_not_plain_text_is_never_fit(text: str) -> None:
    assert unfit(text, "Investigating", CATALOGUE)


@pytest.mark.parametrize(
    ("book", "text", "is_added"),
    [
        ("Whether data was at risk is not known.", "It is not known whether data was at risk.", False),
        ("Whether data was at risk is not known.", "We do not know whether data was lost.", True),
        ("Whether data was at risk is not known.", "Data was at risk.", True),
        ("We wait for a yes: roll Checkout back.", "A rollback of Checkout waits for a yes.", False),
        ("It was disturbed from 14:02 UTC to 14:19 UTC.", "It lasted from 14:02 UTC to 14:19 UTC, 17 minutes.", False),
        ("It was disturbed from 14:02 UTC to 14:19 UTC.", "It lasted from 14:02 UTC to 14:19 UTC, 71 minutes.", True),
        ("It was disturbed from 14:02 UTC to 14:19 UTC.", "It lasted 17 minutes.", True),
        ("Watch Checkout.", "Watch Checkout after each deployment.", True),
        ("Watch deployments of Checkout.", "Watch Checkout after each deployment.", False),
        ("Users of carts.", "Users of a cart.", False),
        ("Why it failed is not known.", "Nothing that was read says why it failed.", True),
        ("Why it failed is not known.", "Nothing was wrong.", True),
    ],
)
def test_an_open_question_a_duration_between_two_times_and_other_forms_of_a_word_add_nothing(
    book: str, text: str, is_added: bool
) -> None:
    assert bool(added(Compared(text, book, ["Checkout"], [], Care.COVERED))) == is_added


@pytest.mark.parametrize("kind", claim_words.CLASSES)
def test_each_class_of_claims_holds_back_texts_that_nothing_else_does(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(public_claims, "_other_words", nothing)
    before = set(passing())
    monkeypatch.delitem(claim_words.CLASSES, kind)
    assert set(passing()) > before


@pytest.mark.parametrize(
    "check", ["_other_numbers", "_other_services", "_other_words", "_other_claims", "_no_safeguard"]
)
def test_each_check_holds_back_texts_that_no_other_does(monkeypatch: pytest.MonkeyPatch, check: str) -> None:
    assert passing() == []
    monkeypatch.setattr(public_claims, check, nothing)
    assert passing()


def agrees(*_: object) -> bool:
    return True


def nothing(_: Compared) -> str:
    return ""


def passing() -> list[str]:
    """The hostile texts, and those that take a safeguard away, that would leave in a proposal."""
    public = [service.public_name for service in CATALOGUE.services.values()]
    proposals = [*(f"Review: {text}" for text in HOSTILE), *TEXTS["no_safeguard"]]
    compared = [Compared(text, TEXTS["hostile"]["book"], public, [], Care.ADVICE) for text in proposals]
    return [each.text for each in compared if not added(each)]


@pytest.mark.parametrize("signs", ["“{}”", "({})", "- {}", "• {}", "{} …", "... {}", "{} —", "%", "”"])
def test_signs_around_a_proposal_are_no_words_of_it(signs: str) -> None:
    book = "Add an alert on checkout; it fires in a test."
    for words, fits in {"Add an alert": True, "Remove an alert": "{}" not in signs}.items():
        said = added(Compared(signs.format(words), book, ["Checkout"], ["checkout"], Care.ADVICE))
        assert (said == "") == fits


CARES = (Care.ADVICE, Care.COVERED)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Checkout is down.", ("down", True)),
        ("Checkout is not available.", ("down", True)),
        ("Checkout isn't down.", ("works", True)),
        ("Checkout may be down.", ("down", False)),
        ("Checkout does not work as usual.", ("degraded", True)),
        ("Checkout works as usual.", ("works", True)),
    ],
)
def test_a_claim_is_read_with_what_denies_it_or_makes_it_uncertain(text: str, says: tuple[str, bool]) -> None:
    assert [(claim.group, claim.is_certain) for claim in claims(text, ["Checkout"])] == [says]


@pytest.mark.parametrize(
    "text",
    [
        "We are checking whether Checkout works as usual.",
        "We tell you here when it is over.",
        "We watch before we call it resolved.",
        "We are working to restore Checkout.",
    ],
)
def test_an_open_question_claims_nothing(text: str) -> None:
    assert claims(text, ["Checkout"]) == []


@pytest.mark.parametrize("care", CARES)
@pytest.mark.parametrize(
    ("book", "text"),
    [
        ("Data of Checkout may have been lost.", "Data of Checkout was lost."),
        ("Data of Checkout was lost.", "No orders, cards or data of Checkout were lost."),
        ("Restarting part of our systems did not help.", "Restarting part of our systems helped."),
        ("Most requests to Checkout fail.", "Most users of Checkout fail."),
        ("It was disturbed for 17 minutes.", "It was disturbed for 17 hours."),
        ("97 users are affected by Checkout.", "97 % are affected by Checkout."),
        ("Recovery was verified at 14:20 UTC.", "Recovery was verified at 13:20 UTC."),
    ],
)
def test_a_denial_a_doubt_and_what_a_number_counts_are_part_of_a_claim(book: str, text: str, care: Care) -> None:
    assert added(Compared(text, book, ["Checkout"], [], care))
    assert not added(Compared(book, book, ["Checkout"], [], care))


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("Customer data is safe.", Care.GRAVE),
        ("We were hacked.", Care.GRAVE),
        ("Cards were charged.", Care.GRAVE),
        ("Alle Daten sind weg.", Care.GRAVE),
        ("A deployment by Kim broke it.", Care.GRAVE),
        ("Everything works again.", Care.MEASURED),
        ("97 % of requests failed.", Care.MEASURED),
        ("An overloaded server made requests fail.", Care.ADVICE),
        ("The gremlins made requests fail.", Care.ADVICE),
        ("The backend made requests fail.", Care.ADVICE),
    ],
)
def test_the_more_care_is_taken_the_more_is_compared(text: str, least: Care) -> None:
    compared = [Compared(text, "Requests to Checkout failed.", ["Checkout"], [], care) for care in Care]
    assert [each.care for each in compared if added(each)] == [care for care in Care if care >= least]


async def test_the_last_update_is_not_repeated_once_something_has_changed(
    context: DutyContext, briefing: Briefing
) -> None:
    page = PLACES["status page"].report
    repeated = page("Checkout is not available.", "Investigating")
    changed = page("Checkout is not available. We have ruled out a recent change on our side.", "Investigating")
    again = briefing.model_copy(update={"last_update_words": ["Checkout is not available.", ""]})
    assert (await more_cautious(duty(changed), repeated, briefing, context))[1] == "model"
    assert (await more_cautious(duty(repeated), repeated, again, context))[1] == "model"
    assert await more_cautious(duty(changed), repeated, again, context) == (changed, "book")


async def test_a_duty_to_notify_is_not_made_less_likely(context: DutyContext, briefing: Briefing) -> None:
    def assessed(likely: Any) -> RegulatoryAssessment:
        return RegulatoryAssessment(
            notification_likely_required=likely, regimes=["GDPR"], clock="", assessment="", summary=""
        )

    assert await more_cautious(duty(assessed("yes")), assessed("no"), briefing, context) == (assessed("yes"), "book")
    assert await more_cautious(duty(assessed("no")), assessed("unclear"), briefing, context) == (
        assessed("unclear"),
        "model",
    )


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("Investigating", "The incident is resolved."),
        ("Investigating", "Checkout works as usual."),
        ("Identified", "The fault is removed."),
        ("Monitoring", "Checkout is not available."),
        ("Resolved", "Checkout is down."),
        ("Resolved", "The problem persists."),
        ("Investigating", "We look into it. " * 40),
        ("", "All clear."),
    ],
)
def test_a_text_that_the_status_denies_is_not_fit(status: str, text: str) -> None:
    assert unfit(text, status, CATALOGUE)


@pytest.mark.parametrize("remedy", public_wording.REMEDIES.values())
def test_what_the_book_says_of_a_remedy_is_fit(remedy: str) -> None:
    text = f"At 14:12 UTC we went on with {remedy} and are checking whether it helps."
    assert unfit(text, "Identified", CATALOGUE) == ""
    assert unfit("Checkout works again with a substitute. We tell you when it is over.", "", CATALOGUE) == ""
