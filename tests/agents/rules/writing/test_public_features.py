"""Public features: where one part of a service fails, users are told of that part, as long as it is measured."""

import pytest

from agents.reports.triage import FailingFeatures
from agents.rules.writing import public_wording
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Act
from tests.agents.conftest import NOW
from tests.agents.rules.writing.test_public_wording import MINUTE, failing, measured, with_search

PAYMENT = FailingFeatures(names=["Card payment"], share=0.98)
REFUNDS = FailingFeatures(names=["Refunds", "Exchanges"], share=0.34)


@pytest.mark.parametrize(
    ("hit", "words"),
    [
        (PAYMENT, "Nearly all requests to Card payment (part of Checkout) fail."),
        (REFUNDS, "About a third of the requests to Refunds and Exchanges (parts of Checkout) fail."),
    ],
)
def test_what_fails_alone_is_told_in_place_of_the_whole_service(
    briefing: Briefing, hit: FailingFeatures, words: str
) -> None:
    told = failing(briefing, error_rate=0.08, error_rates={"checkout": 0.08}, features={"checkout": hit})
    assert public_wording.impact(told) == words
    other = failing(briefing, error_rate=0.08, features={"shop": hit})
    assert public_wording.impact(other) == "About one in ten requests to Checkout fail."
    down = failing(briefing, completely_down=True, features={"checkout": hit})
    assert public_wording.impact(down) == "Checkout is not available."


def test_a_service_that_is_spoken_of_in_place_of_the_alerted_one_is_told_by_its_own_features(
    briefing: Briefing,
) -> None:
    rates = {"orders-db": 0.0, "checkout": 0.08}
    told = failing(briefing, services=[*rates], error_rates=rates, error_rate=0.0, features={"checkout": PAYMENT})
    below = told.model_copy(
        update={"service": "orders-db", "ledger": told.ledger.model_copy(update={"services": ["checkout"]})}
    )
    assert public_wording.impact(below) == "Nearly all requests to Card payment (part of Checkout) fail."


def test_what_failed_before_a_change_is_told_as_past_with_its_time(briefing: Briefing) -> None:
    told = failing(briefing, error_rate=0.08, features={"checkout": PAYMENT})
    act = Act(
        at=NOW - MINUTE, action="restart", service="checkout", cause="infrastructure", component="checkout", cite="0b"
    )
    later = told.model_copy(
        update={"scope_at": NOW - 2 * MINUTE, "ledger": told.ledger.model_copy(update={"acts": [act]})}
    )
    trouble = "Trouble with Checkout was last measured at 14:28 UTC"
    words = f"{trouble}, when nearly all requests to Card payment failed; we are checking it again."
    assert public_wording.impact(later) == words
    stale = told.model_copy(update={"scope_at": NOW - 12 * MINUTE})
    assert "requests to Card payment failed" in public_wording.impact(stale)
    assert " fail." not in public_wording.impact(stale)


def test_a_neighbour_is_told_by_its_features_until_it_was_seen_to_work(briefing: Briefing) -> None:
    rates = {"checkout": 0.001, "search": 0.1}
    found = {"services": ["search"], "error_rates": rates, "error_rate": 0.001, "features": {"search": REFUNDS}}
    words = "About a third of the requests to Refunds and Exchanges (parts of Search) fail."
    wide = failing(with_search(briefing), **found)
    assert public_wording.impact(wide).endswith(words)
    (over,) = measured([("search", 1, 9)])
    ended = wide.model_copy(
        update={"ledger": wide.ledger.model_copy(update={"damage": [over]}), "scope_at": NOW - 3 * MINUTE}
    )
    assert "Refunds" not in public_wording.impact(ended)
