"""Public features: a model tells of the part of a service that fails, with its share, and of nothing else."""

import pytest

from agents.io.catalogue import Catalogue
from agents.runtime.briefing import Briefing
from agents.runtime.outgoing_reports import compared, unfit
from agents.runtime.public_claims import Care, added
from tests.agents.conftest import CATALOGUE

FEATURES = {"/pay/card": "Card payment", "/refunds*": "Refunds"}
NOW_IT_FAILS = "Nearly all requests to Card payment (part of Checkout) fail."
THEN_IT_FAILED = (
    "Trouble with Checkout was last measured at 14:28 UTC, when nearly all requests to Card payment failed; we are "
    "checking it again."
)
BRIEF = f"P1: Checkout is degraded, affecting 400 users; at 14:28 UTC, 8 % of its requests failed; {NOW_IT_FAILS}"


def listed(features: dict[str, str] = FEATURES) -> Catalogue:
    services = dict(CATALOGUE.services)
    services["checkout"] = services["checkout"].model_copy(update={"features": features})
    return CATALOGUE.model_copy(update={"services": services})


def says_more(text: str, book: str, briefing: Briefing) -> str:
    with_features = briefing.model_copy(update={"catalogue": listed()})
    return added(compared(text, book, with_features, Care.COVERED))


@pytest.mark.parametrize("book", [NOW_IT_FAILS, THEN_IT_FAILED, BRIEF])
def test_the_book_s_own_sentence_leaves(briefing: Briefing, book: str) -> None:
    assert says_more(book, book, briefing) == ""


@pytest.mark.parametrize(
    "text",
    [
        "At present, nearly all requests to Card payment (part of Checkout) fail.",
        "Nearly all requests to Card payment on Checkout fail.",
        "Nearly all requests to Card payment are failing.",
        "Almost all requests to Card payment fail.",
        "On Checkout, nearly all requests to Card payment fail.",
    ],
)
def test_the_same_in_other_words_leaves(briefing: Briefing, text: str) -> None:
    assert says_more(text, NOW_IT_FAILS, briefing) == ""


@pytest.mark.parametrize(
    "text",
    [
        "About half of the requests to Card payment (part of Checkout) fail.",
        "About one in ten requests to Card payment fail.",
        "8 % of the requests to Card payment fail.",
        "Nearly all requests to Refunds (part of Checkout) fail.",
        "Nearly all requests to Card payment and Refunds (parts of Checkout) fail.",
        "Nearly all requests to Card payment (part of Shop) fail.",
        "Nearly all requests to Checkout fail.",
        "Nearly all requests fail.",
        "Requests to Checkout fail.",
        "Card payment is affected, and nearly all requests to Checkout fail.",
        "Card payment is not available.",
        "Checkout is down.",
        "Nearly all requests to Card payment (part of Checkout) fail, and Refunds work as usual.",
        "Nearly all requests to /pay/card fail.",
    ],
)
def test_another_share_another_feature_and_the_whole_service_do_not_leave(briefing: Briefing, text: str) -> None:
    assert says_more(text, NOW_IT_FAILS, briefing) != ""


@pytest.mark.parametrize(
    "text",
    [
        "When last measured, at 14:28 UTC, nearly all requests to Checkout failed.",
        "At 14:28 UTC nearly all requests to Refunds failed.",
        "At 14:28 UTC about a third of the requests to Card payment failed.",
    ],
)
def test_the_same_goes_for_what_failed_when_it_was_last_measured(briefing: Briefing, text: str) -> None:
    assert says_more(text, THEN_IT_FAILED, briefing) != ""


def test_beside_a_part_the_whole_service_is_told_of_as_the_book_does(briefing: Briefing) -> None:
    assert says_more("Checkout is degraded, affecting 400 users.", BRIEF, briefing) == ""
    assert says_more("Checkout is degraded, affecting 400 users.", NOW_IT_FAILS, briefing) != ""


@pytest.mark.parametrize("text", ["Requests to /pay/card fail.", "The address pay/card fails.", "See /refunds."])
def test_the_name_of_an_endpoint_is_never_fit_to_publish(text: str) -> None:
    assert unfit(text, "Investigating", listed()) != ""


def test_the_name_of_a_feature_is_fit_to_publish_and_claims_nothing() -> None:
    assert unfit(NOW_IT_FAILS, "Investigating", listed()) == ""
    assert unfit("Requests to Resolved cases fail.", "Identified", listed({"/cases": "Resolved cases"})) == ""
