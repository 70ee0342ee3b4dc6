"""Words that leave: a model may say in other words what the book says, and may add nothing."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from agents.io.clock import VirtualClock
from agents.io.outside_text import sanitize
from agents.reports.basis import Report
from agents.reports.communication import Brief, RegulatoryAssessment, StatusUpdate
from agents.reports.post_mortem import BacklogEntries, BacklogEntry
from agents.reports.triage import Message
from agents.rules.writing import public_wording
from agents.runtime import claim_words, public_claims
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.runtime.duty_context import DutyContext
from agents.runtime.outgoing_reports import unfit
from agents.runtime.performing import more_cautious
from agents.runtime.public_claims import Care, Compared, added, claims
from tests.agents.conftest import CATALOGUE, NOW, MemoryLog, healthy

TEXTS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("outgoing_words.yaml").read_text(encoding="utf-8"))
HONEST = [
    (group.get("place", "status page"), group["status"], group["book"], text)
    for group in TEXTS["honest"]
    for text in group["texts"]
]
HOSTILE = [sanitize(text) for text in TEXTS["hostile"]["texts"]]
PLACES = ("status page", "brief", "channel", "ticket")


def report(place: str, text: str, status: Any = "Investigating") -> Report:
    """A report with this text in it."""
    match place:
        case "status page":
            return StatusUpdate(status=status, impact=text, current_action="", summary="")
        case "brief":
            return Brief(situation=text, cause="", action="", eta="", impact="", summary="")
        case "channel":
            return Message(text=text, summary="")
        case _:
            entry = BacklogEntry(title="", owner="", deadline="", why=text)
            return BacklogEntries(entries=[entry], summary="")


def duty(by_book: Report) -> Duty[Any]:
    async def body(briefing: Briefing, context: DutyContext) -> Any:
        return by_book

    return Duty(role="support_responder", name="tell", does="", report=type(by_book), without_model=body)


def test_there_are_enough_texts() -> None:
    assert len(set(HOSTILE)) >= 60
    assert len(set(HONEST)) >= 60


class Stood(NamedTuple):
    """What was published in the end, whose it was, and why the model's was not, where it was not."""

    report: Report
    by: str
    whys: list[str]


async def stood(by_book: Report, by_model: Report, briefing: Briefing) -> Stood:
    """Let the two reports of one duty be compared, in a run of their own."""
    log = MemoryLog()
    context = DutyContext("main/node#1", log, VirtualClock(NOW), healthy())
    stands, by = await more_cautious(duty(by_book), by_model, briefing, context)
    return Stood(stands, by, [payload["why"] for payload in log.of_kind("degraded")])


async def test_an_honest_text_in_other_words_leaves(briefing: Briefing) -> None:
    wrong: list[tuple[str, Stood]] = []
    for place, status, book, text in HONEST:
        model = report(place, text, status)
        outcome = await stood(report(place, book, status), model, briefing.model_copy(update={"status": status}))
        wrong += [(text, outcome)] if outcome != (model, "model", []) else []
    assert wrong == []


@pytest.mark.parametrize("place", PLACES)
async def test_where_a_text_adds_something_the_book_s_stands(briefing: Briefing, place: str) -> None:
    book = report(place, TEXTS["hostile"]["book"])
    wrong: list[tuple[str, Stood]] = []
    for text in HOSTILE:
        outcome = await stood(book, report(place, text), briefing)
        says_why = "the book's report stands" in " ".join(outcome.whys[:1])
        wrong += [(text, outcome)] if outcome[:2] != (book, "book") or not says_why else []
    assert wrong == []


async def test_the_book_s_own_words_never_add_anything(briefing: Briefing) -> None:
    wrong: list[tuple[str, Stood]] = []
    for place, status, book in sorted({(place, status, book) for place, status, book, _ in HONEST}):
        own = report(place, book, status)
        outcome = await stood(own, own, briefing.model_copy(update={"status": status}))
        wrong += [(book, outcome)] if outcome.by != "model" else []
    assert wrong == []


@pytest.mark.parametrize("text", TEXTS["never_fit"])
def test_what_is_internal_or_not_plain_text_is_never_fit(text: str) -> None:
    assert unfit(text, "Investigating", CATALOGUE)


@pytest.mark.parametrize("kind", claim_words.CLASSES)
def test_each_class_of_claims_holds_back_texts_that_nothing_else_does(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(public_claims, "_other_words", nothing)
    before = set(passing())
    monkeypatch.delitem(claim_words.CLASSES, kind)
    assert set(passing()) > before


@pytest.mark.parametrize("check", ["_other_numbers", "_other_services", "_other_words", "_other_claims"])
def test_each_check_holds_back_texts_that_no_other_does(monkeypatch: pytest.MonkeyPatch, check: str) -> None:
    assert passing() == []
    monkeypatch.setattr(public_claims, check, nothing)
    assert passing()


def nothing(_: Compared) -> str:
    return ""


def passing() -> list[str]:
    """The hostile texts that would leave."""
    public = [service.public_name for service in CATALOGUE.services.values()]
    compared = [Compared(text, TEXTS["hostile"]["book"], public, [], care) for text in HOSTILE for care in CARES]
    return [each.text for each in compared if not added(each)]


CARES = (Care.INTERNAL, Care.PUBLIC)


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
    "text", ["Customer data is safe.", "We were hacked.", "Cards were charged.", "Alle Daten sind weg."]
)
def test_where_statements_cite_their_events_only_what_is_grave_is_compared(text: str) -> None:
    book = "Requests to Checkout failed."
    assert added(Compared(text, book, ["Checkout"], [], Care.CITED))
    assert not added(Compared("97 % failed: a deployment by Kim broke it.", book, ["Checkout"], [], Care.CITED))


async def test_the_last_update_is_not_repeated_once_something_has_changed(
    context: DutyContext, briefing: Briefing
) -> None:
    repeated = report("status page", "Checkout is not available.")
    changed = report("status page", "Checkout is not available. We have ruled out a recent change on our side.")
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
